//! The vendor's protocol: where a model lives, and what an answer means.

use portcullis_sdk::{Context, Error, Request, Response, Result};
use serde::Deserialize;

/// The most rows that a page may have.
pub(crate) const MOST_ROWS: u32 = 1000;

/// The longest query string, in bytes; the vendor answers longer ones with 500.
const LONGEST_QUERY: usize = 4096;

/// A list of the vendor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Rentals,
    Units,
    Leases,
    Tenants,
    Applicants,
}

impl List {
    /// The list that holds a model.
    pub(crate) fn of(model: &str) -> Result<Self> {
        Ok(match model {
            "properties" => Self::Rentals,
            "units" => Self::Units,
            "leases" => Self::Leases,
            "residents" => Self::Tenants,
            "applicants" | "applications" => Self::Applicants,
            other => {
                return Err(Error::unsupported(format!(
                    "there is no model named {other}"
                )));
            }
        })
    }

    fn path(self) -> &'static str {
        match self {
            Self::Rentals => "/v1/rentals",
            Self::Units => "/v1/rentals/units",
            Self::Leases => "/v1/leases",
            Self::Tenants => "/v1/leases/tenants",
            Self::Applicants => "/v1/applicants",
        }
    }

    /// A request for some of its rows.
    pub(crate) fn request(self, ctx: &Context<'_>, limit: u32) -> Request {
        Request::get(ctx.url(self.path()))
            .secret_header("x-buildium-client-id", "clientId")
            .secret_header("x-buildium-client-secret", "secret")
            .header("accept", "application/json")
            .query("limit", limit)
    }
}

/// Sends a request, whatever the status of the answer.
pub(crate) fn send(ctx: &Context<'_>, request: Request) -> Result<Response> {
    if request.query_len() > LONGEST_QUERY {
        return Err(Error::fail(format!(
            "the query has {} bytes; the vendor takes {LONGEST_QUERY}",
            request.query_len()
        ))
        .with_code("buildium.query-too-long"));
    }
    request.send(ctx)
}

/// How many rows there are in all, if the vendor tells.
pub(crate) fn total(response: &Response) -> Option<u64> {
    response.header_u64("x-total-count")
}

/// The error that an answer other than 200 stands for.
pub(crate) fn failure(response: &Response) -> Error {
    response.failure(words(response))
}

/// What the vendor says about it, for people: its message, and the fields it
/// complains about.
pub(crate) fn words(response: &Response) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Refusal {
        user_message: Option<String>,
        #[serde(default)]
        errors: Option<Vec<Complaint>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Complaint {
        key: Option<String>,
        value: Option<String>,
    }

    let refusal: Refusal = response.json().ok()?;
    let mut words = refusal.user_message.unwrap_or_default().trim().to_owned();
    for complaint in refusal.errors.unwrap_or_default() {
        let (key, value) = (
            complaint.key.unwrap_or_default(),
            complaint.value.unwrap_or_default(),
        );
        if value.trim().is_empty() {
            continue;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        if !key.trim().is_empty() {
            words.push_str(key.trim());
            words.push_str(": ");
        }
        words.push_str(value.trim());
    }
    (!words.is_empty()).then_some(words)
}
