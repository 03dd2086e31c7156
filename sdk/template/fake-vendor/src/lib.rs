//! A small vendor that does not exist, as unkind as a real one: keys with
//! different rights, pages of at most fifty records, words that nobody
//! announced, fields that nobody may read.
//!
//! [`Vendor::answer`] is the whole of it, without a socket, so that unit tests
//! talk to it too. The program `fake-vendor` puts it behind a port. Make it
//! what your vendor is: its paths, its paging, its errors.

mod data;

use serde_json::{Value, json};
use url::Url;

/// The key that reads everything.
pub const FULL_KEY: &str = "fake-key-0123456789";

/// The key that reads no residents.
pub const PLACES_KEY: &str = "fake-key-places-only";

/// The most records on a page.
const MOST_RECORDS: usize = 50;

/// A request.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Path and query.
    pub target: &'a str,
    /// The header `x-api-key`.
    pub key: Option<&'a str>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body, JSON.
    pub body: String,
}

/// The vendor with its records.
#[derive(Debug)]
pub struct Vendor {
    properties: Vec<Value>,
    units: Vec<Value>,
    residents: Vec<Value>,
}

impl Default for Vendor {
    fn default() -> Self {
        Self {
            properties: data::properties(),
            units: data::units(),
            residents: data::residents(),
        }
    }
}

impl Vendor {
    /// What the vendor answers.
    pub fn answer(&self, asked: &Asked<'_>) -> Answer {
        self.answer_or_refuse(asked)
            .unwrap_or_else(|refusal| refusal)
    }

    /// The ids of a list, in the order of its pages.
    pub fn ids(&self, list: &str) -> Vec<String> {
        ids(self.records(list).iter())
    }

    /// The ids of the records that changed in a stretch of time, both ends
    /// inclusive.
    pub fn changed(&self, list: &str, from: &str, to: &str) -> Vec<String> {
        ids(within(self.records(list), Some(from), Some(to)).into_iter())
    }

    fn records(&self, list: &str) -> &[Value] {
        match list {
            "properties" => &self.properties,
            "units" => &self.units,
            "residents" => &self.residents,
            _ => &[],
        }
    }

    fn answer_or_refuse(&self, asked: &Asked<'_>) -> Result<Answer, Answer> {
        match asked.key {
            Some(FULL_KEY | PLACES_KEY) => {}
            _ => return Err(refused(401, "key_unknown", "This key is not known.")),
        }
        let url = Url::parse("http://vendor/")
            .and_then(|base| base.join(asked.target))
            .map_err(|_| refused(400, "address_invalid", "This is no address."))?;
        match url.path() {
            "/v1/account" => Ok(answered(&json!({ "id": "acc_1", "name": "Fake Homes" }))),
            "/v1/residents" if asked.key == Some(PLACES_KEY) => {
                let why = "This key may not read residents.";
                Err(refused(403, "not_allowed", why))
            }
            "/v1/properties" => page(&self.properties, &url),
            "/v1/units" => page(&self.units, &url),
            "/v1/residents" => page(&self.residents, &url),
            _ => Err(refused(404, "not_found", "There is nothing here.")),
        }
    }
}

/// A page of a list, as the query asks for it.
fn page(records: &[Value], url: &Url) -> Result<Answer, Answer> {
    let limit = match parameter(url, "limit").map(|text| text.parse()) {
        None => MOST_RECORDS,
        Some(Ok(limit)) if (1..=MOST_RECORDS).contains(&limit) => limit,
        Some(_) => return Err(refused(400, "limit_invalid", "A page has 1 to 50 records.")),
    };
    let (from, to) = (time(url, "changed_from")?, time(url, "changed_to")?);
    let matching = within(records, from.as_deref(), to.as_deref());
    let begin = match parameter(url, "after") {
        None => 0,
        // The record may have left the stretch of time; its place in the order has not.
        Some(after) if records.iter().any(|record| id(record) == after) => {
            matching.partition_point(|record| id(record) <= after.as_str())
        }
        Some(_) => return Err(refused(400, "cursor_unknown", "There is no such record.")),
    };
    let rest = matching.get(begin..).unwrap_or_default();
    let items = rest.get(..limit).unwrap_or(rest);
    let more = items.len() < rest.len();
    let next = items.last().filter(|_| more).map(|record| id(record));
    Ok(answered(
        &json!({ "items": items, "next": next, "total": matching.len() }),
    ))
}

fn within<'a>(records: &'a [Value], from: Option<&str>, to: Option<&str>) -> Vec<&'a Value> {
    // Without the `Z` at their end, instants sort as their texts do, fractions or not.
    let bare = |text: Option<&str>| text.map(|text| text.trim_end_matches('Z').to_owned());
    let (from, to) = (bare(from), bare(to));
    let matches = |record: &&Value| {
        let changed = record["changed_at"].as_str().unwrap_or_default();
        let changed = changed.trim_end_matches('Z');
        from.as_deref().is_none_or(|from| from <= changed)
            && to.as_deref().is_none_or(|to| changed <= to)
    };
    records.iter().filter(matches).collect()
}

/// An instant of the query, such as `2026-01-31T08:00:00Z`.
fn time(url: &Url, name: &str) -> Result<Option<String>, Answer> {
    let Some(text) = parameter(url, name) else {
        return Ok(None);
    };
    let shape = "0000-00-00T00:00:00";
    let alike =
        |(sign, place): (char, char)| sign == place || place == '0' && sign.is_ascii_digit();
    let begins = text.len() > shape.len() && text.chars().zip(shape.chars()).all(alike);
    if begins && text.ends_with('Z') {
        return Ok(Some(text));
    }
    Err(refused(
        400,
        "time_invalid",
        "Write times as 2026-01-31T08:00:00Z.",
    ))
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

fn id(record: &Value) -> &str {
    record["id"].as_str().unwrap_or_default()
}

fn ids<'a>(records: impl Iterator<Item = &'a Value>) -> Vec<String> {
    records.map(|record| id(record).to_owned()).collect()
}

fn answered(body: &Value) -> Answer {
    Answer {
        status: 200,
        body: body.to_string(),
    }
}

/// A refusal in the vendor's way to write one.
pub fn refused(status: u16, code: &str, message: &str) -> Answer {
    Answer {
        status,
        body: json!({ "code": code, "message": message }).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(target: &str, key: Option<&str>) -> (u16, Value) {
        let answer = Vendor::default().answer(&Asked { target, key });
        let body = serde_json::from_str(&answer.body).expect("JSON");
        (answer.status, body)
    }

    #[test]
    fn a_page_ends_where_the_next_begins() {
        let (status, first) = get("/v1/units?limit=2", Some(FULL_KEY));
        assert_eq!((status, first["next"].as_str()), (200, Some("unt_0002")));
        let (_, second) = get("/v1/units?limit=2&after=unt_0002", Some(FULL_KEY));
        assert_eq!(second["items"][0]["id"], "unt_0003");
        let (_, last) = get("/v1/units?after=unt_0119", Some(FULL_KEY));
        assert_eq!(last["next"], Value::Null);
    }

    #[test]
    fn what_cannot_be_answered_is_refused() {
        for (target, key, status) in [
            ("/v1/units", None, 401),
            ("/v1/units", Some("another"), 401),
            ("/v1/residents", Some(PLACES_KEY), 403),
            ("/v1/units?limit=51", Some(FULL_KEY), 400),
            ("/v1/units?after=unt_9", Some(FULL_KEY), 400),
            ("/v1/units?changed_from=2026-01-01", Some(FULL_KEY), 400),
            ("/v1/invoices", Some(FULL_KEY), 404),
        ] {
            assert_eq!(get(target, key).0, status, "{target}");
        }
    }

    #[test]
    fn both_ends_of_a_stretch_belong_to_it() {
        let vendor = Vendor::default();
        let all = vendor.ids("units");
        let unit = &vendor.units[0];
        let at = unit["changed_at"].as_str().expect("a time");
        assert!(vendor.changed("units", at, at).contains(&all[0]));
        assert_eq!(
            vendor.changed("units", "1970-01-01T00:00:00Z", "2100-01-01T00:00:00.5Z"),
            all
        );
    }
}
