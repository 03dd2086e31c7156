//! Are the credentials good, and what can they read?

use portcullis_sdk::{Context, Identity, ProbeRequest, Reaction, RecordKey, Result, Verdict};

use crate::loose;
use crate::map;
use crate::vendor::{self, Method, PageOf};

/// The status method wants no permission: what it refuses are the credentials.
pub(crate) fn validate(ctx: &Context<'_>) -> Result<Identity> {
    let response = vendor::call(ctx, Method::Status, None, None)?;
    vendor::result(Method::Status, &response)?;
    Ok(Identity::default())
}

/// The model's method, of one property and one row where it can be limited. A
/// missing permission may look like any other error, so that only 403 is a
/// refusal for certain.
pub(crate) fn probe(ctx: &Context<'_>, request: &ProbeRequest) -> Result<Verdict> {
    let Ok(method) = Method::of(&request.model) else {
        return Ok(Verdict::Unsupported);
    };
    let property = request
        .partition
        .as_ref()
        .map(|key| key.external_id.as_str());
    if method.by_property() && property.is_none() {
        return Ok(Verdict::Unknown(
            "There is no property to try it with.".to_owned(),
        ));
    }
    let page = method.paged().then_some(PageOf { number: 1, size: 1 });
    let response = vendor::call(ctx, method, property, page)?;
    let result = match vendor::result(method, &response) {
        Ok(result) => result,
        Err(error) => {
            return match error.reaction {
                Reaction::Forbidden => Ok(Verdict::Denied(error.message)),
                Reaction::Fail | Reaction::Protocol => Ok(Verdict::Unknown(error.message)),
                _ => Err(error),
            };
        }
    };
    let rows = loose::at(result, method.path());
    let Some(first) = rows.first() else {
        return Ok(Verdict::Empty);
    };
    // What is asked for one property says nothing of the others.
    let count = (method == Method::Properties).then_some(rows.len() as u64);
    Ok(Verdict::granted(count, map::id(first).map(RecordKey::of)))
}
