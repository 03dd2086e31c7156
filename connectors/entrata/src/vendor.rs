//! The vendor's protocol: the method in the body, the answer in an envelope,
//! three rate windows in headers.

use portcullis_sdk::serde_json::{Map, Value, json, value::RawValue};
use portcullis_sdk::{
    Context, CredentialText, Error, RateLimit, Reaction, Request, Response, Result,
};
use serde::Deserialize;

use crate::loose::Scalar;

/// A method of one of the vendor's services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Status,
    Properties,
    Units,
    Leases,
    Residents,
}

/// How a method is asked.
struct Spec {
    service: &'static str,
    name: &'static str,
    /// Where its limits' names begin in the manifest.
    limits: &'static str,
}

impl Method {
    /// The method that brings a model.
    pub(crate) fn of(model: &str) -> Result<Self> {
        Ok(match model {
            "properties" => Self::Properties,
            "units" => Self::Units,
            "leases" => Self::Leases,
            "residents" => Self::Residents,
            other => {
                return Err(Error::unsupported(format!(
                    "there is no model named {other}"
                )));
            }
        })
    }

    fn spec(self) -> Spec {
        let (service, name, limits) = match self {
            Self::Status => ("status", "getStatus", "status"),
            Self::Properties => ("properties", "getProperties", "properties"),
            Self::Units => ("propertyunits", "getPropertyUnits", "units"),
            Self::Leases => ("leases", "getLeases", "leases"),
            Self::Residents => ("customers", "getCustomers", "residents"),
        };
        Spec {
            service,
            name,
            limits,
        }
    }

    /// Whether the method is asked for one property at a time.
    pub(crate) fn by_property(self) -> bool {
        matches!(self, Self::Units | Self::Leases | Self::Residents)
    }

    /// Whether it answers in pages.
    pub(crate) fn paged(self) -> bool {
        self == Self::Leases
    }

    /// Where its elements stand in the result.
    pub(crate) fn path(self) -> &'static [&'static str] {
        match self {
            Self::Status => &[],
            Self::Properties => &["PhysicalProperty", "Property"],
            Self::Units => &["properties", "property", "units", "unit"],
            Self::Leases => &["leases", "lease"],
            Self::Residents => &["customers", "customer"],
        }
    }

    fn params(self, property: Option<&str>) -> Map<String, Value> {
        // Every status that a lease can have; without them only some are told of.
        const STATUSES: &str = "1,2,3,4,5,6";
        let property = property.unwrap_or_default();
        let params = match self {
            Self::Status | Self::Properties => json!({}),
            Self::Units => json!({ "propertyIds": property }),
            Self::Leases | Self::Residents => {
                json!({ "propertyId": property, "leaseStatusTypeIds": STATUSES })
            }
        };
        match params {
            Value::Object(params) => params,
            _ => Map::new(),
        }
    }
}

/// One page of a method that has pages.
#[derive(Clone, Copy)]
pub(crate) struct PageOf {
    pub(crate) number: u32,
    pub(crate) size: u32,
}

/// Asks a method; the answer, and what it says about the limits.
pub(crate) fn call(
    ctx: &Context<'_>,
    method: Method,
    property: Option<&str>,
    page: Option<PageOf>,
) -> Result<Response> {
    #[derive(Deserialize)]
    struct Settings {
        org: String,
    }

    let Settings { org } = ctx.settings()?;
    let spec = method.spec();
    let key = ctx.has_secret("apiKey");
    let body = json!({
        "auth": { "type": if key { "apikey" } else { "basic" } },
        "requestId": ctx.now().to_string(),
        "method": { "name": spec.name, "version": "r1", "params": method.params(property) },
    });
    let path = format!("/ext/orgs/{org}/v1/{}", spec.service);
    let mut request = Request::post(ctx.url(&path)).json(&body)?;
    if let Some(page) = page {
        request = request
            .query("page_no", page.number)
            .query("per_page", page.size)
            .header("x-send-pagination-links", "1");
    }
    request = match key {
        true => request.secret_header("x-api-key", "apiKey"),
        false => request.basic(
            vec![CredentialText::Secret("username".into())],
            vec![CredentialText::Secret("password".into())],
        ),
    };
    for window in ["minute", "hour", "day"] {
        request = request.bucket(format!("{}-{window}", spec.limits));
    }
    request.header("accept", "application/json").send(ctx)
}

/// The result of an answer, or what its refusal stands for: the code in the
/// envelope decides, since the status is mostly 200.
pub(crate) fn result<'a>(method: Method, response: &'a Response) -> Result<&'a RawValue> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow)]
        response: Envelope<'a>,
    }
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        error: Option<Words<'a>>,
        #[serde(borrow)]
        result: Option<&'a RawValue>,
    }
    #[derive(Deserialize)]
    struct Words<'a> {
        #[serde(borrow, default)]
        code: Scalar<'a>,
        #[serde(borrow, default)]
        message: Scalar<'a>,
    }

    let answer = response.json::<Answer<'a>>();
    let envelope = match answer {
        Ok(answer) => answer.response,
        Err(cause) if response.status == 200 => return Err(cause),
        Err(_) => return Err(limited(method, response, response.failure(None))),
    };
    if let Some(words) = envelope.error {
        let code = words.code.filled().unwrap_or_default();
        let message = words.message.filled().map(str::to_owned);
        let message = message.unwrap_or_else(|| format!("the vendor answered with error {code}"));
        return Err(limited(
            method,
            response,
            refusal(response.status, code, message),
        ));
    }
    match envelope.result {
        Some(result) if response.status == 200 => Ok(result),
        _ => Err(limited(method, response, response.failure(None))),
    }
}

fn refusal(status: u16, code: &str, message: String) -> Error {
    let error = match (status, code) {
        (401, _) | (_, "401") => Error::unauthenticated(message),
        (403, _) | (_, "403") => Error::forbidden(message),
        (429, _) | (_, "429") => Error::rate_limited(None, message),
        (500..=599, _) => Error::unavailable(None, message),
        (_, code) if code.len() == 3 && code.starts_with('5') => Error::unavailable(None, message),
        // What is left may be a missing permission, a wrong parameter or a fault: the vendor does not say.
        _ => Error::fail(message),
    };
    error.with_code(format!("entrata.{code}"))
}

/// How long to wait, where the limit is reached: until the last of the windows
/// that are used up begins afresh.
fn limited(method: Method, response: &Response, mut error: Error) -> Error {
    if let Reaction::RateLimited(limit) = &mut error.reaction {
        let full = windows(method, response).into_iter();
        let full = full.filter(|window| window.remaining == Some(0));
        let until = full.filter_map(|window| window.resets_at).max();
        let wait = until.map(|until| {
            until
                .saturating_sub(response.received_at)
                .max(0)
                .unsigned_abs()
        });
        limit.retry_after_ms = response.retry_after_ms.max(wait);
    }
    error
}

/// What the answer says about the method's limits:
/// `X-RateLimit-Limit: 15000/DAY;1000/HOUR;150/MINUTE`, with as many numbers in
/// `X-RateLimit-Remaining` and, in seconds, in `X-RateLimit-Reset`.
pub(crate) fn windows(method: Method, response: &Response) -> Vec<RateLimit> {
    let parts = |name| {
        response
            .header(name)
            .unwrap_or_default()
            .split(';')
            .map(str::trim)
    };
    let limits = parts("x-ratelimit-limit");
    let rest = parts("x-ratelimit-remaining").zip(parts("x-ratelimit-reset"));
    let windows = limits.zip(rest).filter_map(|(limit, (remaining, reset))| {
        let window = match limit.split_once('/')?.1 {
            "MINUTE" => "minute",
            "HOUR" => "hour",
            "DAY" => "day",
            _ => return None,
        };
        let reset: i64 = reset.parse().ok()?;
        Some(RateLimit {
            bucket: Some(format!("{}-{window}", method.spec().limits)),
            retry_after_ms: None,
            remaining: Some(remaining.parse().ok()?),
            resets_at: response.received_at.checked_add(reset.checked_mul(1000)?),
        })
    });
    windows.collect()
}
