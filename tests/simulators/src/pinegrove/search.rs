//! Searches: pages in the order of ids, by a cursor that names the last record and the search it belongs to.

use super::rows::{Collection, PinegroveRows};
use super::{Refusal, access};
use crate::shared::VendorRequest;
use crate::shared::world::{State, World};
use chrono::{DateTime, SecondsFormat};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The most items of a page.
const MOST: usize = 250;

/// How long a cursor is taken, in milliseconds.
const CURSOR_LIFE_MS: i64 = 1_800_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    limit: Option<usize>,
    #[serde(default)]
    changed_since: Option<String>,
    #[serde(default)]
    changed_until: Option<String>,
}

/// What a cursor says; clients do not look inside.
#[derive(Deserialize, Serialize, PartialEq)]
struct Cursor {
    /// The client and the search, as a digest: no vendor hands out ids of clients in every answer.
    search: String,
    after: u32,
    made: i64,
}

fn digest(client: &str, collection: Collection, span: (Option<i64>, Option<i64>)) -> String {
    let search = format!("{client} {} {span:?}", collection.name());
    BASE64URL_NOPAD.encode(&Sha256::digest(search)[..12])
}

fn time(name: &str, text: Option<&String>) -> Result<Option<i64>, Refusal> {
    let Some(text) = text else {
        return Ok(None);
    };
    match DateTime::parse_from_rfc3339(text) {
        Ok(time) => Ok(Some(time.timestamp_millis())),
        Err(_) => Err(Refusal::new(
            422,
            "body_invalid",
            format!("{name} is no RFC 3339 time."),
        )),
    }
}

/// A time as the vendor writes it: RFC 3339 with milliseconds.
pub(super) fn written(ms: i64) -> Option<String> {
    let time = DateTime::from_timestamp_millis(ms)?;
    Some(time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

pub(super) fn page(
    world: &World<PinegroveRows>,
    state: &State,
    client: &str,
    collection: Collection,
    request: &VendorRequest,
) -> Result<Value, Refusal> {
    let search: Search = serde_json::from_slice(&request.body).map_err(|why| {
        Refusal::new(
            422,
            "body_invalid",
            format!("The body cannot be read: {why}"),
        )
    })?;
    let limit = search.limit.unwrap_or(50);
    if !(1..=MOST).contains(&limit) {
        let message = format!("A limit is 1 to {MOST}.");
        return Err(Refusal::new(422, "limit_invalid", message));
    }
    let since = time("changed_since", search.changed_since.as_ref())?;
    let until = time("changed_until", search.changed_until.as_ref())?;
    let now = chrono::Utc::now().timestamp_millis();
    let mut cursor = Cursor {
        search: digest(client, collection, (since, until)),
        after: 0,
        made: now,
    };
    let mut first = 0;
    if let Some(text) = search.cursor.as_ref().filter(|_| !request.repeat_page) {
        let sent = read(text).ok_or_else(not_ours)?;
        cursor.after = sent.after;
        cursor.made = sent.made;
        if sent != cursor {
            return Err(not_ours());
        }
        if now - sent.made > CURSOR_LIFE_MS {
            let message = "The cursor is older than 30 minutes.";
            return Err(Refusal::new(410, "cursor_expired", message));
        }
        first = sent.after + 1;
    }

    let portfolio = &state.portfolio;
    let matches = |index: &u32| {
        let Some((stamp, lives)) = collection.standing(portfolio, *index) else {
            return false;
        };
        // Only who asks for changes is told of deletions.
        (lives || since.is_some())
            && since.is_none_or(|since| stamp >= since)
            && until.is_none_or(|until| stamp <= until)
    };
    let total = (0..collection.extent(portfolio)).filter(matches).count();
    let found = (first..collection.extent(portfolio)).filter(matches);
    let found: Vec<u32> = found.take(limit + 1).collect();
    let more = found.len() > limit;
    let echo = access::echo(request);
    let items: Vec<Value> = found
        .iter()
        .take(limit)
        .map(|index| item(world, state, collection, *index, echo.as_deref()))
        .collect();
    let next = found.get(limit - 1).filter(|_| more).map(|last| {
        cursor.after = *last;
        cursor.made = now;
        write(&cursor)
    });
    Ok(json!({ "items": items, "next_cursor": next, "total": total }))
}

fn item(
    world: &World<PinegroveRows>,
    state: &State,
    collection: Collection,
    index: u32,
    echo: Option<&str>,
) -> Value {
    let portfolio = &state.portfolio;
    let id = collection.id(&portfolio.shape, index);
    match collection.standing(portfolio, index) {
        Some((stamp, false)) => json!({ "id": id, "deleted_at": written(stamp) }),
        _ => {
            let mut row = collection.row(world, portfolio, index);
            if let Some(secret) = echo {
                row.insert(collection.text_field().to_owned(), json!(secret));
            }
            Value::Object(row)
        }
    }
}

fn not_ours() -> Refusal {
    let message = "The cursor does not belong to this search.";
    Refusal::new(400, "cursor_invalid", message)
}

fn read(text: &str) -> Option<Cursor> {
    serde_json::from_slice(&BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()
}

fn write(cursor: &Cursor) -> String {
    BASE64URL_NOPAD.encode(&serde_json::to_vec(cursor).unwrap_or_default())
}
