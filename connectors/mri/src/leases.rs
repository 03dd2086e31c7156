//! Leases: made from the rows of all their residents, which may stand anywhere
//! in the list of a property. The list is therefore read to its end in one
//! call, and delivered in the order of ids, in parts where it is too large.
//! What a lease owes stands in its rows, and comes along.

use std::collections::{BTreeMap, BTreeSet};

use portcullis_sdk::model::{Lease, LeaseBalance};
use portcullis_sdk::{
    Batch, Context, Error, Filler, PageRequest, RecordKey, Request, Response, Result, paging,
    serde_json,
};
use serde::Serialize;

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
) -> Result<(Vec<Batch>, Option<String>)> {
    let mut filling = Filling::new(request);
    let changed = match since {
        None => None,
        Some(day) => {
            let changed = changed_since(ctx, settings, run, day)?;
            if changed.is_empty() {
                return Ok((filling.batches(), None));
            }
            Some(changed)
        }
    };
    let answers = read_all(ctx, settings, run, None)?;
    let last = request.cursor.as_deref().unwrap_or_default();
    let Filling { lead: filler, .. } = &mut filling;
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
        filling.lead.total(Some(leases.len() as u64));
    }
    let mut done = last;
    for (id, rows) in &mut leases {
        if !last.is_empty() && id.as_str() <= last {
            continue;
        }
        if filling.lead.len() >= request.target_records as usize {
            return Ok((filling.batches(), Some(paging::opaque(done)?)));
        }
        rows.sort_by(|one, other| map::resident_id(one).cmp(&map::resident_id(other)));
        match map::lease(rows, run) {
            Ok(None) => {}
            Ok(Some(lease)) => {
                let stamp = lease.x_updated_at;
                let key = RecordKey::of(id);
                let added =
                    filling.balance(&key, &lease)? && filling.lead.add(key, stamp, &lease, rows)?;
                if !added {
                    return Ok((filling.batches(), Some(paging::opaque(done)?)));
                }
            }
            Err(why) => filling.lead.omit(Some(RecordKey::of(id)), why),
        }
        done = id;
    }
    Ok((filling.batches(), None))
}

/// A page being filled: leases, and what they owe if that is wanted.
struct Filling {
    lead: Filler,
    balances: Option<Filler>,
}

impl Filling {
    fn new(request: &PageRequest) -> Self {
        let part = |model: &str, bytes: u32| PageRequest {
            model: model.to_owned(),
            max_bytes: bytes,
            ..request.clone()
        };
        // A balance is small beside its lease.
        let (most, rest) = (request.max_bytes / 4 * 3, request.max_bytes / 4);
        let companion = request.companions.first();
        Self {
            lead: match companion {
                Some(_) => Filler::new(&part(&request.model, most)),
                None => Filler::new(request),
            },
            balances: companion.map(|model| Filler::new(&part(model, rest))),
        }
    }

    /// Adds what a lease owes. False if there is no room.
    fn balance(&mut self, key: &RecordKey, lease: &Lease) -> Result<bool> {
        let (Some(balances), Some(total)) = (&mut self.balances, lease.balance_amount_in_cents)
        else {
            return Ok(true);
        };
        let balance = LeaseBalance {
            x_property_id: lease.x_property_id.clone(),
            x_unit_id: lease.x_unit_id.clone(),
            x_lease_id: Some(key.external_id.clone()),
            total_in_cents: Some(total),
            currency: lease.currency.clone(),
            is_notice_given: Some(lease.notice_date.is_some()),
            ..LeaseBalance::default()
        };
        let original = Original {
            balance: lease.balance_amount_raw.as_deref(),
            currency: lease.currency.as_deref(),
        };
        // The stamp is the lease's, and is not known to move with what is owed.
        balances.add(key.clone(), None, &balance, &original)
    }

    fn batches(self) -> Vec<Batch> {
        let batches = [Some(self.lead), self.balances].into_iter().flatten();
        batches.map(Filler::into_batch).collect()
    }
}

/// What a row says of the balance.
#[derive(Serialize)]
struct Original<'l> {
    #[serde(rename = "LeaseBalance")]
    balance: Option<&'l str>,
    #[serde(rename = "CurrCode")]
    currency: Option<&'l str>,
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
