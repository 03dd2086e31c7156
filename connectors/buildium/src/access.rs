//! Are the credentials good, and what can they read?

use portcullis_sdk::{
    Context, Identity, Partition, ProbeRequest, RecordKey, Restriction, Result, Verdict,
};

use crate::rows;
use crate::vendor::{self, List};

/// The cheapest question. A key without the permission for rental properties
/// is a good key: the vendor answers 401 only when it does not know it.
pub(crate) fn validate(ctx: &Context<'_>) -> Result<Identity> {
    let response = vendor::send(ctx, vendor::RENTALS[0].request(ctx, None, 1)?)?;
    match response.status {
        200 | 403 => Ok(Identity::default()),
        _ => Err(vendor::failure(&response)),
    }
}

/// One row of each of the model's lists: its presence says that the list is
/// readable, and a header says how many there are.
pub(crate) fn probe(ctx: &Context<'_>, request: &ProbeRequest) -> Result<Verdict> {
    let Ok(lists) = List::of(&request.model) else {
        return Ok(Verdict::Unsupported);
    };
    let mut found: Option<Verdict> = None;
    let mut refused = Vec::new();
    for list in lists {
        match probe_list(ctx, request, list)? {
            Verdict::Denied(words) => refused.push((list, words)),
            Verdict::Empty if found.is_some() => {}
            verdict => found = Some(verdict),
        }
    }
    match (found, refused.pop()) {
        (None, Some((_, words))) => Ok(Verdict::Denied(words)),
        (Some(Verdict::Granted(mut finding)), Some((list, words))) => {
            finding.restrictions.push(Restriction {
                kind: "records".into(),
                subjects: vec![list.path().to_owned()],
                reason: Some(words),
            });
            Ok(Verdict::Partial(finding))
        }
        (Some(verdict), _) => Ok(verdict),
        (None, None) => Ok(Verdict::Unsupported),
    }
}

fn probe_list(ctx: &Context<'_>, request: &ProbeRequest, list: &List) -> Result<Verdict> {
    let parent = match &request.partition {
        None if list.is_below_a_parent() => {
            return Ok(Verdict::Unknown("There is no lease to try it with.".into()));
        }
        Some(key) => Some(Partition {
            key: key.clone(),
            fields: "{}".into(),
        }),
        None => None,
    };
    let response = vendor::send(ctx, list.request(ctx, parent.as_ref(), 1)?)?;
    match response.status {
        200 => {}
        403 => return Ok(Verdict::Denied(vendor::refusal(&response))),
        401 | 408 | 429 | 500..=599 => return Err(vendor::failure(&response)),
        _ => return Ok(Verdict::Unknown(vendor::failure(&response).message)),
    }
    let rows = rows::read(list.rows, &response)?;
    if rows.count() == 0 {
        // One lease without entries says nothing of the others.
        return Ok(if list.is_below_a_parent() {
            Verdict::granted(None, None)
        } else {
            Verdict::Empty
        });
    }
    let first = rows.record(0).ok();
    if request.model == "applications" {
        // The total counts applicants; how many applications they made is not told.
        let first = first.and_then(|row| row.applications().into_iter().next());
        let sample = first.map(|(id, ..)| RecordKey::of(id.to_string()));
        return Ok(Verdict::granted(None, sample));
    }
    let total = if list.counts {
        vendor::total(&response)
    } else {
        None
    };
    Ok(Verdict::granted(total, first.map(|row| row.key())))
}
