//! Are the credentials good, and what can they read?

use portcullis_sdk::{Context, Identity, ProbeRequest, RecordKey, Result, Verdict};

use crate::pages::{self, Answer};
use crate::vendor::{self, List, SINCE_EVER};

/// One property. Credentials without the permission for properties are good
/// credentials.
pub(crate) fn validate(ctx: &Context<'_>) -> Result<Identity> {
    let response = vendor::fetch(ctx, &List::Properties.first_page(SINCE_EVER, 1))?;
    match response.status {
        200 | 403 | 701 => Ok(Identity::default()),
        _ => Err(vendor::failure(&response)),
    }
}

/// One row of the model's list.
pub(crate) fn probe(ctx: &Context<'_>, request: &ProbeRequest) -> Result<Verdict> {
    let Ok(list) = List::of(&request.model) else {
        return Ok(Verdict::Unsupported);
    };
    // Most leads are no applicants, so one row would say too little.
    let rows = if list == List::Leads { 100 } else { 1 };
    let response = vendor::fetch(ctx, &list.first_page(SINCE_EVER, rows))?;
    match response.status {
        200 => {}
        403 | 701 => {
            return Ok(Verdict::Denied(
                vendor::words(&response).unwrap_or_else(vendor::no_permission),
            ));
        }
        401 | 408 | 429 | 500..=599 => return Err(vendor::failure(&response)),
        _ => return Ok(Verdict::Unknown(vendor::failure(&response).message)),
    }
    let answer: Answer<'_> = response.json()?;
    let ids = pages::ids(list, answer.data.get())?;
    match ids.into_iter().next() {
        Some(id) => Ok(Verdict::granted(None, id.map(RecordKey::of))),
        // Leads who did not apply are no records, but they show that the list can be read.
        None if answer.next_page_path.is_some() => Ok(Verdict::granted(None, None)),
        None => Ok(Verdict::Empty),
    }
}
