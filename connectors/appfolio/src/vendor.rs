//! The vendor's protocol: where a model lives, how a page is asked for, and
//! what an answer means.

use portcullis_sdk::{Context, CredentialText, Error, Request, Response, Result};
use serde::Deserialize;

/// The most rows that a page may have.
pub(crate) const MOST_ROWS: u32 = 1000;

/// Where the vendor's paths begin. Links to next pages have it or leave it out.
const ROOT: &str = "/api/v0";

/// The filter that a list wants. This one leaves nothing out.
pub(crate) const SINCE_EVER: &str = "1970-01-01T00:00:00Z";

/// How long the vendor's maintenance is waited for unless it says so, in
/// milliseconds.
const MAINTENANCE: u64 = 5 * 60 * 1000;

/// A list of the vendor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Properties,
    Units,
    Leases,
    Tenants,
    Leads,
    Applications,
}

impl List {
    /// The list that holds a model.
    pub(crate) fn of(model: &str) -> Result<Self> {
        Ok(match model {
            "properties" => Self::Properties,
            "units" => Self::Units,
            "leases" => Self::Leases,
            "residents" => Self::Tenants,
            "applicants" => Self::Leads,
            "applications" => Self::Applications,
            other => {
                return Err(Error::unsupported(format!(
                    "there is no model named {other}"
                )));
            }
        })
    }

    fn path(self) -> &'static str {
        match self {
            Self::Properties => "/properties",
            Self::Units => "/units",
            Self::Leases => "/leases",
            Self::Tenants => "/tenants",
            Self::Leads => "/leads",
            Self::Applications => "/rental_applications",
        }
    }

    /// The path and query of its first page, of rows that changed since a
    /// moment.
    pub(crate) fn first_page(self, since: &str, rows: u32) -> String {
        Request::get(self.path())
            .query("filters[LastUpdatedAtFrom]", since)
            .query("page[number]", 1)
            .query("page[size]", rows.clamp(1, MOST_ROWS))
            .into_wire()
            .url
    }
}

/// Asks for a page by its path below the vendor's root.
pub(crate) fn fetch(ctx: &Context<'_>, page: &str) -> Result<Response> {
    let secret = |name: &str| vec![CredentialText::Secret(name.to_owned())];
    Request::get(ctx.url(&format!("{ROOT}{page}")))
        .basic(secret("clientId"), secret("clientSecret"))
        .secret_header("X-AppFolio-Developer-ID", "developerId")
        .header("accept", "application/json")
        .bucket("second")
        .bucket("minute")
        .bucket("hour")
        .send(ctx)
}

/// The path of a next page below the vendor's root, from the link in an
/// answer.
///
/// The link is a path, with the root or without; a whole address is taken only
/// if it is the vendor's own.
pub(crate) fn next_page(ctx: &Context<'_>, link: &str) -> Result<String> {
    let link = link.trim();
    let path = link.strip_prefix(ctx.base_url()).unwrap_or(link);
    let path = match path.strip_prefix(ROOT) {
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    };
    if !path.starts_with('/') || path.starts_with("//") {
        return Err(Error::protocol("the next page is no path of the vendor's")
            .with_code("appfolio.next-page"));
    }
    Ok(path.to_owned())
}

/// The error that an answer other than 200 stands for.
pub(crate) fn failure(response: &Response) -> Error {
    let words = words(response);
    match response.status {
        // In maintenance, or the data are not available for now.
        533 => {
            let pause = response.retry_after_ms.unwrap_or(MAINTENANCE);
            Error::unavailable(
                Some(pause),
                words.unwrap_or_else(|| "AppFolio is in maintenance (status 533).".to_owned()),
            )
            .with_code("appfolio.maintenance")
        }
        701 => Error::forbidden(words.unwrap_or_else(no_permission)),
        _ => response.failure(words),
    }
}

/// What is said of a permission that the vendor did not name.
pub(crate) fn no_permission() -> String {
    "The API credentials lack the permission for this list.".to_owned()
}

/// What the vendor says about it, for people. The form of its errors is not
/// published: these are the usual ones.
pub(crate) fn words(response: &Response) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal {
        #[serde(alias = "Message")]
        message: Option<String>,
        #[serde(alias = "Error")]
        error: Option<String>,
        #[serde(alias = "Errors")]
        errors: Option<Vec<String>>,
    }

    let refusal: Refusal = response.json().ok()?;
    let words = refusal
        .message
        .or(refusal.error)
        .or_else(|| Some(refusal.errors?.join(" ")))?;
    let words = words.trim();
    (!words.is_empty()).then(|| words.to_owned())
}
