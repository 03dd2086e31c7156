//! Leases: made from the rows of all their residents, which may stand anywhere
//! in the list of a property. The list is therefore read to its end in one
//! call, and delivered in the order of ids, in parts where it is too large.

use std::collections::{BTreeMap, BTreeSet};

use portcullis_sdk::{
    Context, Error, Filler, PageRequest, RecordKey, Request, Response, Result, paging, serde_json,
};

use crate::map::{self, Run};
use crate::vendor::{self, Api, MOST_ROWS, Settings};
use crate::wire;

/// One page of a property's leases, behind the id that the cursor names.
pub(crate) fn pull(
    ctx: &Context<'_>,
    request: &PageRequest,
    settings: &Settings,
    run: &Run<'_>,
    since: Option<&str>,
) -> Result<(Filler, Option<String>)> {
    let changed = match since {
        None => None,
        Some(day) => {
            let changed = changed_since(ctx, settings, run, day)?;
            if changed.is_empty() {
                return Ok((Filler::new(request), None));
            }
            Some(changed)
        }
    };
    let answers = read_all(ctx, settings, run, None)?;
    let last = request.cursor.as_deref().unwrap_or_default();
    let mut filler = Filler::new(request);
    let mut leases: BTreeMap<String, Vec<wire::Lease<'_>>> = BTreeMap::new();
    for answer in &answers {
        for raw in vendor::rows(answer)?.rows {
            let row: wire::Lease<'_> = match serde_json::from_str(raw.get()) {
                Ok(row) => row,
                Err(cause) => {
                    // Once a run: on its first page.
                    if last.is_empty() {
                        filler.omit(None, map::unread(&cause));
                    }
                    continue;
                }
            };
            if !map::wanted(&row, run) {
                continue;
            }
            match map::lease_id(&row) {
                Some(id) => leases.entry(id).or_default().push(row),
                None if last.is_empty() => filler.omit(None, map::NAMELESS),
                None => {}
            }
        }
    }
    if let Some(changed) = &changed {
        leases.retain(|id, _| changed.contains(id));
    }
    if run.window.is_none() {
        filler.total(Some(leases.len() as u64));
    }
    let mut done = last;
    for (id, rows) in &mut leases {
        if !last.is_empty() && id.as_str() <= last {
            continue;
        }
        if filler.len() >= request.target_records as usize {
            return Ok((filler, Some(paging::opaque(done)?)));
        }
        rows.sort_by(|one, other| map::resident_id(one).cmp(&map::resident_id(other)));
        match map::lease(rows, run) {
            Ok(None) => {}
            Ok(Some(lease)) => {
                let stamp = lease.x_updated_at;
                if !filler.add(RecordKey::of(id), stamp, &lease, rows)? {
                    return Ok((filler, Some(paging::opaque(done)?)));
                }
            }
            Err(why) => filler.omit(Some(RecordKey::of(id)), why),
        }
        done = id;
    }
    Ok((filler, None))
}

/// Which leases of the property changed since a day. The answer may hold those
/// of other properties, and need not hold all rows of a lease: it only says
/// which ones to look at.
fn changed_since(
    ctx: &Context<'_>,
    settings: &Settings,
    run: &Run<'_>,
    day: &str,
) -> Result<BTreeSet<String>> {
    let mut changed = BTreeSet::new();
    for answer in &read_all(ctx, settings, run, Some(day))? {
        for raw in vendor::rows(answer)?.rows {
            let row = serde_json::from_str::<wire::Lease<'_>>(raw.get()).ok();
            let row = row.filter(|row| map::wanted(row, run));
            changed.extend(row.as_ref().and_then(map::lease_id));
        }
    }
    Ok(changed)
}

/// Every answer of the list, by following its links.
fn read_all(
    ctx: &Context<'_>,
    settings: &Settings,
    run: &Run<'_>,
    since: Option<&str>,
) -> Result<Vec<Response>> {
    let mut asked = vendor::first(ctx, Api::Leases, run.property, since, MOST_ROWS)?;
    let mut link = None;
    let mut answers = Vec::new();
    for _ in 0..ctx.requests() {
        let answer = vendor::send(ctx, settings, asked)?;
        let next = vendor::rows(&answer)?.next;
        answers.push(answer);
        let Some(next) = next else {
            return Ok(answers);
        };
        if link.as_ref() == Some(&next) {
            return Err(Error::protocol("the next link is the one asked with"));
        }
        asked = Request::get(next.as_str());
        link = Some(next);
    }
    Err(Error::fail(format!(
        "the leases of one property take more than {} requests",
        ctx.requests()
    )))
}
