//! Sessions at vendors: one log-in at a time for the same credentials, whoever needs it.
//!
//! A row is written before the vendor is asked, so that a log-in counts even if its worker dies in the middle, and a
//! second worker sees that one is on its way. No transaction lasts longer than its statements; what a worker does at
//! the vendor meanwhile is guarded by the row's holder and time.

use crate::connection::Tx;
use crate::vault::{Sealed, Vault};
use crate::{Store, StoreError, random_id};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::time::Duration;

/// A session that ends within this time, or within a tenth of its life, is renewed before it is used again.
const MARGIN: Duration = Duration::from_secs(30);
/// Sessions in a row that the vendor never took, after which the credentials count as refused.
const BARREN: i32 = 2;
/// How long a log-in is remembered beyond the time in which it counts.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// What is known of a session's users and limits.
#[derive(Debug, Clone)]
pub struct SessionWant {
    /// Names credentials, settings and address together.
    pub fingerprint: String,
    /// Names the credentials alone.
    pub scope: String,
    /// Whose integration asks.
    pub account_id: String,
    /// The integration.
    pub integration_id: String,
    /// Who asks, for the time that it takes to log in.
    pub holder: String,
    /// How long the log-in may take.
    pub lease: Duration,
    /// How many sessions may live at once.
    pub live: Option<u32>,
    /// How many may be opened, and within which time.
    pub minting: Option<(u32, Duration)>,
}

/// A session that can be used.
#[derive(Clone)]
pub struct SessionRow {
    /// `ses_…`.
    pub id: String,
    /// What the log-in returned beside its secrets.
    pub note: Option<String>,
    /// Its secrets by name.
    pub secrets: BTreeMap<String, SecretString>,
    /// How long it can be used without looking again; none means until the vendor says no.
    pub good_for: Option<Duration>,
    /// How long it lasts without a request.
    pub idle: Option<Duration>,
    /// Whether the vendor ever took it.
    pub proved: bool,
}

impl std::fmt::Debug for SessionRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionRow")
            .field("id", &self.id)
            .field("good_for", &self.good_for)
            .field("proved", &self.proved)
            .finish_non_exhaustive()
    }
}

/// A session that has to be given back to the vendor.
#[derive(Debug, Clone)]
pub struct LeavingSession {
    /// The account of the integration that gives it back.
    pub account_id: String,
    /// That integration.
    pub integration_id: String,
    /// The session.
    pub session: SessionRow,
}

/// What to do to have a session.
#[derive(Debug, Clone)]
pub enum SessionTake {
    /// There is one.
    Live(SessionRow),
    /// Another worker logs in at this moment.
    Wait,
    /// These must be given back first: the vendor allows no more at once.
    LeaveFirst(Vec<SessionRow>),
    /// Log in, and keep what comes under this id.
    Open {
        /// The id of the session to be.
        id: String,
    },
    /// The vendor allows no further log-in for so long.
    Spent {
        /// From now.
        wait: Duration,
    },
    /// Sessions were opened and never taken.
    Refused,
}

/// What a log-in brought.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// What the connector returned; no secret.
    pub note: Option<String>,
    /// Captured secrets by name.
    pub secrets: BTreeMap<String, SecretString>,
    /// How long it lives from now on, if that is known.
    pub lifetime: Option<Duration>,
    /// How long it lasts without a request.
    pub idle: Option<Duration>,
}

#[derive(sqlx::FromRow)]
struct Found {
    id: String,
    account_id: String,
    integration_id: String,
    status: String,
    held: bool,
    note: Option<String>,
    wrapped: Option<Vec<u8>>,
    blob: Option<Vec<u8>>,
    proved: bool,
    barren: i32,
    /// Seconds, by the database's clock.
    left: Option<f64>,
    life: Option<f64>,
    idle: Option<f64>,
    idle_left: Option<f64>,
}

const FOUND: &str = "id, account_id, integration_id, status, coalesce(held_until > now(), false) as held, note, wrapped, blob,
    proved, barren, extract(epoch from expires_at - now())::float8 as left, extract(epoch from expires_at - minted_at)::float8 as life,
    extract(epoch from idle)::float8 as idle, extract(epoch from used_at + idle - now())::float8 as idle_left";

impl Found {
    /// How long it can still be used safely; none if it cannot, and no end if it has none.
    fn good_for(&self) -> Option<Option<Duration>> {
        let margin = |whole: Option<f64>| MARGIN.as_secs_f64().min(whole.unwrap_or(0.0) / 10.0);
        let left = self.left.map(|left| left - margin(self.life));
        let idle = self.idle_left.map(|left| left - margin(self.idle));
        let least = match (left, idle) {
            (Some(left), Some(idle)) => Some(left.min(idle)),
            (left, idle) => left.or(idle),
        };
        match least {
            None => Some(None),
            Some(least) if least > 0.0 => Some(Duration::try_from_secs_f64(least).ok()),
            Some(_) => None,
        }
    }

    /// Whether its time is over, so that the vendor need not be told.
    fn has_ended(&self) -> bool {
        self.left.is_some_and(|left| left <= 0.0) || self.idle_left.is_some_and(|left| left <= 0.0)
    }

    fn open(self, vault: &Vault) -> Result<SessionRow, StoreError> {
        let (Some(wrapped), Some(blob)) = (&self.wrapped, &self.blob) else {
            return Err(StoreError::Corrupt("a session has no secrets"));
        };
        let text = vault.open_session(&self.id, wrapped, blob)?;
        let secrets: BTreeMap<String, String> = serde_json::from_str(text.expose_secret())
            .map_err(|_| StoreError::Corrupt("a session's secrets cannot be read"))?;
        Ok(SessionRow {
            good_for: self.good_for().flatten(),
            idle: self
                .idle
                .and_then(|idle| Duration::try_from_secs_f64(idle).ok()),
            id: self.id,
            note: self.note,
            secrets: secrets
                .into_iter()
                .map(|(name, value)| (name, SecretString::from(value)))
                .collect(),
            proved: self.proved,
        })
    }
}

impl Vault {
    /// Finds a session for these credentials or the right to open one. `over` names one that the vendor refused just
    /// now: unless a newer one is there already, it is replaced.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable` or `Database`.
    pub async fn take_session(
        &self,
        want: &SessionWant,
        over: Option<&str>,
    ) -> Result<SessionTake, StoreError> {
        let user = user(&want.account_id, &want.integration_id);
        let mut tx = self.store().begin().await?;
        // What the vendor counts together takes turns: both limits are counts, and two at once would find room.
        sqlx::query(
            "select pg_advisory_xact_lock(hashtextextended('portcullis session ' || $1, 0))",
        )
        .bind(&want.scope)
        .execute(tx.one())
        .await?;
        let current: Option<Found> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {FOUND} from session where fingerprint = $1 and status in ('opening', 'live')"
        )))
        .bind(&want.fingerprint)
        .fetch_optional(tx.one())
        .await?;
        let mut barren = 0;
        if let Some(found) = current {
            let opening = found.status == "opening";
            let refused = over == Some(found.id.as_str());
            if opening && found.held {
                return Ok(SessionTake::Wait);
            }
            if !opening && !refused && found.good_for().is_some() {
                sqlx::query(
                    "update session set users = users || $2 where id = $1 and not users @> $2",
                )
                .bind(&found.id)
                .bind([&user])
                .execute(tx.one())
                .await?;
                tx.commit().await?;
                return Ok(SessionTake::Live(found.open(self)?));
            }
            if refused {
                barren = if found.proved { 0 } else { found.barren + 1 };
            } else if opening {
                barren = found.barren;
            }
            // One that only nears its end is given back; one that is over, or was never heard of, cannot be.
            let leaving = !opening && !refused && !found.has_ended();
            end(&mut tx, &found.id, leaving).await?;
            if barren >= BARREN {
                tx.commit().await?;
                return Ok(SessionTake::Refused);
            }
        }
        if let Some(wait) = spent(&mut tx, want).await? {
            tx.commit().await?;
            return Ok(SessionTake::Spent { wait });
        }
        if let Some(first) = self.too_many(&mut tx, want).await? {
            tx.commit().await?;
            return Ok(if first.is_empty() {
                SessionTake::Wait
            } else {
                SessionTake::LeaveFirst(first)
            });
        }
        let id = random_id("ses_");
        sqlx::query(
            "insert into session (id, fingerprint, scope, account_id, integration_id, users, status, holder, held_until, barren)
             values ($1, $2, $3, $4, $5, $6, 'opening', $7, now() + make_interval(secs => $8), $9)",
        )
        .bind(&id)
        .bind(&want.fingerprint)
        .bind(&want.scope)
        .bind(&want.account_id)
        .bind(&want.integration_id)
        .bind([&user])
        .bind(&want.holder)
        .bind(want.lease.as_secs_f64())
        .bind(barren)
        .execute(tx.one())
        .await?;
        forget(&mut tx, want).await?;
        tx.commit().await?;
        Ok(SessionTake::Open { id })
    }

    /// Sessions that must be given back before another may be opened: the oldest of the scope, beyond what the vendor
    /// allows less one. None if there is room; empty if somebody else is giving one back.
    async fn too_many(
        &self,
        tx: &mut Tx,
        want: &SessionWant,
    ) -> Result<Option<Vec<SessionRow>>, StoreError> {
        let Some(live) = want.live else {
            return Ok(None);
        };
        let others: Vec<Found> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {FOUND} from session where scope = $1 and status in ('opening', 'live', 'leaving')
             order by (status = 'leaving') desc, minted_at, id"
        )))
        .bind(&want.scope)
        .fetch_all(tx.one())
        .await?;
        let mut surplus = (others.len() + 1).saturating_sub(live.max(1) as usize);
        let mut first = Vec::new();
        let mut any = false;
        for found in others {
            if surplus == 0 {
                break;
            }
            surplus -= 1;
            if found.has_ended() || (found.status == "opening" && !found.held) {
                end(tx, &found.id, false).await?;
                continue;
            }
            any = true;
            if found.held {
                continue;
            }
            sqlx::query(
                "update session set status = 'leaving', holder = $2, held_until = now() + make_interval(secs => $3) where id = $1",
            )
            .bind(&found.id)
            .bind(&want.holder)
            .bind(want.lease.as_secs_f64())
            .execute(tx.one())
            .await?;
            first.push(found.open(self)?);
        }
        Ok(any.then_some(first))
    }

    /// Keeps what a log-in brought. False if it took so long that somebody else was let in: then the vendor has a
    /// session that nobody uses, and the caller gives it back.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable` or `Database`.
    pub async fn keep_session(
        &self,
        id: &str,
        holder: &str,
        new: &NewSession,
    ) -> Result<bool, StoreError> {
        let plain: BTreeMap<&str, &str> = new
            .secrets
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose_secret()))
            .collect();
        let plain = zeroize::Zeroizing::new(
            serde_json::to_string(&plain)
                .map_err(|_| StoreError::Corrupt("a session cannot be written"))?,
        );
        let Sealed { wrapped, blob } = self.seal_session(id, &plain)?;
        let kept = sqlx::query(
            "update session set status = 'live', holder = null, held_until = null, note = $3, wrapped = $4, blob = $5,
                    expires_at = now() + make_interval(secs => $6), idle = make_interval(secs => $7), used_at = now()
             where id = $1 and holder = $2 and status = 'opening'",
        )
        .bind(id)
        .bind(holder)
        .bind(&new.note)
        .bind(wrapped)
        .bind(blob)
        .bind(new.lifetime.map(|life| life.as_secs_f64()))
        .bind(new.idle.map(|idle| idle.as_secs_f64()))
        .execute(self.store().one())
        .await?;
        Ok(kept.rows_affected() > 0)
    }

    /// One session that has to be given back, for `lease`; for whoever has time.
    ///
    /// # Errors
    /// `Corrupt`, `Unavailable` or `Database`.
    pub async fn claim_leaving_session(
        &self,
        holder: &str,
        lease: Duration,
    ) -> Result<Option<LeavingSession>, StoreError> {
        let found: Option<Found> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "update session set holder = $1, held_until = now() + make_interval(secs => $2)
             where id = (select id from session where status = 'leaving' and (held_until is null or held_until < now())
                         order by held_until nulls first limit 1 for update skip locked)
             returning {FOUND}"
        )))
        .bind(holder)
        .bind(lease.as_secs_f64())
        .fetch_optional(self.store().one())
        .await?;
        let Some(found) = found else { return Ok(None) };
        Ok(Some(LeavingSession {
            account_id: found.account_id.clone(),
            integration_id: found.integration_id.clone(),
            session: found.open(self)?,
        }))
    }
}

impl Store {
    /// Gives up a log-in that failed. It goes on counting unless the vendor has not heard of it.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn drop_session(&self, id: &str, unheard: bool) -> Result<(), StoreError> {
        let statement = if unheard {
            "delete from session where id = $1 and status = 'opening'"
        } else {
            "update session set status = 'over', holder = null, held_until = null where id = $1 and status = 'opening'"
        };
        sqlx::query(statement).bind(id).execute(self.one()).await?;
        Ok(())
    }

    /// Notes that the vendor took a session at this moment.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn touch_session(&self, id: &str) -> Result<(), StoreError> {
        sqlx::query(
            "update session set used_at = now(), proved = true, barren = 0 where id = $1 and status = 'live'",
        )
        .bind(id)
        .execute(self.one())
        .await?;
        Ok(())
    }

    /// Forgets the secrets of a session that was given back.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn session_left(&self, id: &str) -> Result<(), StoreError> {
        sqlx::query(
            "update session set status = 'over', wrapped = null, blob = null, holder = null, held_until = null where id = $1",
        )
        .bind(id)
        .execute(self.one())
        .await?;
        Ok(())
    }
}

/// Marks the sessions of an integration that goes away, or gets other credentials than those of `kept`, as to be given
/// back, unless another integration uses them too.
pub(crate) async fn retire_sessions(
    tx: &mut Tx,
    account_id: &str,
    integration_id: &str,
    kept: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query(
        "update session set users = array_remove(users, $1),
                status = case when status = 'live' and users <@ array[$1] then 'leaving' else status end,
                -- Who closes it must be an integration that is still there.
                account_id = case when users <@ array[$1] then account_id
                    else split_part((array_remove(users, $1))[1], ':', 1) end,
                integration_id = case when users <@ array[$1] then integration_id
                    else split_part((array_remove(users, $1))[1], ':', 2) end
         where users @> array[$1] and status in ('opening', 'live', 'leaving') and fingerprint is distinct from $2",
    )
    .bind(user(account_id, integration_id))
    .bind(kept)
    .execute(tx.one())
    .await?;
    Ok(())
}

/// Ids have no colon.
pub(crate) fn user(account_id: &str, integration_id: &str) -> String {
    format!("{account_id}:{integration_id}")
}

async fn end(tx: &mut Tx, id: &str, leaving: bool) -> Result<(), StoreError> {
    let statement = if leaving {
        "update session set status = 'leaving', holder = null, held_until = null where id = $1"
    } else {
        "update session set status = 'over', wrapped = null, blob = null, holder = null, held_until = null where id = $1"
    };
    sqlx::query(statement).bind(id).execute(tx.one()).await?;
    Ok(())
}

/// How long the vendor allows no further log-in.
async fn spent(tx: &mut Tx, want: &SessionWant) -> Result<Option<Duration>, StoreError> {
    let Some((opens, per)) = want.minting else {
        return Ok(None);
    };
    // The one that has to fall out of the window before there is room.
    let wait: Option<f64> = sqlx::query_scalar(
        "select extract(epoch from minted_at + make_interval(secs => $3) - now())::float8 from session
         where scope = $1 and minted_at > now() - make_interval(secs => $3)
         order by minted_at desc, id offset $2 limit 1",
    )
    .bind(&want.scope)
    .bind(i64::from(opens.max(1)) - 1)
    .bind(per.as_secs_f64())
    .fetch_optional(tx.one())
    .await?;
    Ok(wait.and_then(|wait| Duration::try_from_secs_f64(wait.max(1.0)).ok()))
}

/// Removes log-ins that no longer count.
async fn forget(tx: &mut Tx, want: &SessionWant) -> Result<(), StoreError> {
    let counts = want.minting.map_or(Duration::ZERO, |(_, per)| per);
    sqlx::query(
        "delete from session where scope = $1 and status = 'over' and minted_at < now() - make_interval(secs => $2)",
    )
    .bind(&want.scope)
    .bind((counts + REMEMBERED).as_secs_f64())
    .execute(tx.one())
    .await?;
    Ok(())
}
