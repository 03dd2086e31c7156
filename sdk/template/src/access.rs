//! What the credentials can read.

use portcullis_sdk::{
    Context, Identity, ProbeRequest, RecordKey, Result, Verdict, rows, serde_json,
};
use serde::Deserialize;

use crate::vendor::{self, Found, List};

/// Whose the credentials are. A key that reads nothing is a good one all the
/// same: what it reads is asked model by model.
pub(crate) fn validate(ctx: &Context<'_>) -> Result<Identity> {
    #[derive(Deserialize)]
    struct Account {
        id: String,
        name: Option<String>,
    }

    let response = vendor::get(ctx, "/v1/account").send(ctx)?;
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

/// Asks for one record of the model: the cheapest way to see that it can be
/// read, and how many there are.
pub(crate) fn probe(ctx: &Context<'_>, request: &ProbeRequest) -> Result<Verdict> {
    let Ok(list) = List::of(&request.model) else {
        return Ok(Verdict::Unsupported);
    };
    let response = list.request(ctx, 1).send(ctx)?;
    match response.status {
        200 => {}
        403 => return Ok(Verdict::Denied(vendor::failure(&response).message)),
        401 | 408 | 429 | 500..=599 => return Err(vendor::failure(&response)),
        _ => return Ok(Verdict::Unknown(vendor::failure(&response).message)),
    }
    let found: Found<'_> = response.json()?;
    let records = rows::list::<serde_json::Value>(found.items.get())?;
    Ok(match records.into_iter().next() {
        None => Verdict::Empty,
        Some(first) => {
            let id = first.ok().and_then(|record| {
                let id = record.get("id")?.as_str()?;
                Some(RecordKey::of(id))
            });
            Verdict::granted(found.total, id)
        }
    })
}
