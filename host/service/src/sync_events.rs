//! What happens in syncs, as it happens: their states and the lines of their logs.
//!
//! Postgres is asked again and again, and only what changed is passed on; wake-ups make it sooner, and are not needed.

use chrono::{DateTime, Utc};
use portcullis_store::{Purpose, SyncLogRow};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::ServiceError;
use crate::principal::Principal;
use crate::sync_view::{Progress, SyncView, view};
use crate::{Service, integrations};

/// Most lines of a log that are passed on at once.
const LINES: i64 = 500;
/// Syncs of an integration that are looked at: the open one, an open back-sync, and those that ended meanwhile.
const SYNCS: i64 = 4;

/// A line of a sync's log.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LogLineView {
    /// Grows with time.
    pub id: i64,
    /// The sync.
    pub sync_id: String,
    /// The run, unless the line is about the sync as a whole.
    pub run_id: Option<String>,
    /// The run's model.
    pub model: Option<String>,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// `debug`, `info`, `warn` or `error`.
    pub level: &'static str,
    /// A stable word for what happened.
    pub event: String,
    /// The same in a sentence.
    pub message: String,
    /// Further facts.
    #[schema(value_type = Object)]
    pub detail: Value,
}

impl From<SyncLogRow> for LogLineView {
    fn from(row: SyncLogRow) -> Self {
        Self {
            id: row.id,
            sync_id: row.sync_id,
            run_id: row.run_id,
            model: row.model,
            at: row.at,
            level: row.level.as_str(),
            event: row.event,
            message: row.message,
            detail: row.detail,
        }
    }
}

/// Whose events.
#[derive(Debug, Clone)]
enum Of {
    Sync(String),
    Integration(String),
}

/// What happens in one sync, or in the syncs of one integration.
pub struct SyncFeed {
    service: Service,
    principal: Principal,
    of: Of,
    /// The last line that was passed on.
    line: i64,
    /// What was passed on of each sync.
    shown: Vec<SyncView>,
}

impl std::fmt::Debug for SyncFeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SyncFeed")
            .field("of", &self.of)
            .finish_non_exhaustive()
    }
}

/// What is new since the last look.
#[derive(Debug, Default)]
pub struct News {
    /// Syncs that changed.
    pub syncs: Vec<SyncView>,
    /// New lines of logs.
    pub lines: Vec<LogLineView>,
    /// The last line that was ever passed on: where to go on after a break.
    pub line: i64,
    /// Nothing more will happen: the sync has ended, and all of its lines are here.
    pub ended: bool,
}

impl Service {
    /// What happens in one sync, with the lines after `line` (0 for all of them).
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `sync_not_found`, or the database's.
    pub async fn follow_sync(
        &self,
        principal: &Principal,
        sync_id: &str,
        line: i64,
    ) -> Result<SyncFeed, ServiceError> {
        principal.may_look("following a sync")?;
        principal.every_model("following a sync")?;
        let sync = self.own_sync(principal, sync_id).await?.sync;
        Ok(self.feed(principal, Of::Sync(sync.id), line))
    }

    /// What happens in the syncs of an integration, with the lines after `line`; without it, from now on.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, or the database's.
    pub async fn follow_integration(
        &self,
        principal: &Principal,
        integration_id: &str,
        line: Option<i64>,
    ) -> Result<SyncFeed, ServiceError> {
        principal.may_look("following an integration")?;
        principal.every_model("following an integration")?;
        let row = self.own_integration(principal, integration_id).await?;
        let line = match line {
            Some(line) => line,
            None => self.store.last_log_line(&row.account_id, &row.id).await?,
        };
        Ok(self.feed(principal, Of::Integration(row.id), line))
    }

    fn feed(&self, principal: &Principal, of: Of, line: i64) -> SyncFeed {
        let mut service = self.clone();
        // Looking again is no answer to a request.
        service.store = service.store.with_purpose(Purpose::Background);
        SyncFeed {
            service,
            principal: principal.clone(),
            of,
            line: line.max(0),
            shown: Vec::new(),
        }
    }

    /// The newest lines of the logs of an integration's syncs, oldest first.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, or the database's.
    pub async fn integration_log(
        &self,
        principal: &Principal,
        integration_id: &str,
        lines: u64,
    ) -> Result<Vec<LogLineView>, ServiceError> {
        principal.admin("reading a sync's log")?;
        let row = self.own_integration(principal, integration_id).await?;
        let rows = self
            .store
            .newest_integration_log(&row.account_id, &row.id, integrations::signed(lines))
            .await?;
        Ok(rows.into_iter().map(LogLineView::from).collect())
    }

    /// Lines of a sync's log after `line`, oldest first, and whether there are more.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `sync_not_found`, or the database's.
    pub async fn sync_log(
        &self,
        principal: &Principal,
        sync_id: &str,
        line: i64,
        limit: u64,
    ) -> Result<(Vec<LogLineView>, bool), ServiceError> {
        principal.may_look("reading a sync's log")?;
        principal.every_model("reading a sync's log")?;
        let sync = self.own_sync(principal, sync_id).await?.sync;
        let limit = integrations::signed(limit);
        let mut rows = self
            .store
            .sync_log(&sync.account_id, &sync.id, line, limit.saturating_add(1))
            .await?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        Ok((rows.into_iter().map(LogLineView::from).collect(), more))
    }
}

impl Service {
    /// The last lines of a sync's log, newest first; only warnings and errors when `problems` is set.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `sync_not_found`, or the database's.
    pub async fn sync_log_end(
        &self,
        principal: &Principal,
        sync_id: &str,
        problems: bool,
        limit: u64,
    ) -> Result<Vec<LogLineView>, ServiceError> {
        principal.may_look("reading a sync's log")?;
        principal.every_model("reading a sync's log")?;
        let sync = self.own_sync(principal, sync_id).await?.sync;
        let limit = integrations::signed(limit);
        let rows = self
            .store
            .sync_log_end(&sync.account_id, &sync.id, problems, limit)
            .await?;
        Ok(rows.into_iter().map(LogLineView::from).collect())
    }

    /// Whether a worker of a sync was lost, with its process or its lease, and another one went on where it had been.
    /// Waits and stops that were meant are none.
    ///
    /// # Errors
    ///
    /// `forbidden`, `sync_not_found`, the database's.
    pub async fn was_interrupted(
        &self,
        principal: &Principal,
        sync: &SyncView,
    ) -> Result<bool, ServiceError> {
        principal.may_look("reading a sync's log")?;
        if sync.runs.iter().all(|run| run.attempts < 2) {
            return Ok(false);
        }
        let sync = self.own_sync(principal, &sync.id).await?.sync;
        let store = &self.store;
        Ok(store.was_interrupted(&sync.account_id, &sync.id).await?)
    }
}

impl SyncFeed {
    /// Looks now.
    ///
    /// # Errors
    ///
    /// `sync_not_found` or `integration_not_found` when it is gone; the database's.
    pub async fn look(&mut self) -> Result<News, ServiceError> {
        let (store, account) = (&self.service.store, &self.principal.account_id);
        // The states first: lines that belong to an end are written no later than a moment after it.
        let (syncs, rows) = match &self.of {
            Of::Sync(id) => {
                let sync = self.service.own_sync(&self.principal, id).await?;
                (
                    vec![sync],
                    store.sync_log(account, id, self.line, LINES).await?,
                )
            }
            Of::Integration(id) => {
                let (mut syncs, _) = store.list_syncs(account, id, SYNCS, 0).await?;
                syncs.reverse();
                let rows = store.integration_log(account, id, self.line, LINES).await?;
                (syncs, rows)
            }
        };
        let now = Utc::now();
        let mut news = News::default();
        for sync in syncs {
            let view = view(sync, now);
            match self.shown.iter_mut().find(|known| known.id == view.id) {
                Some(known) if settled(known) == settled(&view) => continue,
                Some(known) => *known = view.clone(),
                None => self.shown.push(view.clone()),
            }
            news.syncs.push(view);
        }
        if let Some(last) = rows.last() {
            self.line = last.id;
        }
        news.lines = rows.into_iter().map(LogLineView::from).collect();
        news.line = self.line;
        let finished = |sync: &SyncView| sync.finished_at.is_some_and(|at| now - at > SETTLES);
        news.ended = matches!(self.of, Of::Sync(_))
            && news.lines.is_empty()
            && self.shown.iter().all(finished);
        Ok(news)
    }
}

/// How long after the end of a sync its last lines may come.
const SETTLES: chrono::TimeDelta = chrono::TimeDelta::seconds(2);

/// A view without what moves by itself with the time.
fn settled(view: &SyncView) -> SyncView {
    let still = |progress: Progress| Progress {
        estimated_end_at: None,
        ..progress
    };
    let mut view = view.clone();
    view.duration_ms = None;
    view.progress = still(view.progress);
    for run in &mut view.runs {
        run.progress = still(run.progress);
    }
    view
}
