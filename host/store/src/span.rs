//! How much of a model a run reads.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a run is asked to read, and what became of it at its first claim.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SpanWish {
    /// What is needed: the changes since the last run, or everything. Whoever claims the run first decides, and the
    /// decision takes the place of this wish.
    Auto,
    /// Everything.
    #[default]
    Full,
    /// What changed since the watermark of an earlier run.
    Since {
        /// The guest's watermark; empty for a model that is read by partitions, each of which has its own.
        watermark: String,
    },
    /// A part of history, both ends inclusive.
    Window {
        /// The earlier end.
        start: DateTime<Utc>,
        /// The later end.
        end: DateTime<Utc>,
    },
}

impl SpanWish {
    /// The wish in a run's row; what cannot be read counts as everything.
    #[must_use]
    pub fn of(stored: &Value) -> Self {
        serde_json::from_value(stored.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_are_stable_and_nonsense_is_everything() {
        let window = json!({"kind": "window", "start": "2026-01-01T00:00:00Z", "end": "2026-02-01T00:00:00Z"});
        for (stored, kind) in [
            (json!({"kind": "auto"}), SpanWish::Auto),
            (json!({"kind": "full"}), SpanWish::Full),
            (
                json!({"kind": "since", "watermark": "w"}),
                SpanWish::Since {
                    watermark: "w".to_owned(),
                },
            ),
        ] {
            assert_eq!(SpanWish::of(&stored), kind);
            assert_eq!(serde_json::to_value(&kind).unwrap(), stored);
        }
        assert!(matches!(SpanWish::of(&window), SpanWish::Window { .. }));
        assert_eq!(serde_json::to_value(SpanWish::of(&window)).unwrap(), window);
        for nonsense in [json!({}), json!({"kind": "since"}), json!(null)] {
            assert_eq!(SpanWish::of(&nonsense), SpanWish::Full);
        }
    }
}
