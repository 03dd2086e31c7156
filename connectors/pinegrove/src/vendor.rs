//! The vendor's protocol: signed requests, and what a refusal means.

use portcullis_sdk::{
    Context, Encoding, Error, Hash, HmacCredential, Method, Request, Response, Result,
};
use serde::Deserialize;

use crate::search::Search;

/// The most items that a page may have.
pub(crate) const MOST_ITEMS: u32 = 250;

/// The limit of a minute, as the manifest names it.
pub(crate) const MINUTE: &str = "minute";

/// What can be searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Collection {
    Properties,
    Units,
    Leases,
    Residents,
    Applicants,
    Applications,
    Charges,
    Payments,
    RecurringCharges,
    Balances,
    Accounts,
    Owners,
    Vendors,
    Employees,
    ServiceRequests,
    Listings,
}

impl Collection {
    /// The collection that holds a model.
    pub(crate) fn of(model: &str) -> Result<Self> {
        Ok(match model {
            "properties" => Self::Properties,
            "units" => Self::Units,
            "leases" => Self::Leases,
            "residents" => Self::Residents,
            "applicants" => Self::Applicants,
            "applications" => Self::Applications,
            "resident_charges" => Self::Charges,
            "resident_payments" => Self::Payments,
            "recurring_resident_charges" => Self::RecurringCharges,
            "lease_balances" => Self::Balances,
            "financial_accounts" => Self::Accounts,
            "owners" => Self::Owners,
            "vendors" => Self::Vendors,
            "employees" => Self::Employees,
            "service_requests" => Self::ServiceRequests,
            "listings" => Self::Listings,
            other => {
                return Err(Error::unsupported(format!(
                    "there is no model named {other}"
                )));
            }
        })
    }

    fn path(self) -> &'static str {
        match self {
            Self::Properties => "/v1/properties/search",
            Self::Units => "/v1/units/search",
            Self::Leases => "/v1/leases/search",
            Self::Residents => "/v1/residents/search",
            Self::Applicants => "/v1/applicants/search",
            Self::Applications => "/v1/applications/search",
            Self::Charges => "/v1/charges/search",
            Self::Payments => "/v1/payments/search",
            Self::RecurringCharges => "/v1/recurring_charges/search",
            Self::Balances => "/v1/balances/search",
            Self::Accounts => "/v1/accounts/search",
            Self::Owners => "/v1/owners/search",
            Self::Vendors => "/v1/vendors/search",
            Self::Employees => "/v1/employees/search",
            Self::ServiceRequests => "/v1/service_requests/search",
            Self::Listings => "/v1/listings/search",
        }
    }
}

/// Reads something.
pub(crate) fn get(ctx: &Context<'_>, path: &str) -> Result<Response> {
    signed(ctx, Method::Get, "GET", path, Vec::new()).send(ctx)
}

/// Asks for a page of a collection.
pub(crate) fn search(
    ctx: &Context<'_>,
    collection: Collection,
    search: &Search<'_>,
) -> Result<Response> {
    let body = portcullis_sdk::serde_json::to_vec(search)
        .map_err(|cause| Error::fail(format!("the search cannot be written: {cause}")))?;
    signed(ctx, Method::Post, "POST", collection.path(), body.clone())
        .header("content-type", "application/json")
        .body(body)
        .send(ctx)
}

/// A request with the token, and with a signature over time, method, path and
/// body. What is signed is named here; the key stays with the host.
fn signed(ctx: &Context<'_>, method: Method, word: &str, path: &str, body: Vec<u8>) -> Request {
    let time = ctx.now().to_string();
    let mut message = format!("{time}\n{word}\n{path}\n").into_bytes();
    message.extend(body);
    Request::new(method, ctx.url(path))
        .bearer("accessToken")
        .header("accept", "application/json")
        .header("x-pinegrove-timestamp", time)
        .hmac(HmacCredential {
            header: "x-pinegrove-signature".into(),
            prefix: Some("v1=".into()),
            key: "signingKey".into(),
            hash: Hash::Sha256,
            message,
            encoding: Encoding::Hex,
        })
        .bucket("default")
        .bucket(MINUTE)
}

/// The error that an answer other than 200 stands for. The vendor's code
/// decides where a status has several meanings.
pub(crate) fn failure(response: &Response) -> Error {
    #[derive(Default, Deserialize)]
    struct Refusal {
        #[serde(default)]
        error: Words,
    }
    #[derive(Default, Deserialize)]
    struct Words {
        #[serde(default)]
        code: String,
        message: Option<String>,
    }

    let Words { code, message } = response.json::<Refusal>().unwrap_or_default().error;
    let error = response.failure(message);
    match code.as_str() {
        "token_missing" | "token_unknown" | "token_expired" => {
            Error::session_expired(error.message)
        }
        "signature_invalid" | "invalid_client" => Error::unauthenticated(error.message),
        // The clocks are apart, which no other credentials would mend.
        "clock_skew" => Error::unavailable(None, error.message),
        "cursor_invalid" | "cursor_expired" => Error::cursor_expired(error.message),
        _ => return error,
    }
    .with_code(format!("pinegrove.{}", code.replace('_', "-")))
}
