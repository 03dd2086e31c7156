//! A run's commits: one unit on its way at a time, and the last one with the end marker.

use super::Run;
use crate::closing::{Closing, Ending, store_pages};
use crate::leaving::{Exit, cancelled};
use crate::reaction::{Cause, WhoMustAct};
use crate::span;
use portcullis_store::{CommitError, Committed, Status, StoreError};
use tokio_util::task::AbortOnDropHandle;

impl Run<'_> {
    /// Ends the run with the pages in hand: the connector said that there is no more.
    pub(super) async fn complete(
        &mut self,
        watermark: Option<String>,
    ) -> Result<Exit, CommitError> {
        if let Some(stop) = self.finish_commit().await? {
            return Ok(stop);
        }
        let incomplete = self.left_out().await?;
        self.commit(Some(Ending {
            watermark,
            extent: span::extent(&self.wish),
            guard: self.shared.config.guard,
            models: self.tallies.clone(),
            incomplete,
        }));
        // A wish to stop comes too late for a run that has ended.
        Ok(match self.finish_commit().await? {
            Some(Exit::Lost) => Exit::Lost,
            _ => Exit::Done,
        })
    }

    /// What keeps a run over parents from being complete, if anything does.
    async fn left_out(&self) -> Result<Option<Cause>, CommitError> {
        let Some(parents) = self.feed.parent_model() else {
            return Ok(None);
        };
        let store = &self.shared.store;
        let (mut skipped, mut why) = store.skipped_partitions(&self.lease).await?;
        skipped += i64::from(self.pages.partitions.skipped);
        why = self.pages.partitions.skip_message.clone().or(why);
        if skipped > 0 {
            let why = why.unwrap_or_default();
            let message =
                format!("{skipped} of the {parents} could not be read over; the last: {why}");
            return Ok(Some(Cause::new(
                "partitions_skipped",
                message,
                WhoMustAct::Operator,
            )));
        }
        let words = store
            .words_in_sync(&self.lease, &[parents.to_owned()])
            .await?;
        let whole = |word: Status| {
            matches!(
                word,
                Status::Succeeded | Status::SucceededEmpty | Status::Partial
            )
        };
        Ok(words
            .into_iter()
            .find(|(_, word)| !whole(*word))
            .map(|(model, word)| {
                let message =
                    format!("{model} ended as {word}, so only those known before were read over");
                Cause::new("parents_incomplete", message, WhoMustAct::Nobody)
            }))
    }

    /// Starts to store the pages in hand, in a task of its own so that it goes on while the next page is pulled.
    pub(super) fn commit(&mut self, end: Option<Ending>) {
        let connector = &self.caller.loaded().candidate;
        let closing = Closing {
            store: self.shared.store.clone(),
            lease: self.lease.clone(),
            hold: self.shared.config.lease,
            pages: std::mem::take(&mut self.pages),
            cursor: self.feed.cursor(),
            end,
            state_format: self.state_format,
            connector_digest: connector.digest.clone(),
            connector_version: connector.manifest.version.to_string(),
            likely_known: self.likely_known,
            announce: self.announce,
        };
        self.committing = Some(AbortOnDropHandle::new(tokio::spawn(store_pages(closing))));
    }

    /// Waits for the unit on its way; gives a reason to stop, if there is one.
    pub(super) async fn finish_commit(&mut self) -> Result<Option<Exit>, CommitError> {
        let Some(committing) = self.committing.take() else {
            return Ok(None);
        };
        let committed = match committing.await {
            Ok(Ok(committed)) => committed,
            Ok(Err(CommitError::Store(StoreError::LeaseLost))) => return Ok(Some(Exit::Lost)),
            Ok(Err(error)) => return Err(error),
            // The task panicked or was aborted: what it held is not stored, and the cursor has not moved.
            Err(_) => return Ok(Some(Exit::Lost)),
        };
        self.failures = 0;
        self.count(&committed);
        self.shared.committed.notify_one();
        let stop = committed.cancel_requested;
        Ok(stop.then(|| Exit::Ended {
            status: Status::Cancelled,
            cause: cancelled(),
        }))
    }

    fn count(&mut self, committed: &Committed) {
        let (mut known, mut all) = (0, 0);
        for counts in &committed.models {
            let rows = counts.new + counts.changed + counts.unchanged;
            known += counts.unchanged;
            all += rows;
            if let Some(tally) = self.tallies.iter_mut().find(|it| it.model == counts.model) {
                tally.rows += rows;
                tally.dead += counts.dead;
            }
        }
        if all > 0 {
            // Below a quarter the look costs more than it saves.
            self.likely_known = known * 4 >= all;
        }
    }

    /// Stores pages that were pulled but not yet committed.
    pub(super) async fn flush(&mut self) -> Result<Option<Exit>, CommitError> {
        if let Some(stop) = self.finish_commit().await? {
            return Ok(Some(stop));
        }
        if self.pages.is_empty() {
            return Ok(None);
        }
        self.commit(None);
        self.finish_commit().await
    }
}
