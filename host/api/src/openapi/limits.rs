//! What every answer behind a key says about the key's limit.

use serde_json::{Map, Value, json};

use super::{nested, object};

/// Name of the component, name of the header, type, meaning.
const HEADERS: [(&str, &str, &str, &str); 4] = [
    (
        "RateLimitOfKey",
        "X-RateLimit-Limit",
        "integer",
        "Requests a minute that the key may send. Absent, with the others, where there is no limit.",
    ),
    (
        "RateLimitLeft",
        "X-RateLimit-Remaining",
        "integer",
        "Requests that are left now.",
    ),
    (
        "RateLimit",
        "RateLimit",
        "string",
        "The same as a structured field: `r` requests are left, and all of them are there again in `t` seconds.",
    ),
    (
        "RateLimitPolicy",
        "RateLimit-Policy",
        "string",
        "The key's limit as a structured field: `q` requests in `w` seconds.",
    ),
];

/// Writes the headers into the document: as components, and as references in every answer.
pub(super) fn write(document: &mut Value) {
    let components = nested(document, "components", "headers");
    for (component, _, kind, meaning) in HEADERS {
        let header = json!({"description": meaning, "schema": {"type": kind}});
        components.insert(component.to_owned(), header);
    }
    let problem = nested(document, "components", "responses");
    if let Some(problem) = problem.get_mut("Problem") {
        refer(problem);
        object(problem, "headers").insert(
            "Retry-After".to_owned(),
            json!({"description": "With 429 and 503: seconds after which to try again.", "schema": {"type": "integer"}}),
        );
    }
    for (path, item) in object(document, "paths") {
        let operations = item.as_object_mut().into_iter().flat_map(Map::values_mut);
        for operation in operations.filter(|_| path.starts_with("/v1/")) {
            for response in object(operation, "responses").values_mut() {
                if response.get("$ref").is_none() {
                    refer(response);
                }
            }
        }
    }
}

fn refer(response: &mut Value) {
    let headers = object(response, "headers");
    for (component, name, _, _) in HEADERS {
        let reference = json!({"$ref": format!("#/components/headers/{component}")});
        headers.insert(name.to_owned(), reference);
    }
}
