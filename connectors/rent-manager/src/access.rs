//! Logging in and out, and what can be read.

use portcullis_sdk::serde_json::json;
use portcullis_sdk::{
    Capture, Context, Error, Escaping, Identity, ProbeRequest, RecordKey, Request, Result, Source,
    Verdict,
};

use crate::pages;
use crate::vendor::{self, List, Settings, TOKEN};

/// Where the password belongs in the log-in.
const MARK: &str = "@portcullis.password@";

/// A part of what the vendor says when a user holds all the tokens that it may.
const TOO_MANY: &str = "maximum number of times";

/// How long to wait for a token to end of itself, in milliseconds: they live
/// for 15 minutes without a request.
const SLOT: u64 = 5 * 60 * 1000;

/// Trades user name and password for a token, which is the whole answer.
pub(crate) fn open(ctx: &Context<'_>) -> Result<Option<String>> {
    let settings: Settings = ctx.settings()?;
    let mut login = json!({
        "Username": settings.username.unwrap_or_default(),
        "Password": MARK,
    });
    let location = settings.location_id.and_then(|id| id.parse::<i64>().ok());
    if let Some(location) = location {
        login["LocationID"] = location.into();
    }
    let response = Request::post(ctx.url("/Authentication/AuthorizeUser"))
        .header("accept", "application/json")
        .json(&login)?
        .secret_in_body(MARK, Escaping::JsonString, "password")
        .capture(Capture {
            secret: TOKEN.to_owned(),
            source: Source::Body,
            lifetime: None,
        })
        .send(ctx)?;
    if !response.is_success() {
        let words = vendor::words(&response);
        let said = words
            .clone()
            .unwrap_or_else(|| String::from_utf8_lossy(&response.body).into_owned());
        if said.contains(TOO_MANY) {
            let message = "The user holds all ten tokens that Rent Manager allows. \
                           They end after 15 minutes without a request.";
            return Err(
                Error::unavailable(Some(SLOT), message).with_code("rent-manager.too-many-sessions")
            );
        }
        return Err(match response.status {
            // What is wrong here is the credentials, whatever the status is called.
            400 | 401 | 403 => Error::unauthenticated(
                words.unwrap_or_else(|| "Rent Manager refuses the user name or password.".into()),
            ),
            _ => response.failure(words),
        });
    }
    if !response.captured.iter().any(|secret| secret == TOKEN) {
        return Err(Error::protocol("the answer to the log-in holds no token"));
    }
    Ok(None)
}

/// Gives the token back, since a user may hold ten.
pub(crate) fn close(ctx: &Context<'_>) -> Result<()> {
    let response = Request::post(ctx.url("/Authentication/Deauthorize"))
        .secret_query("token", TOKEN)
        .send(ctx)?;
    match response.status {
        // A token that is over is given back already.
        401 | 404 => Ok(()),
        _ => response.accepted_or(vendor::words).map(drop),
    }
}

/// One property. A user without the privilege, or without properties, is a
/// good user.
pub(crate) fn validate(ctx: &Context<'_>) -> Result<Identity> {
    let response = vendor::send(ctx, List::Properties.request(ctx, 1, 1))?;
    match response.status {
        200 | 204 | 206 | 403 | 404 => Ok(Identity::default()),
        _ => Err(vendor::failure(ctx, &response)),
    }
}

/// One row of the model's collection.
pub(crate) fn probe(ctx: &Context<'_>, request: &ProbeRequest) -> Result<Verdict> {
    let Ok(list) = List::of(&request.model) else {
        return Ok(Verdict::Unsupported);
    };
    let response = vendor::send(ctx, list.request(ctx, 1, 1))?;
    if vendor::is_empty(&response) {
        return Ok(Verdict::Empty);
    }
    match response.status {
        200 | 206 => {}
        403 => {
            return Ok(Verdict::Denied(vendor::words(&response).unwrap_or_else(
                || "The user has no access to any record of this collection.".to_owned(),
            )));
        }
        401 | 408 | 429 | 500..=599 => return Err(vendor::failure(ctx, &response)),
        _ => return Ok(Verdict::Unknown(vendor::failure(ctx, &response).message)),
    }
    match pages::first_id(list, &response)? {
        None => Ok(Verdict::Empty),
        Some(id) => Ok(Verdict::granted(
            pages::total(&response),
            id.map(RecordKey::of),
        )),
    }
}
