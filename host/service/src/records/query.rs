//! What a list of records is asked with, read from name and value pairs.
//!
//! The query knows its own canonical spelling: two requests that mean the same have the same one, so
//! that they share an answer.

mod served;

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use portcullis_model::{FieldType, Filter, FilterKind, ModelSpec};

use crate::error::{InputProblem, ServiceError};
use crate::records::cursor::{invalid_cursor, readable};
use crate::records::expand;

pub use self::served::Served;

/// Largest number of records on one page.
pub const LIMIT_MAX: u32 = 250;
/// Number of records on a page where none is asked for.
pub const LIMIT_DEFAULT: u32 = 100;
/// Largest offset: beyond it a page costs more than reading the changes since the last visit.
pub const OFFSET_MAX: u64 = 10_000_000;
/// Most fields to order by.
pub const ORDER_MAX: usize = 5;
/// Longest value of a filter, in characters.
pub const VALUE_MAX: usize = 1024;
/// What every list takes beside its model's filters.
const PARAMETERS: &[&str] = &[
    "limit",
    "offset",
    "cursor",
    "order-by",
    "fields",
    "expand",
    "include",
    "include_deleted",
    "format",
];

/// A list that is asked for. Made by [`RecordQuery::parse`] alone, so every part of it is valid.
#[derive(Debug, Clone)]
pub struct RecordQuery {
    pub(crate) model: &'static ModelSpec,
    pub(crate) filters: Vec<(&'static Filter, FilterValue)>,
    pub(crate) order: Vec<OrderBy>,
    pub(crate) limit: u32,
    pub(crate) offset: u64,
    /// As it was sent; what it holds is opened for the caller that it was given to.
    pub(crate) cursor: Option<String>,
    pub(crate) with_deleted: bool,
    /// Whether the answer says which integrations are not settled.
    pub(crate) with_states: bool,
    format: Format,
    pub(crate) served: Served,
}

/// The value of a filter, of the type that its kind wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FilterValue {
    Text(String),
    Bool(bool),
    Date(NaiveDate),
    Time(DateTime<Utc>),
}

/// One field of the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBy {
    /// The field's name.
    pub field: &'static str,
    /// Its type.
    pub kind: FieldType,
    /// Largest first.
    pub descending: bool,
    /// Appended to make the order total, not asked for.
    pub(crate) implied: bool,
}

impl OrderBy {
    /// `asc` or `desc`.
    pub fn direction(&self) -> &'static str {
        if self.descending { "desc" } else { "asc" }
    }
}

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A page as one JSON document.
    Json,
    /// Every record, a JSON document a line.
    Ndjson,
    /// Every record, a row each under a row of names.
    Csv,
}

impl RecordQuery {
    /// Reads a query. `pairs` has no name twice.
    ///
    /// # Errors
    ///
    /// [`ServiceError::Invalid`] with every problem that there is.
    pub fn parse(
        model: &'static ModelSpec,
        pairs: &[(String, String)],
    ) -> Result<Self, ServiceError> {
        let mut query = Self {
            model,
            filters: Vec::new(),
            order: Vec::new(),
            limit: LIMIT_DEFAULT,
            offset: 0,
            cursor: None,
            with_deleted: false,
            with_states: true,
            format: Format::Json,
            served: Served::default(),
        };
        let mut problems = Vec::new();
        for (name, value) in pairs {
            if let Err(problem) = query.take(name, value) {
                problems.push(problem);
            }
        }
        let has_integration = pairs.iter().any(|(name, _)| name == "integration_id");
        for (filter, _) in &query.filters {
            if matches!(filter.kind, FilterKind::External { .. }) && !has_integration {
                problems.push(InputProblem::parameter(
                    filter.name,
                    "x_filter_needs_integration",
                    format!(
                        "`{}` is a vendor's id, and vendors number alike. Add `integration_id`.",
                        filter.name
                    ),
                ));
            }
        }
        // Generated clients send the default of what nobody set, and none to pass by is what a cursor means.
        if query.cursor.is_some() && query.offset != 0 {
            problems.push(invalid_cursor(
                "`cursor` says where the page begins, so `offset` cannot say it too. Send one of them.",
            ));
        }
        let paged = |name: &str| matches!(name, "limit" | "offset" | "cursor");
        if query.format != Format::Json && pairs.iter().any(|(name, _)| paged(name)) {
            problems.push(invalid_format(
                "These formats bring every record at once, so `limit`, `offset` and `cursor` have no meaning. Leave them out.",
            ));
        }
        if query.format != Format::Json && !query.served.expand.is_empty() {
            problems.push(expand::invalid_expand(
                "These formats bring every record as it is, so none is expanded. Leave `expand` out, or read pages.",
            ));
        }
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        query.served.finish(model);
        query.filters.sort_by_key(|(filter, _)| filter.name);
        query.finish_order();
        Ok(query)
    }

    /// The same for somebody who does not show which integrations are not settled: of thousands that costs more than
    /// the page.
    #[must_use]
    pub fn without_states(mut self) -> Self {
        self.with_states = false;
        self
    }

    /// The model that is asked for.
    pub fn model(&self) -> &'static ModelSpec {
        self.model
    }

    /// Most records on the page.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// Records to pass by.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The order, complete: it always ends in `id`.
    pub fn order(&self) -> &[OrderBy] {
        &self.order
    }

    /// How the records are written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// What of each record is served.
    pub fn served(&self) -> &Served {
        &self.served
    }

    /// The integration that the query names, if it names one.
    pub fn integration_id(&self) -> Option<&str> {
        self.filters
            .iter()
            .find_map(|(filter, value)| match (filter.kind, value) {
                (FilterKind::Integration, FilterValue::Text(id)) => Some(id.as_str()),
                _ => None,
            })
    }

    /// The one spelling of this query: defaults written out, names in order, values in one form.
    pub fn canonical(&self) -> String {
        let mut url = format!("/v1/{}?limit={}", self.model.path, self.limit);
        // Writing to a `String` cannot fail.
        let _ = match &self.cursor {
            Some(cursor) => write!(url, "&cursor={cursor}&"),
            None => write!(url, "&offset={}&", self.offset),
        };
        self.write_question(&mut url);
        url.push_str(&self.served.canonical());
        url
    }

    /// Which records in which order, whatever the page: what a cursor belongs to.
    pub(crate) fn question(&self) -> String {
        let mut question = format!("{}?", self.model.path);
        self.write_question(&mut question);
        question
    }

    fn write_question(&self, url: &mut String) {
        url.push_str("order-by=");
        for (index, order) in self.order.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let _ = write!(url, "{comma}{}:{}", order.field, order.direction());
        }
        for (filter, value) in &self.filters {
            let _ = write!(url, "&{}=", filter.name);
            match value {
                FilterValue::Text(text) => escape(url, text),
                FilterValue::Bool(yes) => {
                    let _ = write!(url, "{yes}");
                }
                FilterValue::Date(date) => {
                    let _ = write!(url, "{date}");
                }
                FilterValue::Time(time) => {
                    url.push_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true));
                }
            }
        }
        if self.with_deleted {
            url.push_str("&include_deleted=true");
        }
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), InputProblem> {
        match name {
            "limit" => {
                self.limit = number(value)
                    .and_then(|n| u32::try_from(n).ok())
                    .filter(|n| (1..=LIMIT_MAX).contains(n))
                    .ok_or_else(|| {
                        InputProblem::parameter(
                            name,
                            "invalid_limit",
                            format!("`limit` must be a whole number from 1 to {LIMIT_MAX}."),
                        )
                    })?;
            }
            "offset" => {
                self.offset = number(value).filter(|n| *n <= OFFSET_MAX).ok_or_else(|| {
                    InputProblem::parameter(
                        name,
                        "invalid_offset",
                        format!("`offset` must be a whole number from 0 to {OFFSET_MAX}."),
                    )
                })?;
            }
            "order-by" => self.order = order_by(self.model, value)?,
            "cursor" => self.cursor = Some(readable(value)?),
            "format" => {
                self.format = match value {
                    "json" => Format::Json,
                    "ndjson" => Format::Ndjson,
                    "csv" => Format::Csv,
                    _ => {
                        return Err(invalid_format(
                            "`format` must be `json`, `ndjson` or `csv`.",
                        ));
                    }
                };
            }
            "include_deleted" => {
                self.with_deleted = match value {
                    "true" => true,
                    "false" => false,
                    _ => {
                        return Err(InputProblem::parameter(
                            name,
                            "invalid_filter_value",
                            "`include_deleted` must be `true` or `false`.",
                        ));
                    }
                };
            }
            _ => {
                if let Some(taken) = self.served.take(self.model, name, value) {
                    return taken;
                }
                let filter = self.model.filter(name).ok_or_else(|| self.unknown(name))?;
                let value = filter_value(filter, value)?;
                // "Not only those without" is every record: the same query as without the filter.
                if !matches!(
                    (filter.kind, &value),
                    (FilterKind::OnlyNull { .. }, FilterValue::Bool(false))
                ) {
                    self.filters.push((filter, value));
                }
            }
        }
        Ok(())
    }

    fn unknown(&self, name: &str) -> InputProblem {
        let mut allowed = PARAMETERS.to_vec();
        allowed.extend(self.model.filters.iter().map(|filter| filter.name));
        InputProblem::unknown_parameter(name, &allowed)
    }

    /// Appends what makes the order total, and cuts what comes after `id`, which no two records share.
    fn finish_order(&mut self) {
        if self.order.is_empty() {
            self.order.push(OrderBy {
                field: "created_at",
                kind: FieldType::Timestamp,
                descending: true,
                implied: false,
            });
        }
        if let Some(at) = self.order.iter().position(|order| order.field == "id") {
            self.order.truncate(at + 1);
        } else {
            // Against the first direction: so the index by creation gives newest and oldest first alike.
            let descending = self.order.first().is_some_and(|first| !first.descending);
            self.order.push(OrderBy {
                field: "id",
                kind: FieldType::Text,
                descending,
                implied: true,
            });
        }
    }
}

fn invalid_format(detail: &str) -> InputProblem {
    InputProblem::parameter("format", "invalid_format", detail)
}

/// Digits alone: `u64::from_str` would take a plus sign.
fn number(text: &str) -> Option<u64> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

fn order_by(model: &'static ModelSpec, text: &str) -> Result<Vec<OrderBy>, InputProblem> {
    let problem = |detail: String| InputProblem::parameter("order-by", "invalid_order_by", detail);
    let mut order: Vec<OrderBy> = Vec::new();
    for part in text.split(',') {
        let (name, direction) = part.split_once(':').unwrap_or((part, "asc"));
        let descending = match direction {
            "asc" => false,
            "desc" => true,
            _ => {
                return Err(problem(
                    "A direction in `order-by` is neither `asc` nor `desc`. Write `field:asc` or \
                     `field:desc`, several separated by commas."
                        .to_owned(),
                ));
            }
        };
        let sortable = |kind| !matches!(kind, FieldType::Array | FieldType::Object);
        let fields = model.fields();
        let Some(field) = fields
            .iter()
            .find(|field| field.name == name && sortable(field.kind))
        else {
            let known: Vec<&str> = fields
                .iter()
                .filter(|field| sortable(field.kind))
                .map(|field| field.name.as_str())
                .collect();
            return Err(problem(format!(
                "`order-by` names a field that {} cannot be ordered by. Fields: {}.",
                model.name,
                known.join(", ")
            )));
        };
        if order.iter().any(|known| known.field == field.name) {
            return Err(problem(format!(
                "`order-by` names `{}` twice. Name each field once.",
                field.name
            )));
        }
        order.push(OrderBy {
            field: &field.name,
            kind: field.kind,
            descending,
            implied: false,
        });
    }
    if order.len() > ORDER_MAX {
        return Err(problem(format!(
            "`order-by` names more than {ORDER_MAX} fields. Name at most {ORDER_MAX}."
        )));
    }
    Ok(order)
}

fn filter_value(filter: &'static Filter, text: &str) -> Result<FilterValue, InputProblem> {
    let problem = |wanted: &str| {
        InputProblem::parameter(
            filter.name,
            "invalid_filter_value",
            format!("`{}` must be {wanted}.", filter.name),
        )
    };
    if text.is_empty() || text.chars().count() > VALUE_MAX || text.contains('\0') {
        return Err(problem(&format!(
            "1 to {VALUE_MAX} characters long, without the character NUL"
        )));
    }
    match filter.kind {
        FilterKind::OneOf { values, .. } => {
            if values.contains(&text) {
                Ok(FilterValue::Text(text.to_owned()))
            } else {
                Err(problem(&format!("one of {}", values.join(", "))))
            }
        }
        FilterKind::Bool { .. } | FilterKind::OnlyNull { .. } => match text {
            "true" => Ok(FilterValue::Bool(true)),
            "false" => Ok(FilterValue::Bool(false)),
            _ => Err(problem("`true` or `false`")),
        },
        FilterKind::DateBefore { .. }
        | FilterKind::DateAfter { .. }
        | FilterKind::DateAtLeast { .. }
        | FilterKind::DateAtMost { .. } => date(text)
            .map(FilterValue::Date)
            .ok_or_else(|| problem("a date, such as 2026-01-31")),
        FilterKind::TimeAtLeast { .. } | FilterKind::TimeAtMost { .. } => time(text)
            .map(FilterValue::Time)
            .ok_or_else(|| problem("a date or a time, such as 2026-01-31T08:00:00Z")),
        _ => Ok(FilterValue::Text(text.to_owned())),
    }
}

/// `YYYY-MM-DD` and nothing looser: years of other lengths are slips.
fn date(text: &str) -> Option<NaiveDate> {
    if text.len() == 10 {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
    } else {
        None
    }
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    if let Some(date) = date(text) {
        return Some(date.and_time(NaiveTime::MIN).and_utc());
    }
    // A plus sign that was not percent-encoded arrives as a space.
    let text = text.replace(' ', "+");
    DateTime::parse_from_rfc3339(&text)
        .ok()
        .map(|time| time.with_timezone(&Utc))
}

/// Escapes what could be taken for the syntax around it.
fn escape(url: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b':') {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests;
