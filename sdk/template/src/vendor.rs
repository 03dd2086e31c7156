//! The vendor's protocol: where its lists are, and what a refusal means.

use portcullis_sdk::serde_json::value::RawValue;
use portcullis_sdk::{Context, Error, Request, Response, Result};
use serde::Deserialize;

/// The most records that the vendor puts on a page.
pub(crate) const MOST_RECORDS: u32 = 50;

/// A list of the vendor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Properties,
    Units,
    Residents,
}

impl List {
    /// The list that holds a model.
    pub(crate) fn of(model: &str) -> Result<Self> {
        match model {
            "properties" => Ok(Self::Properties),
            "units" => Ok(Self::Units),
            "residents" => Ok(Self::Residents),
            other => Err(Error::unsupported(format!(
                "there is no model named {other}"
            ))),
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Properties => "/v1/properties",
            Self::Units => "/v1/units",
            Self::Residents => "/v1/residents",
        }
    }

    /// A request for a page of the list.
    pub(crate) fn request(self, ctx: &Context<'_>, limit: u32) -> Request {
        get(ctx, self.path()).query("limit", limit)
    }
}

/// A page of a list, its records still as they came.
#[derive(Deserialize)]
pub(crate) struct Found<'a> {
    #[serde(borrow)]
    pub(crate) items: &'a RawValue,
    /// The id behind which the next page begins; nothing on the last one.
    pub(crate) next: Option<String>,
    /// How many records match in all.
    pub(crate) total: Option<u64>,
}

/// A request that carries the key. It is named here; the gateway writes it in.
pub(crate) fn get(ctx: &Context<'_>, path: &str) -> Request {
    Request::get(ctx.url(path))
        .secret_header("x-api-key", "apiKey")
        .header("accept", "application/json")
}

/// The error that an answer other than 200 stands for, in the vendor's words.
pub(crate) fn failure(response: &Response) -> Error {
    #[derive(Default, Deserialize)]
    struct Refusal {
        #[serde(default)]
        code: String,
        message: Option<String>,
    }

    let refusal = response.json::<Refusal>().unwrap_or_default();
    match refusal.code.as_str() {
        "cursor_unknown" => Error::cursor_expired("the vendor does not know the page any more"),
        // What is not the vendor's own refusal may hold anything, a piece of the key included: it is not quoted.
        _ => response.failure(refusal.message.or_else(|| {
            let status = response.status;
            Some(format!("the vendor answered with status {status}"))
        })),
    }
}
