//! Generations of models, and the wake-ups that travel over `pg_notify`.

use crate::connection::Tx;
use crate::{Store, StoreError};
use chrono::{DateTime, Utc};
use sqlx::postgres::PgListener;

const CHANNEL: &str = "portcullis";

/// The generation of one model of one integration: equal generations mean equal answers.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct GenerationRow {
    /// Whose integration it is.
    pub account_id: String,
    /// `int_…`.
    pub integration_id: String,
    /// The model.
    pub model: String,
    /// Grows whenever answers may differ.
    pub generation: i64,
    /// When the row last changed, on the database's clock.
    pub changed_at: DateTime<Utc>,
}

/// A wake-up: a hint to look at the tables, which alone are the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wake {
    /// An API key was revoked.
    Keys,
    /// A connector was approved, loaded or removed.
    Connectors,
    /// There is a check or a run to claim, or a cancel to notice.
    Work,
    /// Generations moved.
    Generations,
    /// A listener's own sign of life; the text is its token.
    Ping(String),
    /// The connection was lost and made again: wake-ups may be missing.
    Reconnected,
}

impl Wake {
    fn payload(&self) -> String {
        match self {
            Self::Keys => "keys".to_owned(),
            Self::Connectors => "connectors".to_owned(),
            Self::Work => "work".to_owned(),
            Self::Generations | Self::Reconnected => "generations".to_owned(),
            Self::Ping(token) => format!("ping:{token}"),
        }
    }

    fn parse(payload: &str) -> Option<Self> {
        match payload {
            "keys" => Some(Self::Keys),
            "connectors" => Some(Self::Connectors),
            "work" => Some(Self::Work),
            "generations" => Some(Self::Generations),
            other => other
                .strip_prefix("ping:")
                .map(|token| Self::Ping(token.to_owned())),
        }
    }
}

/// A connection of its own that hears wake-ups.
pub struct Listener {
    inner: PgListener,
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listener")
    }
}

impl Listener {
    /// Waits for the next wake-up. After a lost connection it connects again and says `Reconnected`.
    /// Cancel-safe: a dropped call loses nothing.
    ///
    /// # Errors
    /// `Unavailable` when connecting again fails; the next call tries once more.
    pub async fn next(&mut self) -> Result<Wake, StoreError> {
        loop {
            match self.inner.try_recv().await? {
                None => return Ok(Wake::Reconnected),
                Some(notification) => {
                    if let Some(wake) = Wake::parse(notification.payload()) {
                        return Ok(wake);
                    }
                }
            }
        }
    }
}

impl Store {
    /// Starts to listen, on a connection of the pool that is held until the listener is dropped.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn listen(&self) -> Result<Listener, StoreError> {
        let mut inner = PgListener::connect_with(self.one()).await?;
        inner.ignore_pool_close_event(false);
        inner.listen(CHANNEL).await?;
        Ok(Listener { inner })
    }

    /// Wakes every listener. A statement of its own: a notify inside a commit unit would make all commits queue.
    /// Callers coalesce.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn notify(&self, wake: &Wake) -> Result<(), StoreError> {
        sqlx::query("select pg_notify($1, $2)")
            .bind(CHANNEL)
            .bind(wake.payload())
            .execute(self.one())
            .await?;
        Ok(())
    }

    /// Generations that changed since a time of the database's clock. Looks 30 s further back, since a change becomes
    /// visible only with its commit, which follows within that time: transactions that take longer stamp what they moved
    /// once more at their end. Hearing of a change twice does no harm.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn generations_changed_since(
        &self,
        since: DateTime<Utc>,
    ) -> Result<Vec<GenerationRow>, StoreError> {
        Ok(sqlx::query_as(
            "select account_id, integration_id, model, generation, changed_at from model_state
             where changed_at > $1 - interval '30 seconds' order by changed_at",
        )
        .bind(since)
        .fetch_all(self.one())
        .await?)
    }

    /// The database's clock.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn database_now(&self) -> Result<DateTime<Utc>, StoreError> {
        Ok(sqlx::query_scalar("select clock_timestamp()")
            .fetch_one(self.one())
            .await?)
    }
}

/// Moves the generations that these models of an integration owe: what was committed must not stay unseen.
pub(crate) async fn pay_owed(
    on: impl sqlx::PgExecutor<'_>,
    account_id: &str,
    integration_id: &str,
    models: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update model_state set generation = generation + 1, generation_at = now(), generation_owed = false,
                changed_at = clock_timestamp()
         where account_id = $1 and integration_id = $2 and model = any($3) and generation_owed",
    )
    .bind(account_id)
    .bind(integration_id)
    .bind(models)
    .execute(on)
    .await?;
    Ok(())
}

/// Stamps the generations that this transaction moved once more, as its last statement: a sweep may take minutes after
/// it has moved those of children, and what is stamped as of then would be older than readers look back.
pub(crate) async fn stamp_again(
    tx: &mut Tx,
    account_id: &str,
    integration_id: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update model_state set changed_at = clock_timestamp()
         where account_id = $1 and integration_id = $2 and xmin = pg_current_xact_id()::xid",
    )
    .bind(account_id)
    .bind(integration_id)
    .execute(tx.one())
    .await?;
    Ok(())
}

impl Tx {
    /// Wakes every listener when this transaction commits. Only for rare, small transactions.
    pub(crate) async fn notify(&mut self, wake: &Wake) -> Result<(), StoreError> {
        sqlx::query("select pg_notify($1, $2)")
            .bind(CHANNEL)
            .bind(wake.payload())
            .execute(self.one())
            .await?;
        Ok(())
    }
}
