//! The vendor's protocol: where a model lives, and what an answer means.

use portcullis_sdk::{Context, Error, Request, Response, Result};
use serde::Deserialize;

/// The most rows that a page may have.
pub(crate) const MOST_ROWS: u32 = 1000;

/// The token of a session, as the manifest names it.
pub(crate) const TOKEN: &str = "apiToken";

/// The secret of the other way in, which needs no session.
const PARTNER: &str = "partnerToken";

/// What the customer typed that is no secret.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    pub(crate) username: Option<String>,
    pub(crate) location_id: Option<String>,
}

/// A collection of the vendor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Properties,
    Units,
    Leases,
    Tenants,
    Charges,
}

impl List {
    /// The collection that holds a model.
    pub(crate) fn of(model: &str) -> Result<Self> {
        Ok(match model {
            "properties" => Self::Properties,
            "units" => Self::Units,
            "leases" => Self::Leases,
            "residents" => Self::Tenants,
            "resident_charges" => Self::Charges,
            other => {
                return Err(Error::unsupported(format!(
                    "there is no model named {other}"
                )));
            }
        })
    }

    fn path(self) -> &'static str {
        match self {
            Self::Properties => "/Properties",
            Self::Units => "/Units",
            Self::Leases => "/Leases",
            Self::Tenants => "/Tenants",
            Self::Charges => "/Charges",
        }
    }

    /// The field of the vendor's id.
    pub(crate) fn id_field(self) -> &'static str {
        match self {
            Self::Properties => "PropertyID",
            Self::Units => "UnitID",
            Self::Leases => "LeaseID",
            Self::Tenants => "TenantID",
            Self::Charges => "ChargeID",
        }
    }

    /// A page of its rows, by the order of their ids.
    pub(crate) fn request(self, ctx: &Context<'_>, page: u32, rows: u32) -> Request {
        let request = Request::get(ctx.url(self.path()))
            .header("accept", "application/json")
            .query("orderby", self.id_field())
            .query("pagenumber", page)
            .query("pagesize", rows);
        match self {
            // Addresses come only when they are asked for.
            Self::Tenants => request.query("embeds", "Addresses"),
            _ => request,
        }
    }
}

/// Whether this integration logs in with a token of the vendor's partner.
pub(crate) fn is_partner(ctx: &Context<'_>) -> bool {
    ctx.has_secret(PARTNER)
}

/// Sends a request as whoever this integration is.
pub(crate) fn send(ctx: &Context<'_>, request: Request) -> Result<Response> {
    let settings: Settings = ctx.settings()?;
    let request = match is_partner(ctx) {
        true => request.secret_header("X-RM12Api-PartnerToken", PARTNER),
        false => request.secret_header("X-RM12Api-ApiToken", TOKEN),
    };
    let request = match settings.location_id {
        Some(location) => request.header("X-RM12Api-LocationID", location),
        None => request,
    };
    request.send(ctx)
}

/// Whether an answer says that there are no rows. The vendor says it in four
/// ways.
pub(crate) fn is_empty(response: &Response) -> bool {
    match response.status {
        204 | 404 => true,
        200 | 206 => response.body.iter().all(u8::is_ascii_whitespace),
        _ => false,
    }
}

/// The error that an answer stands for.
pub(crate) fn failure(ctx: &Context<'_>, response: &Response) -> Error {
    let words = words(response);
    match response.status {
        // Fifteen minutes of silence end a session, and nobody says so before.
        401 if !is_partner(ctx) => Error::session_expired(
            words.unwrap_or_else(|| "Rent Manager does not know the session's token.".to_owned()),
        ),
        _ => {
            let mut error = response.failure(words);
            if let portcullis_sdk::Reaction::RateLimited(limit) = &mut error.reaction {
                limit.remaining = remaining(response);
                limit.resets_at = resets_at(response);
            }
            error
        }
    }
}

/// How many requests are left in the present minute.
pub(crate) fn remaining(response: &Response) -> Option<u32> {
    response
        .header_u64("x-ratelimit-remaining")
        .and_then(|left| u32::try_from(left).ok())
}

/// When the present minute starts afresh, in milliseconds since the epoch.
pub(crate) fn resets_at(response: &Response) -> Option<i64> {
    let seconds = i64::try_from(response.header_u64("x-ratelimit-reset")?).ok()?;
    seconds.checked_mul(1000)
}

/// What the vendor says about it, for people.
pub(crate) fn words(response: &Response) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Refusal {
        user_message: Option<String>,
        developer_message: Option<String>,
    }

    let refusal: Refusal = response.json().ok()?;
    let words = refusal.user_message.or(refusal.developer_message)?;
    let words = words.trim();
    (!words.is_empty()).then(|| words.to_owned())
}
