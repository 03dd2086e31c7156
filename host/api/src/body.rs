//! JSON bodies, read strictly, with every problem named at once and no value ever repeated: a body may
//! hold credentials.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use chrono::{DateTime, Utc};
use http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use portcullis_service::{At, InputProblem, ServiceError};
use serde_json::{Map, Value};

use crate::problem::Problem;

/// Largest body, in bytes.
pub(crate) const BODY_MAX: usize = 1024 * 1024;

/// A JSON document that was sent.
pub(crate) struct JsonBody(pub(crate) Value);

/// A JSON object, or no body or `null` for an empty one: for actions of which more can be said.
pub(crate) struct OptionalBody(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for OptionalBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = read(body).await?;
        if bytes.is_empty() {
            return Ok(Self(Value::Object(Map::new())));
        }
        if !is_json(&parts.headers) {
            return Err(Problem::new("unsupported_media_type"));
        }
        match parse(&bytes)? {
            // Clients whose body is optional send that when they have none.
            Value::Null => Ok(Self(Value::Object(Map::new()))),
            body => Ok(Self(body)),
        }
    }
}

/// No body, or an empty object: for actions that need nothing said.
pub(crate) struct NoBody;

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        if !is_json(&parts.headers) {
            return Err(Problem::new("unsupported_media_type"));
        }
        parse(&read(body).await?).map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for NoBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = read(body).await?;
        if bytes.is_empty() {
            return Ok(Self);
        }
        if !is_json(&parts.headers) {
            return Err(Problem::new("unsupported_media_type"));
        }
        Members::of(parse(&bytes)?)?.finish(&[])?;
        Ok(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// A whole body.
///
/// # Errors
///
/// `body_too_large`, `body_unreadable`.
pub(crate) async fn read(body: Body) -> Result<bytes::Bytes, Problem> {
    match Limited::new(body, BODY_MAX).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::new("body_too_large")),
        Err(_) => Err(Problem::new("body_unreadable")),
    }
}

fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Problem::new("body_not_utf8").detail(format!(
            "The body is not UTF-8 at byte {}. Encode the JSON document as UTF-8.",
            error.valid_up_to()
        ))
    })?;
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let before: usize = text
            .split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum();
        let offset = (before + column.saturating_sub(1)).min(text.len());
        let what = if error.is_eof() {
            "ends too early".to_owned()
        } else {
            "is not JSON".to_owned()
        };
        let detail = format!(
            "The body {what} at byte {offset} (line {line}, column {column}). Correct it there."
        );
        Problem::new("malformed_json")
            .detail(detail.clone())
            .errors(vec![InputProblem::pointer("", "malformed_json", detail)])
    })
}

/// The members of an object, taken out one by one; [`Members::finish`] refuses what is left.
pub(crate) struct Members {
    left: Map<String, Value>,
    problems: Vec<InputProblem>,
}

impl Members {
    /// The members of a body.
    ///
    /// # Errors
    ///
    /// `invalid_type` for anything but an object.
    pub(crate) fn of(value: Value) -> Result<Self, Problem> {
        match value {
            Value::Object(left) => Ok(Self {
                left,
                problems: Vec::new(),
            }),
            other => Err(ServiceError::invalid(InputProblem::pointer(
                "",
                "invalid_type",
                format!("The body is {}. Send a JSON object.", name_of_type(&other)),
            ))
            .into()),
        }
    }

    /// A text that must be there. An empty text stands for a problem that was noted.
    pub(crate) fn text(&mut self, name: &str) -> String {
        match self.left.remove(name) {
            Some(Value::String(text)) => text,
            Some(Value::Null) | None => {
                self.problem(
                    name,
                    "missing_member",
                    format!("`{name}` is missing. Send a text."),
                );
                String::new()
            }
            Some(other) => {
                self.wrong_type(name, &other, "a text");
                String::new()
            }
        }
    }

    /// A text that may be left out or null.
    pub(crate) fn optional_text(&mut self, name: &str) -> Option<String> {
        match self.left.remove(name)? {
            Value::Null => None,
            Value::String(text) => Some(text),
            other => {
                self.wrong_type(name, &other, "a text");
                None
            }
        }
    }

    /// A whole number that may be left out or null.
    pub(crate) fn optional_integer(&mut self, name: &str) -> Option<i64> {
        match self.left.remove(name)? {
            Value::Null => None,
            other => {
                let number = other.as_number().and_then(whole);
                if number.is_none() {
                    self.wrong_type(name, &other, "a whole number");
                }
                number
            }
        }
    }

    /// `true` or `false`, or left out or null.
    pub(crate) fn optional_bool(&mut self, name: &str) -> Option<bool> {
        match self.left.remove(name)? {
            Value::Null => None,
            Value::Bool(answer) => Some(answer),
            other => {
                self.wrong_type(name, &other, "`true` or `false`");
                None
            }
        }
    }

    /// An object of `true` and `false` that may be left out or null.
    pub(crate) fn optional_switches(&mut self, name: &str) -> Option<BTreeMap<String, bool>> {
        let mut switches = BTreeMap::new();
        for (key, value) in self.optional_object(name)? {
            match value {
                Value::Bool(on) => {
                    switches.insert(key, on);
                }
                other => {
                    let detail = format!(
                        "A switch is {}. Send `true` or `false`.",
                        name_of_type(&other)
                    );
                    self.problem_below(&[name, &key], "invalid_type", detail);
                }
            }
        }
        Some(switches)
    }

    /// A moment that may be left out or null.
    pub(crate) fn optional_moment(&mut self, name: &str) -> Option<DateTime<Utc>> {
        let text = self.optional_text(name)?;
        let moment = DateTime::parse_from_rfc3339(&text);
        if moment.is_err() {
            let detail = format!("`{name}` must be a time such as `2026-01-31T00:00:00Z`.");
            self.problem(name, "invalid_value", detail);
        }
        moment.ok().map(|moment| moment.with_timezone(&Utc))
    }

    /// A list of texts that may be left out or null.
    pub(crate) fn optional_texts(&mut self, name: &str) -> Option<Vec<String>> {
        match self.left.remove(name)? {
            Value::Null => None,
            Value::Array(items) => {
                let mut texts = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    match item {
                        Value::String(text) => texts.push(text),
                        other => {
                            let detail = format!(
                                "An item of `{name}` is {}. Send a text.",
                                name_of_type(&other)
                            );
                            self.problem_below(&[name, &index.to_string()], "invalid_type", detail);
                        }
                    }
                }
                Some(texts)
            }
            other => {
                self.wrong_type(name, &other, "an array of texts");
                None
            }
        }
    }

    /// An object that may be left out or null.
    pub(crate) fn optional_object(&mut self, name: &str) -> Option<Map<String, Value>> {
        match self.left.remove(name)? {
            Value::Null => None,
            Value::Object(map) => Some(map),
            other => {
                self.wrong_type(name, &other, "an object");
                None
            }
        }
    }

    /// An object that must be there.
    pub(crate) fn object(&mut self, name: &str) -> Map<String, Value> {
        match self.left.remove(name) {
            Some(Value::Object(map)) => map,
            Some(Value::Null) | None => {
                let detail = format!("`{name}` is missing. Send an object.");
                self.problem(name, "missing_member", detail);
                Map::new()
            }
            Some(other) => {
                self.wrong_type(name, &other, "an object");
                Map::new()
            }
        }
    }

    /// Whether a member was sent.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.left.contains_key(name)
    }

    /// Notes a problem with a member, by its pointer below the root.
    pub(crate) fn problem(&mut self, name: &str, code: &'static str, detail: String) {
        let pointer = format!("/{}", escape(name));
        self.problems
            .push(InputProblem::pointer(pointer, code, detail));
    }

    /// Notes a problem with something inside a member, by the names on the way to it.
    pub(crate) fn problem_below(&mut self, path: &[&str], code: &'static str, detail: String) {
        let pointer: String = path
            .iter()
            .map(|name| format!("/{}", escape(name)))
            .collect();
        self.problems
            .push(InputProblem::pointer(pointer, code, detail));
    }

    /// Ends the reading of an object inside this one, whose problems become this one's.
    pub(crate) fn take_problems(&mut self, path: &[&str], inner: Self, known: &[&str]) {
        let pointer: String = path
            .iter()
            .map(|name| format!("/{}", escape(name)))
            .collect();
        for problem in inner.ended(known) {
            if let At::Pointer(below) = problem.at {
                let pointer = format!("{pointer}{below}");
                self.problems
                    .push(InputProblem::pointer(pointer, problem.code, problem.detail));
            }
        }
    }

    fn wrong_type(&mut self, name: &str, found: &Value, wanted: &str) {
        let detail = format!("`{name}` is {}. Send {wanted}.", name_of_type(found));
        self.problem(name, "invalid_type", detail);
    }

    /// Ends the reading: every member that was not taken is unknown.
    ///
    /// # Errors
    ///
    /// All problems that were noted.
    pub(crate) fn finish(self, known: &[&str]) -> Result<(), Problem> {
        let problems = self.ended(known);
        if problems.is_empty() {
            Ok(())
        } else {
            Err(ServiceError::Invalid(problems).into())
        }
    }

    fn ended(mut self, known: &[&str]) -> Vec<InputProblem> {
        let names: Vec<String> = self.left.keys().cloned().collect();
        for name in names {
            let detail = if known.is_empty() {
                format!("`{name}` is not known here. This request takes no members.")
            } else {
                format!(
                    "`{name}` is not known here. Known members: {}.",
                    known.join(", ")
                )
            };
            self.problem(&name, "unknown_member", detail);
        }
        self.problems
    }
}

/// A whole number, however it is written: to JSON Schema `60.0` is one, too.
fn whole(number: &serde_json::Number) -> Option<i64> {
    /// Beyond it a float does not tell neighbours apart.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let written = number.as_f64()?;
    number
        .as_i64()
        .or_else(|| (written.fract() == 0.0 && written.abs() <= EXACT).then_some(written as i64))
}

/// A member's name as a part of a JSON pointer.
pub(crate) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

pub(crate) fn name_of_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syntax_error_is_located_and_nothing_is_repeated() {
        let problem = parse(b"{\"name\": \"a\",\n  \"secret\": s3cr3t}").unwrap_err();
        let document = problem.document("r").to_string();
        assert!(
            document.contains("at byte 26 (line 2, column 13)"),
            "{document}"
        );
        assert!(!document.contains("s3cr3t"));
        let end = parse(b"{\"a\":").unwrap_err().document("r").to_string();
        assert!(end.contains("ends too early at byte 4"), "{end}");
    }

    #[test]
    fn a_whole_number_may_have_a_point() {
        let value =
            serde_json::json!({"a": 60, "b": 60.0, "c": -1e3, "d": 0.5, "e": 1e300, "f": "60"});
        let mut members = Members::of(value).unwrap();
        let names = ["a", "b", "c", "d", "e", "f"];
        let found = names.map(|name| members.optional_integer(name));
        assert_eq!(found, [Some(60), Some(60), Some(-1000), None, None, None]);
        let document = members.finish(&names).unwrap_err().document("r");
        assert_eq!(document["errors"].as_array().unwrap().len(), 3);
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let value = serde_json::json!({"name": 1, "oth/er": 2});
        let mut members = Members::of(value).unwrap();
        members.text("name");
        members.object("credentials");
        let problem = members.finish(&["name", "credentials"]).unwrap_err();
        let document = problem.document("r");
        let errors = document["errors"].as_array().unwrap();
        let found: Vec<_> = errors
            .iter()
            .map(|e| (e["pointer"].as_str().unwrap(), e["code"].as_str().unwrap()))
            .collect();
        assert_eq!(
            found,
            [
                ("/name", "invalid_type"),
                ("/credentials", "missing_member"),
                ("/oth~1er", "unknown_member")
            ]
        );
    }
}
