//! What vendors do: each lie is a case of B1 to B13, as faults of the simulator.

use crate::truth::Truth;
use serde_json::{Value, json};

/// When a lie begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begin {
    /// Before the first page of a first sync.
    First,
    /// In the middle of a first sync.
    Midway,
    /// Before the first page of a second sync, which reads everything.
    Second,
}

/// What is special about a lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It is told over TLS.
    Tls,
    /// It asks for days of patience.
    Days,
    /// What it deletes comes back.
    Back,
    /// The first unit has the id [`HUGE`] meanwhile.
    Renamed,
    /// It lists records that nobody has.
    Invented,
}

/// An id that no double holds: 2^53 + 1.
pub const HUGE: &str = "9007199254740993";

/// One lie.
pub struct Lie {
    /// The case.
    pub case: &'static str,
    /// What the vendor does.
    pub name: &'static str,
    /// When it begins.
    pub begin: Begin,
    /// What is special about it.
    pub mark: Option<Mark>,
    /// Operations of the control plane.
    pub operations: fn(&Truth) -> Vec<Value>,
}

const TENANTS: &str = "/v1/leases/tenants";
const UNITS: &str = "/v1/rentals/units";

fn fault(fault: Value) -> Value {
    json!({"op": "fault", "fault": fault})
}

/// A fault for every list.
fn everywhere(times: Option<u64>, action: Value) -> Vec<Value> {
    vec![fault(
        json!({"path": "/v1/", "times": times, "action": action}),
    )]
}

/// A fault for the residents, which have several pages.
fn of_tenants(times: Option<u64>, action: Value) -> Vec<Value> {
    vec![fault(
        json!({"path": TENANTS, "times": times, "action": action}),
    )]
}

/// A fault for the units.
fn of_units(times: Option<u64>, action: Value) -> Vec<Value> {
    vec![fault(
        json!({"path": UNITS, "times": times, "action": action}),
    )]
}

fn too_many(times: Option<u64>, retry_after: Value) -> Vec<Value> {
    everywhere(
        times,
        json!({"kind": "status", "status": 429, "retry_after": retry_after}),
    )
}

fn status(times: Option<u64>, status: u16) -> Vec<Value> {
    everywhere(times, json!({"kind": "status", "status": status}))
}

/// The first ids of a model.
pub(crate) fn ids(truth: &Truth, model: &str, count: usize) -> Vec<i64> {
    let rows = truth.models.get(model).into_iter().flatten();
    let mut ids: Vec<i64> = rows.filter_map(|(id, _)| id.parse().ok()).collect();
    ids.sort_unstable();
    ids.truncate(count);
    ids
}

/// Puts a value before a member, which then has another name.
fn member(times: Option<u64>, path: &str, name: &str, value: &str) -> Vec<Value> {
    let from = format!("\"{name}\":");
    let to = format!("\"{name}\":{value},\"Was{name}\":");
    vec![fault(json!({
        "path": path, "times": times, "action": {"kind": "replace", "from": from, "to": to}
    }))]
}

/// Connections are dropped, so that the next ones meet the new certificate.
fn certificate(mode: &str) -> Vec<Value> {
    let mut operations = vec![json!({"op": "tls", "mode": mode})];
    operations.extend(everywhere(Some(12), json!({"kind": "drop"})));
    operations
}

macro_rules! lies {
    ($($case:literal $name:literal $begin:ident $($mark:ident)? => $operations:expr;)*) => {
        &[$(Lie {
            case: $case,
            name: $name,
            begin: Begin::$begin,
            mark: lies!(@mark $($mark)?),
            operations: $operations,
        }),*]
    };
    (@mark) => { None };
    (@mark $mark:ident) => { Some(Mark::$mark) };
}

/// Every lie.
pub const LIES: &[Lie] = lies! {
    "B1" "429 with seconds" First => |_| too_many(Some(6), json!({"form": "seconds", "seconds": 1}));
    "B1" "429 with a date" First => |_| too_many(Some(4), json!({"form": "date", "seconds": 2}));
    "B1" "429 for ten days" First Days => |_| too_many(Some(2), json!({"form": "seconds", "seconds": 864_000}));
    "B1" "429 with nothing" First => |_| too_many(Some(6), json!({"form": "none"}));
    "B1" "429 with a date of long ago" First => |_| too_many(Some(3), json!({"form": "date", "seconds": -86_400}));
    "B1" "429 with words" First => |_| too_many(Some(3), json!({"form": "text", "text": "soon"}));
    "B1" "a quota of the day" First => |_| vec![json!({
        "op": "rate_limit", "limit": {"requests": 4, "window_ms": 86_400_000, "concurrent": 0}
    })];
    "B2" "a burst of 502" Midway => |_| status(Some(6), 502);
    "B2" "one in seven is a 500" First => |_| vec![fault(json!({
        "path": "/v1/", "one_in": 7, "action": {"kind": "status", "status": 500}
    }))];
    "B2" "503 for four seconds" Midway => |_| vec![fault(json!({
        "path": "/v1/", "for_ms": 4_000, "action": {"kind": "status", "status": 503}
    }))];
    "B3" "one byte a second" First => |_| of_tenants(Some(1), json!({"kind": "slow_body", "bytes": 1, "every_ms": 1_000}));
    "B3" "dripping heads" First => |_| of_tenants(Some(1), json!({"kind": "drip", "every_ms": 200}));
    "B3" "never answers" First => |_| of_tenants(Some(1), json!({"kind": "hang"}));
    "B3" "closes late" First => |_| of_tenants(Some(1), json!({"kind": "slow_close", "ms": 2_000}));
    "B4" "JSON that ends early" First => |_| of_tenants(Some(2), json!({"kind": "truncate", "keep": 50_000}));
    "B4" "a body that breaks off" First => |_| of_tenants(Some(2), json!({"kind": "abort", "keep": 50_000}));
    "B4" "a length that is too large" First => |_| of_tenants(Some(2), json!({"kind": "wrong_content_length", "delta": 100}));
    "B4" "a length that is too small" First => |_| of_tenants(Some(2), json!({"kind": "wrong_content_length", "delta": -100}));
    "B4" "a gzip bomb" First => |_| of_tenants(Some(2), json!({"kind": "gzip", "padding_mib": 512}));
    "B4" "gzip that nobody asked for" First => |_| of_tenants(None, json!({"kind": "gzip"}));
    "B4" "Latin-1" First => |_| of_tenants(Some(2), json!({"kind": "encode", "charset": "latin1"}));
    "B4" "UTF-16" First => |_| of_tenants(Some(2), json!({"kind": "encode", "charset": "utf16"}));
    "B4" "a byte order mark" First => |_| of_tenants(None, json!({"kind": "wrap", "before_hex": "efbbbf"}));
    "B4" "garbage behind" First => |_| of_tenants(Some(2), json!({"kind": "wrap", "after_hex": "7d7d5d"}));
    "B4" "HTML with 200" First => |_| everywhere(Some(3), json!({"kind": "html"}));
    "B5" "no UTF-8" First => |_| of_tenants(Some(1), json!({
        "kind": "replace_bytes", "from": "\"FirstName\":\"", "to_hex": "2246697273744e616d65223a22fffe"
    }));
    "B5" "NUL" First => |_| of_tenants(Some(2), json!({
        "kind": "replace", "from": "\"FirstName\":\"", "to": "\"FirstName\":\"\\u0000"
    }));
    "B5" "a lone surrogate" First => |_| of_tenants(Some(2), json!({
        "kind": "replace", "from": "\"FirstName\":\"", "to": "\"FirstName\":\"\\ud800"
    }));
    "B5" "a string of 1 MB" First => |_| of_tenants(Some(1), json!({
        "kind": "inflate", "after": "\"FirstName\":\"", "with": "x", "count": 1_000_000
    }));
    "B5" "emoji and marks that turn the text" Midway => |truth| vec![json!({
        "op": "change", "model": "residents", "ids": ids(truth, "residents", 20),
        "fields": {"FirstName": "👩‍👩‍👧‍👦\u{202e}desrever\u{202c}", "LastName": "שרה \u{200f}𠮷"}
    })];
    "B6" "the same page for ever" First => |_| of_tenants(None, json!({"kind": "repeat_page"}));
    "B6" "a circle of three pages" First => |_| of_tenants(None, json!({"kind": "endless", "rows": 3_000}));
    "B6" "pages without end" First Invented => |_| of_tenants(None, json!({"kind": "endless", "rows": 3_000, "fresh": true}));
    "B6" "an empty page in the middle" First => |_| vec![fault(json!({
        "path": TENANTS, "contains": "offset=1998", "action": {"kind": "empty_page"}
    }))];
    "B6" "pages that shrink" First => |_| of_tenants(None, json!({"kind": "rows", "keep": 400}));
    "B7" "rows are deleted while it pages" Midway => |truth| vec![json!({
        "op": "delete", "model": "residents", "ids": ids(truth, "residents", 60)
    })];
    "B7" "rows are inserted while it pages" Midway => |_| vec![
        json!({"op": "add", "model": "residents", "count": 40}),
        json!({"op": "add", "model": "units", "count": 25}),
    ];
    "B8" "a page of 200 MB" First => |_| of_tenants(Some(2), json!({"kind": "pad", "mib": 200}));
    "B8" "a page of 100,000 rows" First => |_| of_tenants(Some(1), json!({"kind": "multiply", "times": 100}));
    "B9" "a rent of 1e400" First => |_| member(Some(2), UNITS, "MarketRent", "1e400");
    "B9" "a rent in words" First => |_| member(Some(2), UNITS, "MarketRent", "\"1,234.50\"");
    "B9" "minus zero, and a tenth and two" First => |_| member(Some(2), UNITS, "MarketRent", "-0.30000000000000004");
    "B9" "a size beyond 2^53" First => |_| member(Some(2), UNITS, "UnitSize", "9007199254740993");
    "B9" "the year 1" First => |_| member(Some(4), "/v1/leases", "LeaseFromDate", "\"0001-01-01\"");
    "B9" "a day in milliseconds" First => |_| member(Some(4), "/v1/leases", "LeaseFromDate", "1700000000000");
    "B9" "24 o'clock" First => |_| member(Some(4), "/v1/leases", "CreatedDateTime", "\"2026-03-08T24:00:00\"");
    "B9" "an hour that a clock change shows twice" First => |_| member(Some(4), "/v1/leases", "CreatedDateTime", "\"2026-11-01T01:30:00\"");
    "B9" "a day in seconds" First => |_| member(Some(4), "/v1/leases", "LeaseFromDate", "1700000000");
    "B9" "an id beyond 2^53" First Renamed => |truth| {
        let first = ids(truth, "units", 1).first().copied().unwrap_or_default();
        of_units(None, json!({
            "kind": "replace", "from": format!("{{\"Id\":{first},"), "to": format!("{{\"Id\":{HUGE},")
        }))
    };
    "B9" "an hour that a clock change leaves out" First => |_| member(Some(4), "/v1/leases", "CreatedDateTime", "\"2026-03-08T02:30:00\"");
    "B10" "an expired certificate" Midway Tls => |_| certificate("expired");
    "B10" "a certificate of somebody else" Midway Tls => |_| certificate("wrong_name");
    "B10" "a certificate of its own making" Midway Tls => |_| certificate("self_signed");
    "B10" "a reset in the handshake" Midway Tls => |_| certificate("reset");
    "B11" "credentials are revoked" Midway => |_| vec![json!({"op": "revoke_key"})];
    "B11" "one model is forbidden" Midway => |_| vec![json!({
        "op": "set_scopes", "scopes": ["rentals", "leases", "applicants"]
    })];
    "B11" "401 on one page only" First => |_| vec![fault(json!({
        "path": TENANTS, "contains": "offset=1998", "times": 1, "action": {"kind": "status", "status": 401}
    }))];
    "B11" "an empty list in place of 403" First => |_| of_tenants(None, json!({"kind": "empty_list"}));
    "B11" "an empty list in place of 403, later" Second => |_| of_tenants(None, json!({"kind": "empty_list"}));
    "B12" "records disappear" Second => |truth| vec![
        json!({"op": "delete", "model": "residents", "ids": ids(truth, "residents", 40)}),
        json!({"op": "delete", "model": "units", "ids": ids(truth, "units", 15)}),
    ];
    "B12" "records disappear and come back" Second Back => |truth| vec![
        json!({"op": "delete", "model": "residents", "ids": ids(truth, "residents", 40)}),
        json!({"op": "delete", "model": "units", "ids": ids(truth, "units", 15)}),
    ];
    "B12" "ids under a name in another case" Second => |_| of_units(Some(1), json!({
        "kind": "replace", "from": "{\"Id\":", "to": "{\"ID\":"
    }));
    "B12" "a model is suddenly empty" Second => |_| of_units(None, json!({"kind": "empty_list"}));
    "B13" "a field has another name" First => |_| of_tenants(None, json!({
        "kind": "replace", "from": "\"FirstName\":", "to": "\"GivenName\":"
    }));
    "B13" "a field has another type" First => |_| member(None, UNITS, "UnitNumber", "[\"12\"]");
    "B13" "an enumeration grows" First => |_| vec![fault(json!({
        "path": "/v1/leases", "action": {
            "kind": "replace", "from": "\"LeaseStatus\":\"Active\"", "to": "\"LeaseStatus\":\"Hibernating\""
        }
    }))];
};
