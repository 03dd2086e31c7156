//! Parameters that lists and single records share, in words.

use serde_json::{Value, json};

pub(super) const INCLUDE: &str = "`raw`: each record has a member `raw`, the vendor's own record as it came; null where the integration does not keep them.";

/// A moment, or a day for its start.
pub(super) fn moment() -> Value {
    json!({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]})
}

/// What a caller may ask of the cache.
pub(super) fn cache_control() -> Value {
    json!({
        "name": "Cache-Control",
        "in": "header",
        "schema": {"type": "string"},
        "description": "`no-cache`: an answer made now, so many times a minute for each key; beyond that the kept one comes, and `Cache-Status` says `detail=no-cache-quota`. `no-store`: what is made for this request is not kept.",
    })
}
