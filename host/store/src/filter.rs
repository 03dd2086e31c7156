//! Filters and orders of record lists, and the SQL they become. Values are always bound; names come from closed enums
//! or are checked letter by letter.

use crate::StoreError;
use chrono::{DateTime, Utc};
use sqlx::{Postgres, QueryBuilder};

/// A real column of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// Our id.
    Id,
    /// The integration.
    IntegrationId,
    /// The vendor's id.
    ExternalId,
    /// The vendor's word.
    Vendor,
    /// Our id of the property.
    PropertyId,
    /// The vendor's id of the property.
    XPropertyId,
    /// Our id of the unit.
    UnitId,
    /// The vendor's id of the unit.
    XUnitId,
    /// When the record was first stored.
    CreatedAt,
    /// When the record last changed here.
    UpdatedAt,
    /// When the record last changed at the vendor.
    XUpdatedAt,
    /// When the record was last known to exist: the newer of its change and the last complete full run.
    LastSeen,
}

impl Column {
    fn sql(self) -> &'static str {
        match self {
            Self::Id => "r.id",
            Self::IntegrationId => "r.integration_id",
            Self::ExternalId => "r.external_id",
            Self::Vendor => "r.vendor",
            Self::PropertyId => "r.property_id",
            Self::XPropertyId => "r.x_property_id",
            Self::UnitId => "r.unit_id",
            Self::XUnitId => "r.x_unit_id",
            Self::CreatedAt => "r.created_at",
            Self::UpdatedAt => "r.updated_at",
            Self::XUpdatedAt => "r.x_updated_at",
            Self::LastSeen => LAST_SEEN,
        }
    }

    pub(crate) fn is_time(self) -> bool {
        matches!(
            self,
            Self::CreatedAt | Self::UpdatedAt | Self::XUpdatedAt | Self::LastSeen
        )
    }

    fn nullable(self) -> bool {
        matches!(
            self,
            Self::PropertyId | Self::XPropertyId | Self::UnitId | Self::XUnitId | Self::XUpdatedAt
        )
    }
}

/// When a record was last known to exist: for one that is missing, before it was missed; else the newer of its last
/// change and the last pass over its model, so that no row is rewritten to move it.
pub(crate) const LAST_SEEN: &str = "coalesce(r.last_seen_at, greatest(r.updated_at, (select m.last_complete_full_at
     from model_state m where m.account_id = r.account_id and m.integration_id = r.integration_id and m.model = r.model)))";

/// How a value of the document is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocType {
    /// Byte by byte. ISO dates and times sort rightly so.
    Text,
    /// By value.
    Number,
    /// `false` before `true`.
    Bool,
}

/// What a filter or an order looks at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// A column.
    Column(Column),
    /// A value of the document.
    Doc {
        /// Members from the outside in, each of `[a-z0-9_]`.
        path: Vec<String>,
        /// How it is compared.
        kind: DocType,
    },
}

impl Target {
    /// A member of the document's outermost object.
    #[must_use]
    pub fn field(name: &str, kind: DocType) -> Self {
        Self::Doc {
            path: vec![name.to_owned()],
            kind,
        }
    }

    /// Whether a record may have no value there.
    pub(crate) fn nullable(&self) -> bool {
        !matches!(self, Self::Column(column) if !column.nullable())
    }
}

/// A value that a target is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// For text columns and text of the document.
    Text(String),
    /// For numbers of the document.
    Integer(i64),
    /// For booleans of the document.
    Bool(bool),
    /// For time columns.
    Time(DateTime<Utc>),
}

/// A condition; all of a query's conditions must hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// The target has this value.
    Equals {
        /// What is looked at.
        target: Target,
        /// Its value.
        value: Operand,
    },
    /// The record is one of these.
    Ids {
        /// Our ids of them.
        ids: Vec<String>,
    },
    /// The document refers to this record.
    Related {
        /// Our id of it.
        id: String,
    },
    /// The first of the targets that is not null is this or later: a time column against a `Time`, or text of the
    /// document, such as ISO dates, against a `Text`.
    DateAfter {
        /// What is looked at, in this order.
        targets: Vec<Target>,
        /// The earliest value.
        at: Operand,
    },
    /// The first of the targets that is not null is this or earlier.
    DateBefore {
        /// What is looked at, in this order.
        targets: Vec<Target>,
        /// The latest value.
        at: Operand,
    },
    /// None of the targets has a value, or one has.
    IsNull {
        /// What is looked at.
        targets: Vec<Target>,
        /// Whether they must have none.
        null: bool,
    },
}

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// Smallest first. Missing values come last either way.
    Ascending,
    /// Largest first.
    Descending,
}

/// A target and a direction.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrderBy {
    /// What is looked at.
    pub target: Target,
    /// Which way.
    pub order: Order,
}

pub(crate) const BAD_FILTER: StoreError = StoreError::Conflict { what: "bad_filter" };

/// The path as a Postgres array literal, after a check that nothing in it can end the literal.
fn path_literal(path: &[String]) -> Result<String, StoreError> {
    let safe = |name: &String| {
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    if path.is_empty() || !path.iter().all(safe) {
        return Err(BAD_FILTER);
    }
    Ok(format!("'{{{}}}'", path.join(",")))
}

/// The target's value as SQL, comparable with its operand.
pub(crate) fn expression(target: &Target) -> Result<String, StoreError> {
    Ok(match target {
        Target::Column(column) => column.sql().to_owned(),
        Target::Doc {
            path,
            kind: DocType::Text,
        } => format!("(r.doc #>> {}) collate \"C\"", path_literal(path)?),
        // Numbers and booleans are compared as JSON values: that never fails, whatever a document holds.
        Target::Doc { path, .. } => format!("nullif(r.doc #> {}, 'null')", path_literal(path)?),
    })
}

fn compare(
    query: &mut QueryBuilder<Postgres>,
    targets: &[Target],
    operator: &'static str,
    value: &Operand,
) -> Result<(), StoreError> {
    let fits = |target: &Target| match (target, value) {
        (Target::Column(column), Operand::Time(_)) => column.is_time(),
        (Target::Column(column), Operand::Text(_)) => !column.is_time(),
        (Target::Doc { kind, .. }, Operand::Text(_)) => *kind == DocType::Text,
        (Target::Doc { kind, .. }, Operand::Integer(_)) => *kind == DocType::Number,
        (Target::Doc { kind, .. }, Operand::Bool(_)) => *kind == DocType::Bool,
        _ => false,
    };
    if !targets.iter().all(fits) {
        return Err(BAD_FILTER);
    }
    push_first(query, targets)?;
    query.push(operator);
    match value {
        Operand::Text(text) => query.push_bind(text.clone()),
        Operand::Integer(number) => query.push("to_jsonb(").push_bind(*number).push("::bigint)"),
        Operand::Bool(flag) => query.push("to_jsonb(").push_bind(*flag).push("::boolean)"),
        Operand::Time(time) => query.push_bind(*time),
    };
    Ok(())
}

/// The first of the targets that is not null, in the words that an index has for it.
fn push_first(query: &mut QueryBuilder<Postgres>, targets: &[Target]) -> Result<(), StoreError> {
    let expressions = targets
        .iter()
        .map(expression)
        .collect::<Result<Vec<_>, _>>()?;
    match expressions.as_slice() {
        [] => return Err(BAD_FILTER),
        [only] => query.push("(").push(only).push(")"),
        several => query.push("coalesce(").push(several.join(", ")).push(")"),
    };
    Ok(())
}

/// Adds ` and …` for each filter.
pub(crate) fn push_filters(
    query: &mut QueryBuilder<Postgres>,
    filters: &[Filter],
    of: (&str, &str),
) -> Result<(), StoreError> {
    for filter in filters {
        query.push(" and ");
        match filter {
            Filter::Equals { target, value } => {
                compare(query, std::slice::from_ref(target), " = ", value)?
            }
            Filter::DateAfter { targets, at } => match last_seen(targets, at) {
                Some(at) => push_seen(query, of, " >= ", at, (" or ", " in ", " >= ")),
                None => compare(query, targets, " >= ", at)?,
            },
            Filter::DateBefore { targets, at } => match last_seen(targets, at) {
                Some(at) => push_seen(query, of, " <= ", at, (" and ", " not in ", " > ")),
                None => compare(query, targets, " <= ", at)?,
            },
            Filter::Ids { ids } => {
                query.push("r.id = any(").push_bind(ids.clone()).push(")");
            }
            Filter::Related { id } => {
                query
                    .push("r.related @> array[")
                    .push_bind(id.clone())
                    .push("]::text[]");
            }
            Filter::IsNull { targets, null } => {
                push_first(query, targets)?;
                query.push(if *null { " is null" } else { " is not null" });
            }
        }
    }
    Ok(())
}

/// The time that `last_seen` is compared with, if that is what the targets are.
fn last_seen(targets: &[Target], at: &Operand) -> Option<DateTime<Utc>> {
    match (targets, at) {
        ([Target::Column(Column::LastSeen)], Operand::Time(at)) => Some(*at),
        _ => None,
    }
}

/// Compares [`LAST_SEEN`], taken apart: which passes are new enough is asked once for the whole list, and not for each
/// of a million records. `joined` stands between the record's own time and its integration's last pass, `among` before
/// the integrations whose pass is what `pass` says.
fn push_seen(
    query: &mut QueryBuilder<Postgres>,
    (account_id, model): (&str, &str),
    operator: &'static str,
    at: DateTime<Utc>,
    (joined, among, pass): (&'static str, &'static str, &'static str),
) {
    query
        .push("case when r.last_seen_at is not null then r.last_seen_at")
        .push(operator)
        .push_bind(at)
        .push(" else r.updated_at")
        .push(operator)
        .push_bind(at)
        .push(joined)
        .push("r.integration_id")
        .push(among)
        .push("(select m.integration_id from model_state m where m.account_id = ")
        .push_bind(account_id.to_owned())
        .push(" and m.model = ")
        .push_bind(model.to_owned())
        .push(" and m.last_complete_full_at")
        .push(pass)
        .push_bind(at)
        .push(") end");
}

/// The order that is meant: newest first where none is given.
pub(crate) fn ordering(order: &[OrderBy]) -> &[OrderBy] {
    const NEWEST: &[OrderBy] = &[OrderBy {
        target: Target::Column(Column::CreatedAt),
        order: Order::Descending,
    }];
    if order.is_empty() { NEWEST } else { order }
}

/// Adds ` order by …`, which always ends in the id, so that pages never overlap.
pub(crate) fn push_order(
    query: &mut QueryBuilder<Postgres>,
    order: &[OrderBy],
) -> Result<(), StoreError> {
    let order = ordering(order);
    query.push(" order by ");
    for by in order {
        query.push(expression(&by.target)?);
        query.push(if by.order == Order::Ascending {
            " asc"
        } else {
            " desc"
        });
        // Where nothing can be missing the words are left out: with them the index could not give the order.
        if by.target.nullable() {
            query.push(" nulls last");
        }
        query.push(", ");
    }
    // Against the first direction, so that the index gives newest and oldest first alike.
    query.push(if order[0].order == Order::Ascending {
        "r.id desc"
    } else {
        "r.id asc"
    });
    Ok(())
}

/// The integration that the filters name, if they name one.
pub(crate) fn named_integration(filters: &[Filter]) -> Option<&str> {
    filters.iter().find_map(|filter| match filter {
        Filter::Equals {
            target: Target::Column(Column::IntegrationId),
            value: Operand::Text(id),
        } => Some(id.as_str()),
        _ => None,
    })
}

/// Whether the filters look at nothing but the integration.
pub(crate) fn only_integration(filters: &[Filter]) -> bool {
    filters.iter().all(|f| {
        matches!(
            f,
            Filter::Equals {
                target: Target::Column(Column::IntegrationId),
                value: Operand::Text(_)
            }
        )
    })
}
