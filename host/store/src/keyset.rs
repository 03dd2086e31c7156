//! Keyset pages: the next page begins right behind a record, wherever that record stands by then.
//!
//! An offset counts rows that may come and go between two pages; a key does not. And the deepest page costs what the first
//! one costs, where an index gives the order.

use crate::StoreError;
use crate::filter::{BAD_FILTER, DocType, Order, OrderBy, Target, expression, ordering};
use sqlx::{Postgres, QueryBuilder};

/// The record that a page begins behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// What the list is ordered by, as text in the order's order; `None` where the record has no value.
    pub values: Vec<Option<String>>,
    /// The record's id.
    pub id: String,
}

/// The values that rows are ordered by, as an array of texts.
pub(crate) fn push_values(
    query: &mut QueryBuilder<Postgres>,
    order: &[OrderBy],
) -> Result<(), StoreError> {
    query.push("array[");
    for (position, by) in ordering(order).iter().enumerate() {
        if position > 0 {
            query.push(", ");
        }
        query
            .push("(")
            .push(expression(&by.target)?)
            .push(")::text collate \"C\"");
    }
    query.push("]");
    Ok(())
}

/// Adds ` and …`: only what stands behind `after` in this order.
///
/// `(a, b, id)` behind `(x, y, z)` is `a > x or (a = x and (b > y or (b = y and id > z)))`, with the sign that each
/// direction wants and missing values last.
pub(crate) fn push_after(
    query: &mut QueryBuilder<Postgres>,
    order: &[OrderBy],
    after: &After,
) -> Result<(), StoreError> {
    let order = ordering(order);
    if order.len() != after.values.len() {
        return Err(BAD_FILTER);
    }
    // The same bound once more and alone, since an index is not looked up by an `or`.
    if let (Some(first), Some(Some(value))) = (order.first(), after.values.first())
        && !first.target.nullable()
    {
        query.push(" and ");
        push_comparison(query, first, ("<=", ">="), value)?;
    }
    query.push(" and (");
    for (by, value) in order.iter().zip(&after.values) {
        let expression = expression(&by.target)?;
        if let Some(value) = value {
            push_comparison(query, by, ("<", ">"), value)?;
            if by.target.nullable() {
                query.push(" or (").push(&expression).push(") is null");
            }
            query.push(" or (");
            push_comparison(query, by, ("=", "="), value)?;
        } else {
            // Nothing stands behind the missing values but more of them.
            query
                .push("(")
                .push(&expression)
                .push(") is null and (true");
        }
        query.push(" and (");
    }
    // Against the first direction, as the order itself.
    query.push(match order.first().map(|first| first.order) {
        Some(Order::Ascending) => "r.id < ",
        _ => "r.id > ",
    });
    query.push_bind(after.id.clone());
    query.push("))".repeat(order.len()));
    query.push(")");
    Ok(())
}

/// The target, a sign (the first one where the order descends), and a value of the target's type.
fn push_comparison(
    query: &mut QueryBuilder<Postgres>,
    by: &OrderBy,
    (descending, ascending): (&'static str, &'static str),
    value: &str,
) -> Result<(), StoreError> {
    query.push("(").push(expression(&by.target)?).push(") ");
    query.push(if by.order == Order::Descending {
        descending
    } else {
        ascending
    });
    query.push(" ").push_bind(value.to_owned());
    query.push(match &by.target {
        Target::Column(column) if column.is_time() => "::timestamptz",
        Target::Column(_)
        | Target::Doc {
            kind: DocType::Text,
            ..
        } => "::text",
        Target::Doc { .. } => "::jsonb",
    });
    Ok(())
}
