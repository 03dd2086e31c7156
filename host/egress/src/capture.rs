//! Takes values out of a response. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderMap;
use quick_xml::{Reader, escape::resolve_xml_entity, events::Event};
use serde_json::Value;

use crate::{
    mask::MIN_SECRET_BYTES,
    types::{Lifetime, Source, TimeUnit},
};

/// A longer value is no token.
const MAX_SECRET_BYTES: usize = 8 * 1024;

/// The value at a place of a response, if it is there.
pub(crate) fn find(source: &Source, headers: &HeaderMap, body: &[u8]) -> Option<String> {
    match source {
        Source::Body => {
            let text = std::str::from_utf8(body).ok()?.trim();
            let text = text
                .strip_prefix('"')
                .and_then(|text| text.strip_suffix('"'))
                .unwrap_or(text);
            Some(text.trim().to_owned())
        }
        Source::Header(name) => Some(headers.get(name)?.to_str().ok()?.trim().to_owned()),
        Source::Cookie(name) => headers
            .get_all(http::header::SET_COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .find_map(|line| {
                let (found, value) = line.split(';').next()?.split_once('=')?;
                (found.trim() == name).then(|| value.trim().trim_matches('"').to_owned())
            }),
        Source::JsonPointer(pointer) => {
            match serde_json::from_slice::<Value>(body)
                .ok()?
                .pointer(pointer)?
            {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            }
        }
        Source::XmlPath(path) => xml(path, std::str::from_utf8(body).ok()?),
    }
}

/// Whether a value can be a secret: long enough to be masked, and in one piece.
pub(crate) fn is_secret(value: &str) -> bool {
    (MIN_SECRET_BYTES..=MAX_SECRET_BYTES).contains(&value.len())
        && !value
            .chars()
            .any(|char| char.is_whitespace() || char.is_control())
}

/// When a captured secret ends, if the response says so in the unit that was named.
pub(crate) fn ends(
    lifetime: &Lifetime,
    headers: &HeaderMap,
    body: &[u8],
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let text = find(&lifetime.source, headers, body)?;
    if lifetime.unit == TimeUnit::Rfc3339 {
        return Some(DateTime::parse_from_rfc3339(&text).ok()?.to_utc());
    }
    // Some write `3600.0`; the fraction of a second is of no use.
    let whole: i64 = text.split('.').next()?.parse().ok()?;
    match lifetime.unit {
        TimeUnit::Seconds => now.checked_add_signed(TimeDelta::try_seconds(whole)?),
        TimeUnit::EpochSeconds => DateTime::from_timestamp(whole, 0),
        TimeUnit::EpochMs => DateTime::from_timestamp_millis(whole),
        TimeUnit::Rfc3339 => None,
    }
}

/// `retry-after` in either of its forms, in milliseconds.
pub(crate) fn retry_after_ms(headers: &HeaderMap, now: DateTime<Utc>) -> Option<u64> {
    let text = headers
        .get(http::header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return seconds.checked_mul(1000);
    }
    let at: DateTime<Utc> = httpdate::parse_http_date(text).ok()?.into();
    u64::try_from((at - now).num_milliseconds().max(0)).ok()
}

/// The text of the first element whose path of local names this is. Entities that a document declares itself are
/// not expanded.
fn xml(path: &str, body: &str) -> Option<String> {
    let wanted: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    if wanted.is_empty() {
        return None;
    }
    let mut reader = Reader::from_str(body);
    let mut depth = 0;
    // How many elements from the root on are those of the path.
    let mut agreed = 0;
    let mut text = String::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => {
                let name = element.local_name();
                if agreed == depth
                    && wanted
                        .get(depth)
                        .is_some_and(|wanted| name.as_ref() == wanted.as_bytes())
                {
                    agreed += 1;
                }
                depth += 1;
            }
            Event::End(_) => {
                if agreed == wanted.len() && depth == agreed {
                    return Some(text.trim().to_owned());
                }
                depth -= 1;
                agreed = agreed.min(depth);
            }
            Event::Text(piece) if agreed == wanted.len() && depth == agreed => {
                text.push_str(&piece.decode().ok()?);
            }
            Event::CData(piece) if agreed == wanted.len() && depth == agreed => {
                text.push_str(&piece.decode().ok()?);
            }
            Event::GeneralRef(entity) if agreed == wanted.len() && depth == agreed => {
                match entity.resolve_char_ref().ok()? {
                    Some(char) => text.push(char),
                    None => text.push_str(resolve_xml_entity(&entity.decode().ok()?)?),
                }
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}
