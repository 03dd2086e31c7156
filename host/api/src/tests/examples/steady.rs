//! Values of the same form in place of those that no two walks have in common.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};
use data_encoding::BASE32_NOPAD;
use regex_lite::{Captures, Regex};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// When the examples happened.
const THEN: &str = "2025-06-02T08:00:00Z";

/// What lies this near to now is of the walk and not of a payload.
const NEAR: TimeDelta = TimeDelta::days(60);

/// Seconds from then on by the name of a time, so that what came later is later.
const LATER: &[(&str, i64)] = &[
    ("started_at", 2),
    ("finished_at", 64),
    ("updated_at", 31),
    ("last_seen", 64),
    ("last_complete_full_at", 64),
    ("next_sync_at", 43_264),
];

/// Ids by the order in which they were met.
pub(super) struct Steady {
    ids: HashMap<String, String>,
    random: Regex,
    now: DateTime<Utc>,
}

impl Steady {
    pub(super) fn new() -> Self {
        Self {
            ids: HashMap::new(),
            random: Regex::new(r"\b([a-z]+)_([a-z2-7]{26}|[0-9a-f]{32})\b").unwrap(),
            now: Utc::now(),
        }
    }

    /// Replaces what is of this walk alone; `name` is the member that holds the value.
    pub(super) fn value(&mut self, name: &str, value: &mut Value) {
        match value {
            // Written down some seconds late, so in one walk and not in the next.
            _ if name == "last_used_at" => *value = Value::Null,
            Value::Object(members) => members
                .iter_mut()
                .for_each(|(name, value)| self.value(name, value)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(name, item)),
            Value::String(text) => *text = self.text(name, text),
            // How long a sync of the examples took.
            Value::Number(_) if name == "duration_ms" => *value = Value::from(62_000),
            _ => {}
        }
    }

    fn text(&mut self, name: &str, text: &str) -> String {
        if matches!(name, "next_since" | "next_cursor") {
            return data_encoding::BASE64URL_NOPAD.encode(&Sha256::digest(name));
        }
        // A key that opens nothing, of the form of one that does.
        let letters = BASE32_NOPAD.encode(&Sha256::digest("key")[..20]);
        match name {
            "key" if text.starts_with("pk_") => {
                return format!("pk_sandbox_{}", letters.to_lowercase());
            }
            "hint" => return letters[letters.len() - 4..].to_lowercase(),
            _ => {}
        }
        let then: DateTime<Utc> = THEN.parse().unwrap();
        if let Ok(day) = text.parse::<NaiveDate>()
            && (day - self.now.date_naive()).abs() < NEAR
        {
            return then.date_naive().to_string();
        }
        let moment = DateTime::parse_from_rfc3339(text).map(|at| at.with_timezone(&Utc));
        match moment {
            Ok(at) if (at - self.now).abs() < NEAR => {
                let later = LATER.iter().find(|(known, _)| *known == name);
                let later = later.map_or(0, |(_, seconds)| *seconds);
                // One of a thousand moments has no microseconds, and is written without their digits.
                let format = match text.len() {
                    0..=20 => SecondsFormat::Secs,
                    _ => SecondsFormat::Micros,
                };
                (then + TimeDelta::seconds(later)).to_rfc3339_opts(format, true)
            }
            _ => self.ids_in(text),
        }
    }

    fn ids_in(&mut self, text: &str) -> String {
        let Self { ids, random, .. } = self;
        let replaced = random.replace_all(text, |found: &Captures<'_>| {
            let count = ids.len();
            let id = ids.entry(found[0].to_owned()).or_insert_with(|| {
                let digest = Sha256::digest(format!("{} {count}", &found[1]));
                let letters = BASE32_NOPAD.encode(&digest[..16]).to_lowercase();
                format!("{}_{letters}", &found[1])
            });
            id.clone()
        });
        replaced.into_owned()
    }
}
