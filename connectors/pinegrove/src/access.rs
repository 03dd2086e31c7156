//! The token, and what can be read with it.

use portcullis_sdk::{
    Capture, Context, Error, Identity, Lifetime, ProbeRequest, RecordKey, Request, Result, Source,
    TimeUnit, Verdict,
};
use serde::Deserialize;

use crate::search::{self, Search};
use crate::vendor::{self, Collection};

/// Asks for a token. Client id and secret are written into the form by the
/// host, and the token goes from the answer into its keeping.
pub(crate) fn open(ctx: &Context<'_>) -> Result<Option<String>> {
    let response = Request::post(ctx.url("/oauth/token"))
        .form(&[("grant_type", "client_credentials")])
        .secret_form("client_id", "clientId")
        .secret_form("client_secret", "clientSecret")
        .header("accept", "application/json")
        .capture(Capture {
            secret: "accessToken".into(),
            source: Source::JsonPointer("/access_token".into()),
            lifetime: Some(Lifetime {
                source: Source::JsonPointer("/expires_in".into()),
                unit: TimeUnit::Seconds,
            }),
        })
        .send(ctx)?;
    if response.status != 200 {
        return Err(vendor::failure(&response));
    }
    if !response.captured.iter().any(|name| name == "accessToken") {
        return Err(Error::protocol("the answer holds no token"));
    }
    Ok(None)
}

/// The account behind the token. Credentials without API access are good ones:
/// only what they read is nothing.
pub(crate) fn validate(ctx: &Context<'_>) -> Result<Identity> {
    #[derive(Deserialize)]
    struct Account {
        id: String,
        name: Option<String>,
    }

    let response = vendor::get(ctx, "/v1/account")?;
    if response.status != 200 {
        return Err(vendor::failure(&response));
    }
    let account: Account = response.json()?;
    Ok(Identity {
        account_id: Some(account.id),
        display_name: account.name,
        expires_at: None,
    })
}

/// One record of the model: its presence says that it is readable, and the
/// answer says how many there are.
pub(crate) fn probe(ctx: &Context<'_>, request: &ProbeRequest) -> Result<Verdict> {
    let Ok(collection) = Collection::of(&request.model) else {
        return Ok(Verdict::Unsupported);
    };
    let response = vendor::search(ctx, collection, &Search::first(1))?;
    match response.status {
        200 => {}
        403 => return Ok(Verdict::Denied(vendor::failure(&response).message)),
        401 | 408 | 429 | 500..=599 => return Err(vendor::failure(&response)),
        _ => return Ok(Verdict::Unknown(vendor::failure(&response).message)),
    }
    let found = search::read(&response)?;
    Ok(match found.items.first() {
        None => Verdict::Empty,
        Some(item) => Verdict::granted(found.total, search::id(item).map(RecordKey::of)),
    })
}
