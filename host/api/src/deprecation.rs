//! What is on its way out: told in each answer to whoever still uses it, and in the document.
//!
//! The table is a value, so that tests can have one of their own; the product's is [`TABLE`].

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use http::{HeaderName, HeaderValue, Method, header};
use serde_json::{Value, json};

use crate::query;
use crate::shortcut::Repeatable;

/// When something began to be deprecated (RFC 9745).
const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
/// When it stops working (RFC 8594).
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// A route, or a parameter of one, that will go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deprecated {
    /// Its method.
    pub(crate) method: &'static str,
    /// Its path as in the document, without a slash at the end.
    pub(crate) path: &'static str,
    /// The query parameter that will go; the whole route where there is none.
    pub(crate) parameter: Option<&'static str>,
    /// The day since which nobody should begin to use it, `YYYY-MM-DD`.
    pub(crate) since: &'static str,
    /// The first day on which it may not work any more; not yet decided where there is none.
    pub(crate) sunset: Option<&'static str>,
    /// Address of the text that says what to use instead.
    pub(crate) page: &'static str,
}

/// What is deprecated at present: nothing. A test holds the rows against the document and the policy.
pub(crate) const TABLE: &[Deprecated] = &[];

impl Deprecated {
    fn is_used(&self, method: &Method, path: &str, raw: Option<&str>) -> bool {
        // The router answers HEAD as GET.
        let same =
            self.method == method.as_str() || (self.method == "GET" && method == Method::HEAD);
        let given = |name: &str| {
            let pairs = query::parse(raw).unwrap_or_default();
            pairs.iter().any(|(given, _)| given == name)
        };
        same && self.path == path && self.parameter.is_none_or(given)
    }

    /// The header `Link`.
    pub(crate) fn link(&self) -> String {
        format!("<{}>; rel=\"deprecation\"; type=\"text/html\"", self.page)
    }
}

/// The first moment of a day.
pub(crate) fn day(text: &str) -> Option<DateTime<Utc>> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(day.and_time(NaiveTime::MIN).and_utc())
}

/// Tells of the rows in the answers of a router. Without any it is left as it is.
pub(crate) fn told(router: Router, table: &'static [Deprecated]) -> Router {
    if table.is_empty() {
        return router;
    }
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        tell(table, request, next)
    }))
}

async fn tell(table: &'static [Deprecated], request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map_or("", |path| path.as_str().trim_end_matches('/'));
    let (method, raw) = (request.method(), request.uri().query());
    let used: Vec<&Deprecated> = table
        .iter()
        .filter(|row| row.is_used(method, path, raw))
        .collect();
    let mut response = next.run(request).await;
    if !used.is_empty() {
        // The short way would not tell.
        response.extensions_mut().remove::<Repeatable>();
    }
    let headers = response.headers_mut();
    // Of several, what comes first counts: it is what the caller has to act by.
    if let Some(since) = used.iter().filter_map(|row| day(row.since)).min() {
        let since = format!("@{}", since.timestamp());
        headers.extend(HeaderValue::from_str(&since).map(|value| (DEPRECATION, value)));
    }
    if let Some(sunset) = used.iter().filter_map(|row| day(row.sunset?)).min() {
        let sunset = sunset.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        headers.extend(HeaderValue::from_str(&sunset).map(|value| (SUNSET, value)));
    }
    for row in used {
        if let Ok(link) = HeaderValue::from_str(&row.link()) {
            headers.append(header::LINK, link);
        }
    }
    response
}

/// Marks the rows in the document.
pub(crate) fn mark(document: &mut Value, table: &[Deprecated]) {
    for row in table {
        let found = operation(row.path, row.method, document);
        let Some(operation) = found.and_then(|pointer| document.pointer_mut(&pointer)) else {
            continue;
        };
        match row.parameter {
            None => operation["deprecated"] = json!(true),
            Some(name) => {
                let parameters = operation["parameters"].as_array_mut();
                let named = parameters
                    .into_iter()
                    .flatten()
                    .filter(|it| it["name"] == name);
                named.for_each(|it| it["deprecated"] = json!(true));
            }
        }
        let text =
            |description: &str| json!({"description": description, "schema": {"type": "string"}});
        let answers = operation["responses"].as_object_mut();
        for (_, answer) in answers
            .into_iter()
            .flatten()
            .filter(|(it, _)| it.starts_with('2'))
        {
            answer["headers"]["Deprecation"] =
                text("Since when what was asked for is deprecated (RFC 9745).");
            answer["headers"]["Sunset"] = text("When it may stop working (RFC 8594).");
            answer["headers"]["Link"] = text("With `rel=\"deprecation\"`: what to use instead.");
        }
    }
}

/// Where an operation stands in the document, whose lists end in a slash.
pub(crate) fn operation(path: &str, method: &str, document: &Value) -> Option<String> {
    let slashed = format!("{path}/");
    let known = [path, &slashed];
    let path = known
        .into_iter()
        .find(|path| document["paths"].get(*path).is_some())?;
    let escaped = path.replace('~', "~0").replace('/', "~1");
    Some(format!("/paths/{escaped}/{}", method.to_lowercase()))
}
