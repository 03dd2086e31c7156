//! What a collection is asked for: filters of the query language, pages, order.

use super::{Refusal, charges};
use crate::shared::portfolio::Portfolio;
use crate::shared::shape::Model;
use url::form_urlencoded;

/// The most rows that a page may have; more rows than this are paged whether or not pages were asked for.
const MOST_ROWS: usize = 1000;

/// A collection of the vendor's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    /// Rows of a model.
    Of(Model),
    /// Charges: some for each tenant.
    Charges,
}

/// A row of a collection: that of a model, and which of those that it brings.
pub(super) type Row = (u32, u32);

impl List {
    pub(super) fn named(path: &str) -> Option<Self> {
        let all = [
            Self::Of(Model::Properties),
            Self::Of(Model::Units),
            Self::Of(Model::Leases),
            Self::Of(Model::Tenants),
            Self::Charges,
        ];
        // Paths are read as a web server of its kind reads them: in any case.
        all.into_iter().find(|list| {
            path.strip_prefix('/')
                .is_some_and(|name| name.eq_ignore_ascii_case(list.name()))
        })
    }

    pub(super) fn model(self) -> Model {
        match self {
            Self::Of(model) => model,
            Self::Charges => Model::Tenants,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Of(Model::Properties) => "Properties",
            Self::Of(Model::Units) => "Units",
            Self::Of(Model::Leases) => "Leases",
            Self::Of(Model::Tenants | Model::Applicants) => "Tenants",
            Self::Charges => "Charges",
        }
    }

    pub(super) fn scope(self) -> &'static str {
        match self {
            Self::Of(model) => super::rows::MODELS[model as usize].1,
            Self::Charges => charges::SCOPE,
        }
    }

    pub(super) fn id_field(self) -> &'static str {
        match self {
            Self::Of(model) => super::rows::id_field(model),
            Self::Charges => "ChargeID",
        }
    }

    /// The rows that one of the model brings.
    pub(super) fn of(self, portfolio: &Portfolio, index: u32) -> impl Iterator<Item = Row> {
        let many = match self {
            Self::Of(_) => 1,
            Self::Charges => charges::count(portfolio, index),
        };
        (0..many).map(move |place| (index, place))
    }

    pub(super) fn id(self, portfolio: &Portfolio, (index, place): Row) -> i64 {
        match self {
            Self::Of(model) => portfolio.shape.id(model, index),
            Self::Charges => charges::id(portfolio, index, place),
        }
    }

    /// When a row last changed, in milliseconds since 1970.
    pub(super) fn stamp(self, portfolio: &Portfolio, (index, _): Row) -> i64 {
        match self {
            Self::Of(model) => portfolio.stamp(model, index),
            Self::Charges => portfolio.created(Model::Tenants, index),
        }
    }
}

#[derive(Clone, Copy)]
enum Operator {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Operator {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "lt" => Self::Lt,
            "le" => Self::Le,
            "gt" => Self::Gt,
            "ge" => Self::Ge,
            _ => return None,
        })
    }

    fn holds(self, left: i64, right: i64) -> bool {
        match self {
            Self::Eq => left == right,
            Self::Ne => left != right,
            Self::Lt => left < right,
            Self::Le => left <= right,
            Self::Gt => left > right,
            Self::Ge => left >= right,
        }
    }
}

enum Filter {
    Id(Operator, i64),
    UpdateDate(Operator, i64),
}

/// A query that was understood.
pub(super) struct Query {
    filters: Vec<Filter>,
    embeds: Vec<String>,
    pub(super) page: Option<usize>,
    size: Option<usize>,
    /// Rows come with the last first: what happens without an order.
    pub(super) descends: bool,
    rest: Vec<(String, String)>,
}

impl Query {
    pub(super) fn parse(query: &str, list: List) -> Result<Self, Refusal> {
        let mut read = Self {
            filters: Vec::new(),
            embeds: Vec::new(),
            page: None,
            size: None,
            descends: true,
            rest: Vec::new(),
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let invalid = || Refusal::new(400, format!("{name} is not valid: {value}"));
            let number = || value.parse::<usize>().ok().filter(|number| *number > 0);
            match name.to_ascii_lowercase().as_str() {
                "pagenumber" => {
                    read.page = Some(number().ok_or_else(invalid)?);
                    continue;
                }
                "pagesize" => {
                    read.size = Some(number().ok_or_else(invalid)?.min(MOST_ROWS));
                    continue;
                }
                "orderby" => {
                    let (field, down) = match value.strip_suffix(" DESC") {
                        Some(field) => (field, true),
                        None => (&*value, false),
                    };
                    if field != list.id_field() {
                        return Err(invalid());
                    }
                    read.descends = down;
                }
                "embeds" => read.embeds = value.split(',').map(str::to_owned).collect(),
                "filters" => {
                    for filter in value.split(';').filter(|filter| !filter.is_empty()) {
                        read.filters
                            .push(one_filter(filter, list).ok_or_else(invalid)?);
                    }
                }
                _ => return Err(Refusal::new(400, format!("{name} is not known."))),
            }
            read.rest.push((name.into_owned(), value.into_owned()));
        }
        Ok(read)
    }

    pub(super) fn embeds(&self, name: &str) -> bool {
        self.embeds.iter().any(|embed| embed == name)
    }

    /// Whether a row passes the filters.
    pub(super) fn admits(&self, id: i64, stamp_ms: i64) -> bool {
        self.filters.iter().all(|filter| match filter {
            Filter::Id(operator, value) => operator.holds(id, *value),
            Filter::UpdateDate(operator, value) => operator.holds(stamp_ms, *value),
        })
    }

    /// How many rows a page has: all, unless there are too many or a size was given.
    pub(super) fn size_for(&self, total: usize) -> usize {
        match (self.page, self.size) {
            (None, None) if total <= MOST_ROWS => total,
            (_, size) => size.unwrap_or(MOST_ROWS),
        }
    }

    /// The links to the first, previous, next and last page.
    pub(super) fn link(
        &self,
        host: &str,
        list: List,
        page: usize,
        size: usize,
        total: usize,
    ) -> String {
        let last = total.div_ceil(size);
        let to = |number: usize, relation: &str| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(&self.rest);
            query.append_pair("pagenumber", &number.to_string());
            query.append_pair("pagesize", &size.to_string());
            let (name, query) = (list.name(), query.finish());
            format!("<https://{host}/{name}?{query}>; rel=\"{relation}\"")
        };
        let mut links = vec![to(1, "first")];
        if page > 1 {
            links.push(to(page - 1, "previous"));
        }
        if page < last {
            links.push(to(page + 1, "next"));
        }
        links.push(to(last, "last"));
        links.join(", ")
    }
}

fn one_filter(text: &str, list: List) -> Option<Filter> {
    let mut parts = text.splitn(3, ',');
    let (field, operator, value) = (parts.next()?, parts.next()?, parts.next()?);
    let operator = Operator::named(operator)?;
    if field == list.id_field() {
        return Some(Filter::Id(operator, value.parse().ok()?));
    }
    if field != "UpdateDate" {
        return None;
    }
    let at = chrono::DateTime::parse_from_rfc3339(value).ok()?;
    Some(Filter::UpdateDate(operator, at.timestamp_millis()))
}
