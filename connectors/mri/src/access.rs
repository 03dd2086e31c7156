//! Are the credentials good, and what can they read?

use portcullis_sdk::{Context, Identity, ProbeRequest, RecordKey, Result, Verdict};

use crate::map;
use crate::vendor::{self, Api, Settings};

/// One property. A user without that API is a good one: the vendor answers 401
/// only when it does not know it.
pub(crate) fn validate(ctx: &Context<'_>) -> Result<Identity> {
    let settings: Settings = ctx.settings()?;
    settings.zone()?;
    let request = vendor::first(ctx, Api::Properties, None, None, 1)?;
    let response = vendor::send(ctx, &settings, request)?;
    if response.status != 403 {
        vendor::rows(&response)?;
    }
    Ok(Identity::default())
}

/// One row of the model's API, of the property given.
pub(crate) fn probe(ctx: &Context<'_>, request: &ProbeRequest) -> Result<Verdict> {
    let Ok(api) = Api::of(&request.model) else {
        return Ok(Verdict::Unsupported);
    };
    let property = request
        .partition
        .as_ref()
        .map(|key| key.external_id.as_str());
    if api.property_parameter().is_some() && property.is_none() {
        return Ok(Verdict::Unknown(
            "There is no property to try it with.".to_owned(),
        ));
    }
    let settings: Settings = ctx.settings()?;
    let first = vendor::first(ctx, api, property, None, 1)?;
    let response = vendor::send(ctx, &settings, first)?;
    match response.status {
        200 => {}
        403 => return Ok(Verdict::Denied(vendor::failure(&response).message)),
        401 | 408 | 429 | 500..=599 => return Err(vendor::failure(&response)),
        _ => return Ok(Verdict::Unknown(vendor::failure(&response).message)),
    }
    let rows = match vendor::rows(&response) {
        Ok(rows) => rows.rows,
        Err(error) => return Ok(Verdict::Unknown(error.message)),
    };
    Ok(match rows.first() {
        None => Verdict::Empty,
        Some(row) => Verdict::granted(None, map::id(api, row).map(RecordKey::of)),
    })
}
