//! What a run needs before its first page: who is called, what is read, and what is known about the models so far.

use crate::assembly::{Assembly, Wanted};
use crate::closing::Tally;
use crate::feed::Feed;
use crate::guards::Length;
use crate::ids::RecordIds;
use crate::leaving::{Exit, cancelled, database_down, not_callable};
use crate::reaction::{Cause, WhoMustAct};
use crate::run::{Run, Signals, TARGET_RECORDS};
use crate::span;
use crate::unit::Pages;
use crate::worker::Shared;
use portcullis_manifest::{Deletes, Manifest, Model, Paging};
use portcullis_store::{
    Absence, Announce, ClaimedRun, CredentialsVerdict, Extent, ModelFacts, SpanWish, Status,
    StoreError,
};
use std::sync::Arc;
use std::time::Duration;

/// Prepares a claimed run, or says why it cannot begin.
pub(crate) async fn start<'s>(
    shared: &'s Shared,
    claimed: ClaimedRun,
    signals: Signals,
) -> Result<Run<'s>, Exit> {
    if claimed.cancel_requested {
        return Err(Exit::Ended {
            status: Status::Cancelled,
            cause: cancelled(),
        });
    }
    if claimed.integration.credentials == CredentialsVerdict::Rejected {
        let words = claimed
            .integration
            .credentials_message
            .clone()
            .unwrap_or_default();
        return Err(Exit::Ended {
            status: Status::Failed,
            cause: Cause::new("credentials_rejected", words, WhoMustAct::Customer),
        });
    }
    let caller = Arc::new(
        shared
            .caller(&claimed.integration)
            .await
            .map_err(not_callable)?,
    );
    let salt: [u8; 16] = claimed
        .integration
        .id_salt
        .as_slice()
        .try_into()
        .unwrap_or_default();
    let ids = RecordIds::new(&salt);
    let manifest = caller.loaded().manifest();
    let known = look_up(shared, &claimed, manifest)
        .await
        .map_err(unreadable)?;
    let companions: Vec<String> = claimed
        .companions
        .iter()
        .filter(|companion| !companion.status.is_final())
        .map(|companion| companion.model.clone())
        .collect();
    let model = model_of(manifest, &claimed.run.model);
    let by = model.and_then(|model| model.partitioned_by.as_ref());
    let assembly = Assembly::new(
        manifest,
        &claimed.run.model,
        &companions,
        &ids,
        &known.wanted,
    );
    Ok(Run {
        assembly: Arc::new(assembly),
        feed: Feed::new(known.wish.clone(), by, claimed.run.cursor),
        wish: known.wish,
        wanted: known.wanted,
        tallies: known.tallies,
        announce: known.announce,
        likely_known: known.likely_known,
        lease: claimed.lease,
        companions,
        started_at_ms: claimed.started_at.timestamp_millis(),
        state_format: claimed.run.state_format,
        target: TARGET_RECORDS,
        failures: claimed.run.failures.unsigned_abs(),
        length: Length {
            pages: claimed.run.pages.unsigned_abs(),
            rows: (claimed.run.rows_new + claimed.run.rows_changed + claimed.run.rows_unchanged)
                .unsigned_abs(),
        },
        partitions_counted: claimed.run.partitions_total.is_some(),
        pages: Pages::default(),
        committing: None,
        model: claimed.run.model,
        integration: claimed.integration,
        ids,
        shared,
        caller,
        signals,
    })
}

/// What the database knows about a run.
struct Known {
    wish: SpanWish,
    wanted: Arc<Wanted>,
    tallies: Vec<Tally>,
    announce: Announce,
    likely_known: bool,
}

async fn look_up(
    shared: &Shared,
    claimed: &ClaimedRun,
    manifest: &Manifest,
) -> Result<Known, StoreError> {
    let (store, lease) = (&shared.store, &claimed.lease);
    let facts = store.model_facts(lease).await?;
    let stored = SpanWish::of(&claimed.run.span);
    let format = i32::try_from(manifest.state_format).unwrap_or(i32::MAX);
    let wish = match model_of(manifest, &claimed.run.model) {
        Some(model) => span::resolve(stored.clone(), model, &facts, format),
        None => stored.clone(),
    };
    if wish != stored {
        store.resolve_span(lease, &wish).await?;
        tracing::info!(run = %lease.run_id, model = %lease.model, full = wish == SpanWish::Full, "it is decided what a run reads");
    }
    let models: Vec<String> = facts.iter().map(|facts| facts.model.clone()).collect();
    let properties = store
        .property_filter(&lease.account_id, &lease.integration_id)
        .await?;
    let letters = store.open_letters(lease, &models).await?;
    let complete_once = facts.first().is_some_and(|lead| lead.complete_once);
    Ok(Known {
        announce: if complete_once && span::extent(&wish) != Extent::Window {
            Announce::Records
        } else {
            Announce::Reset
        },
        likely_known: facts
            .first()
            .is_some_and(|lead| lead.live_rows > lead.rows_before),
        tallies: facts.iter().map(|facts| tally(facts, manifest)).collect(),
        wanted: Arc::new(Wanted {
            properties,
            letters: letters.into_iter().collect(),
        }),
        wish,
    })
}

fn tally(facts: &ModelFacts, manifest: &Manifest) -> Tally {
    let absence = model_of(manifest, &facts.model)
        .filter(|model| model.deletes == Deletes::Absence)
        .map(|model| Absence {
            stable: model.paging == Paging::Stable,
        });
    Tally {
        model: facts.model.clone(),
        rows: facts.rows_before,
        dead: facts.dead_before,
        stored: facts.live_rows > 0,
        absence,
    }
}

/// A model as the manifest declares it.
pub(crate) fn model_of<'m>(manifest: &'m Manifest, name: &str) -> Option<&'m Model> {
    manifest.models.iter().find(|model| model.name == name)
}

fn unreadable(error: StoreError) -> Exit {
    match error {
        StoreError::LeaseLost => Exit::Lost,
        error => {
            tracing::warn!(error = %error, "what is known about a run could not be read");
            Exit::Later {
                wait: Duration::from_secs(1),
                cause: database_down(),
                failed: false,
            }
        }
    }
}
