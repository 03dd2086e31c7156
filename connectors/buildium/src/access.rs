//! Are the credentials good, and what can they read?

use portcullis_sdk::{Context, Identity, ProbeRequest, RecordKey, Result, Verdict};

use crate::rows;
use crate::vendor::{self, List};

/// The cheapest question. A key without the permission for rental properties
/// is a good key: the vendor answers 401 only when it does not know it.
pub(crate) fn validate(ctx: &Context<'_>) -> Result<Identity> {
    let response = vendor::send(ctx, List::Rentals.request(ctx, 1))?;
    match response.status {
        200 | 403 => Ok(Identity::default()),
        _ => Err(vendor::failure(&response)),
    }
}

/// One row of the model's list: its presence says that the list is readable,
/// and a header says how many there are.
pub(crate) fn probe(ctx: &Context<'_>, request: &ProbeRequest) -> Result<Verdict> {
    let Ok(list) = List::of(&request.model) else {
        return Ok(Verdict::Unsupported);
    };
    let response = vendor::send(ctx, list.request(ctx, 1))?;
    match response.status {
        200 => {}
        403 => {
            let words = vendor::words(&response);
            return Ok(Verdict::Denied(words.unwrap_or_else(|| {
                "The API key lacks the permission for this list.".to_owned()
            })));
        }
        401 | 408 | 429 | 500..=599 => return Err(vendor::failure(&response)),
        _ => return Ok(Verdict::Unknown(vendor::failure(&response).message)),
    }
    let rows = rows::read(list, &response)?;
    if rows.count() == 0 {
        return Ok(Verdict::Empty);
    }
    let sample = |id: i64| RecordKey::of(id.to_string());
    if request.model == "applications" {
        // The total counts applicants; how many applications they made is not told.
        let first = rows
            .record(0)
            .ok()
            .and_then(|row| row.applications().into_iter().next());
        return Ok(Verdict::granted(None, first.map(|(id, _)| sample(id))));
    }
    Ok(Verdict::granted(
        vendor::total(&response),
        rows.first_id().map(sample),
    ))
}
