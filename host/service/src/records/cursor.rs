//! Cursors of lists: the record that a page begins behind, sealed for one caller and one question.

use portcullis_store::{After, TokenKey};

use crate::error::{InputProblem, ServiceError};
use crate::principal::Principal;
use crate::records::RecordRow;
use crate::records::query::RecordQuery;

/// Longest cursor, in bytes: five values of an order and what seals them.
const CURSOR_MAX: usize = 8 << 10;

/// The cursor behind a record.
pub(super) fn seal(
    key: &TokenKey,
    principal: &Principal,
    query: &RecordQuery,
    row: &RecordRow,
) -> String {
    let content = serde_json::json!([row.order_values, row.id]).to_string();
    let bound = bound(principal, query);
    key.seal(&texts(&bound), content.as_bytes())
}

/// The record that the query's cursor names, if it has one.
///
/// # Errors
///
/// `invalid_cursor`.
pub(super) fn open(
    key: &TokenKey,
    principal: &Principal,
    query: &RecordQuery,
) -> Result<Option<After>, ServiceError> {
    let Some(cursor) = &query.cursor else {
        return Ok(None);
    };
    let bound = bound(principal, query);
    let content = key.open(&texts(&bound), cursor);
    let after = content.and_then(|content| {
        let (values, id) = serde_json::from_slice(&content).ok()?;
        Some(After { values, id })
    });
    match after {
        Some(after) => Ok(Some(after)),
        None => Err(ServiceError::invalid(invalid_cursor(
            "This cursor was not made for this list. Send `next_cursor` of the page before unchanged, with a key of the same \
             account, environment and limits, the same filters and the same order; without a `cursor` the list begins anew.",
        ))),
    }
}

fn bound(principal: &Principal, query: &RecordQuery) -> Vec<String> {
    let mut bound = principal.bound();
    bound.push(query.question());
    bound
}

fn texts(bound: &[String]) -> Vec<&str> {
    bound.iter().map(String::as_str).collect()
}

/// A cursor that could be one.
pub(super) fn readable(text: &str) -> Result<String, InputProblem> {
    let letters = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if text.is_empty() || text.len() > CURSOR_MAX || !text.bytes().all(letters) {
        return Err(invalid_cursor(
            "`cursor` must be a `next_cursor` of this list, unchanged.",
        ));
    }
    Ok(text.to_owned())
}

pub(super) fn invalid_cursor(detail: &str) -> InputProblem {
    InputProblem::parameter("cursor", "invalid_cursor", detail)
}
