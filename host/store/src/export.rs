//! All records of a question, of one snapshot, however many: the database sends, and a few batches are held at a time.

use crate::connection::Tx;
use crate::reached::{Reached, reached};
use crate::read::push_rows;
use crate::{ListQuery, RecordRow, Store, StoreError};
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use sqlx::{Postgres, QueryBuilder};
use std::time::Duration;
use tokio::sync::mpsc;

/// Records of a batch: some 750 kB of documents.
const BATCH: usize = 500;
/// How long whoever reads may take for one batch. An export holds a connection and a snapshot, which must not be kept for
/// somebody who went away without a word.
const PATIENCE: Duration = Duration::from_secs(60);

/// Records that arrive. Dropped, it gives its connection back.
#[derive(Debug)]
pub struct Export {
    /// The database's clock just before the snapshot was taken.
    pub snapshot_at: DateTime<Utc>,
    /// What the query reaches.
    pub reached: Reached,
    batches: mpsc::Receiver<Result<Vec<RecordRow>, StoreError>>,
    ended: bool,
}

impl Export {
    /// The next records; `None` behind the last one, and only there.
    ///
    /// # Errors
    /// Whatever ended the export early. Nothing follows an error.
    pub async fn next(&mut self) -> Option<Result<Vec<RecordRow>, StoreError>> {
        if self.ended {
            return None;
        }
        let next = self.batches.recv().await;
        self.ended = !matches!(&next, Some(Ok(rows)) if !rows.is_empty());
        match next {
            // An empty batch is the end that the sender saw; a silent one is not.
            Some(Ok(rows)) if rows.is_empty() => None,
            Some(batch) => Some(batch),
            None => Some(Err(StoreError::Unavailable(sqlx::Error::PoolTimedOut))),
        }
    }
}

impl Store {
    /// Every record of a query, in its order, whatever its `limit` and `offset`. `place` is dropped when the database is
    /// done with it, which is later than whoever reads it where nobody does any more.
    ///
    /// # Errors
    /// As [`list_records`](Self::list_records).
    pub async fn export_records(
        &self,
        mut query: ListQuery,
        place: impl Send + 'static,
    ) -> Result<Export, StoreError> {
        let (mut tx, snapshot_at) = self.begin_snapshot().await?;
        // A million records take longer than any page may.
        sqlx::query("set local statement_timeout = 0")
            .execute(tx.one())
            .await?;
        query.with_states = false;
        let reached = reached(&mut tx, &query).await?;
        let mut sql = QueryBuilder::<Postgres>::new("");
        push_rows(&mut sql, &query)?;
        let (sender, batches) = mpsc::channel(2);
        tokio::spawn(async move {
            let sent = send(&mut tx, sql, &sender).await;
            // A statement that is under way goes on until its end; its connection is then free.
            let ended = tx.commit().await;
            drop(place);
            if let Err(error) = sent.and(ended) {
                // Nobody may be there to be told.
                let _ = sender.send(Err(error)).await;
            }
        });
        Ok(Export {
            snapshot_at,
            reached,
            batches,
            ended: false,
        })
    }
}

async fn send(
    tx: &mut Tx,
    mut sql: QueryBuilder<Postgres>,
    sender: &mpsc::Sender<Result<Vec<RecordRow>, StoreError>>,
) -> Result<(), StoreError> {
    let mut rows = sql.build_query_as::<RecordRow>().fetch(tx.one());
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(row) = rows.try_next().await? {
        batch.push(row);
        if batch.len() == BATCH {
            let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
            if sender.send_timeout(Ok(full), PATIENCE).await.is_err() {
                return Ok(());
            }
        }
    }
    for last in [batch, Vec::new()] {
        // An empty batch says that this was all, so it is sent once.
        let empty = last.is_empty();
        if sender.send_timeout(Ok(last), PATIENCE).await.is_err() || empty {
            return Ok(());
        }
    }
    Ok(())
}
