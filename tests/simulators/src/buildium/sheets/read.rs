//! Which rows of a list a key sees, which pass the filters, and in which order.

use super::super::keys::{Key, Refusal};
use super::super::list::{Orders, Page, SortKey, cut};
use super::super::query::{Filter, ListQuery};
use super::{Data, Row, Sheet};
use crate::shared::seed::mix;
use crate::shared::shape::kind;
use serde_json::Value;

/// The longest window of changes of recurring transactions, in seconds.
const YEAR: i64 = 365 * 86_400;

/// The page of a list that a query asks for.
pub(in crate::buildium) fn page(
    orders: &Orders,
    data: &Data,
    sheet: Sheet,
    key: &Key,
    query: &ListQuery,
    salt: u64,
) -> Result<Page, Refusal> {
    if sheet == Sheet::Recurring {
        within_a_year(query)?;
    }
    let properties = key.properties.as_ref();
    let mut order = Vec::new();
    for (name, descends) in &query.order {
        let row = data.sheet_row(sheet, 0, None);
        let mut fields = row.keys().map(String::as_str);
        let field = fields.find(|field| field.eq_ignore_ascii_case(name));
        let field = field.map(str::to_owned).ok_or_else(|| {
            Refusal::of(
                422,
                "orderby",
                format!("'{name}' is not a field to order by."),
            )
        })?;
        order.push((field, *descends));
    }
    let name = format!(
        "{} {sheet:?} {properties:?} {order:?} {:?}",
        data.version, query.filters
    );
    let ordered = orders.ordered(&name, || {
        let rows = data
            .sheet_rows(sheet, properties)
            .filter(|index| passes(data, sheet, *index, &query.filters));
        sorted(data, sheet, rows, &order)
    });
    let salt = mix(data.shape.seed, kind::TIE, salt);
    Ok(cut(&ordered, query, salt))
}

/// Rows with the number of their tie, in order.
fn sorted(
    data: &Data,
    sheet: Sheet,
    rows: impl Iterator<Item = u32>,
    order: &[(String, bool)],
) -> Vec<(u32, u32)> {
    let Some((field, descends)) = order.first() else {
        // Some order of the vendor's own, with about four rows to each tie.
        let groups = u64::from(data.sheet_extent(sheet) / 4 + 1);
        let mut rows: Vec<(u32, u32)> = rows
            .map(|index| {
                let group = data.shape.mix(sheet.number() + 3, index) % groups;
                (u32::try_from(group).unwrap_or(0), index)
            })
            .collect();
        rows.sort_unstable();
        return rows;
    };
    let mut keyed: Vec<(SortKey, u32)> = rows
        .map(|index| {
            let value = if field == sheet.id_field() {
                data.sheet_id(sheet, index).into()
            } else {
                data.sheet_row(sheet, index, None)
                    .remove(field)
                    .unwrap_or_default()
            };
            (SortKey::of(&value), index)
        })
        .collect();
    keyed.sort_by(|(left, _), (right, _)| {
        let ordering = left.compare(right);
        if *descends {
            ordering.reverse()
        } else {
            ordering
        }
    });
    let mut group = 0;
    let mut ordered = Vec::with_capacity(keyed.len());
    for (place, (key, index)) in keyed.iter().enumerate() {
        if place > 0 && keyed[place - 1].0.compare(key).is_ne() {
            group += 1;
        }
        ordered.push((group, *index));
    }
    ordered
}

/// A window of changes has 365 days at most, and ends now unless told.
fn within_a_year(query: &ListQuery) -> Result<(), Refusal> {
    let at = |wanted: &str| {
        query.filters.iter().find_map(|(name, value)| match value {
            Filter::Number(seconds) if *name == wanted => Some(*seconds),
            _ => None,
        })
    };
    let Some(from) = at("lastupdatedfrom") else {
        return Ok(());
    };
    let to = at("lastupdatedto").unwrap_or_else(|| chrono::Utc::now().timestamp());
    if to - from <= YEAR {
        return Ok(());
    }
    Err(Refusal::of(
        422,
        "lastupdatedfrom",
        "The range of dates cannot be longer than 365 days.",
    ))
}

/// Values of one repeated parameter are alternatives.
fn passes(data: &Data, sheet: Sheet, index: u32, filters: &[(&'static str, Filter)]) -> bool {
    let mut row = None;
    filters.iter().all(|(name, _)| {
        filters
            .iter()
            .filter(|(other, _)| other == name)
            .any(|(_, value)| match (*name, value) {
                ("lastupdatedfrom" | "lastupdatedto", Filter::Number(bound)) => {
                    let stamp = data.sheet_stamp(sheet, index);
                    let by_day = matches!(sheet, Sheet::Requests | Sheet::Orders);
                    let stamp = if by_day {
                        stamp.div_euclid(86_400)
                    } else {
                        stamp
                    };
                    if *name == "lastupdatedfrom" {
                        stamp >= *bound
                    } else {
                        stamp <= *bound
                    }
                }
                (name, value) => {
                    let row = row.get_or_insert_with(|| data.sheet_row(sheet, index, None));
                    shows(row, name, value)
                }
            })
    })
}

fn shows(row: &Row, name: &str, value: &Filter) -> bool {
    let at = |field: &str| row.get(field).unwrap_or(&Value::Null);
    match (name, value) {
        ("leaseids", Filter::Number(id)) => *at("LeaseId") == *id,
        ("unitid", Filter::Number(id)) => *at("UnitId") == *id || at("Task")["UnitId"] == *id,
        ("status", Filter::Text(word)) => *at("IsActive") == (word == "Active"),
        ("statuses", Filter::Text(word)) => *at("TaskStatus") == **word || *at("Status") == **word,
        ("usertypes", Filter::Text(word)) => at("UserTypes")
            .as_array()
            .is_some_and(|types| types.iter().any(|one| *one == **word)),
        _ => false,
    }
}
