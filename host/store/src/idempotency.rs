//! Requests that came with a key of the caller's choice: one row from the first one's begin until its answer is
//! forgotten. A row is taken by one statement, so of two requests at once, at whichever replicas, one gets it.

use crate::{Store, StoreError};

/// A request as it is looked up: hashes, never what was sent.
#[derive(Debug, Clone)]
pub struct IdempotentRequest {
    /// Whose it is.
    pub account_id: String,
    /// The API key that it came with.
    pub api_key_id: String,
    /// Keyed hash of the caller's key.
    pub name: Vec<u8>,
    /// Keyed hash of what was asked for.
    pub request: Vec<u8>,
    /// The integration that it is about, where the path names one.
    pub integration_id: Option<String>,
}

/// A request that is under way here. Whoever has it must finish it or let it go.
#[derive(Debug, Clone)]
pub struct HeldRequest {
    account_id: String,
    api_key_id: String,
    name: Vec<u8>,
    fence: i64,
}

/// What became of taking a request.
#[derive(Debug, Clone)]
pub enum TakenRequest {
    /// It is the first one: do it.
    First(HeldRequest),
    /// It was done, and this is the sealed answer.
    Answered(Vec<u8>),
    /// Another request came with the same key before.
    Other,
    /// The first one is under way.
    UnderWay,
    /// The first one was under way when its process, or its database, went away. Nobody knows how far it came.
    Unknown,
}

#[derive(sqlx::FromRow)]
struct Found {
    same: bool,
    held: bool,
    answer: Option<Vec<u8>>,
}

impl Store {
    /// Takes a request for the first time, or says what became of it. A row lasts `kept_seconds`; whoever takes it holds
    /// it for `held_seconds` at a time.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn take_request(
        &self,
        request: &IdempotentRequest,
        held_seconds: f64,
        kept_seconds: f64,
    ) -> Result<TakenRequest, StoreError> {
        // A row that is let go between the two statements is free: then the next round takes it.
        loop {
            let fence: Option<i64> = sqlx::query_scalar(
                "insert into idempotent_request as r (account_id, api_key_id, name, request, integration_id, held_until, expires_at)
                 values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6), now() + make_interval(secs => $7))
                 on conflict (account_id, api_key_id, name) do update
                    set request = excluded.request, integration_id = excluded.integration_id, held_until = excluded.held_until,
                        fence = r.fence + 1, answer = null, created_at = now(), expires_at = excluded.expires_at
                    where r.expires_at <= now()
                 returning fence",
            )
            .bind(&request.account_id)
            .bind(&request.api_key_id)
            .bind(&request.name)
            .bind(&request.request)
            .bind(&request.integration_id)
            .bind(held_seconds)
            .bind(kept_seconds)
            .fetch_optional(self.one())
            .await?;
            if let Some(fence) = fence {
                return Ok(TakenRequest::First(HeldRequest {
                    account_id: request.account_id.clone(),
                    api_key_id: request.api_key_id.clone(),
                    name: request.name.clone(),
                    fence,
                }));
            }
            let found: Option<Found> = sqlx::query_as(
                "select request = $4 as same, held_until > now() as held, answer from idempotent_request
                 where account_id = $1 and api_key_id = $2 and name = $3",
            )
            .bind(&request.account_id)
            .bind(&request.api_key_id)
            .bind(&request.name)
            .bind(&request.request)
            .fetch_optional(self.one())
            .await?;
            return Ok(match found {
                None => continue,
                Some(Found { same: false, .. }) => TakenRequest::Other,
                Some(Found {
                    answer: Some(answer),
                    ..
                }) => TakenRequest::Answered(answer),
                Some(Found { held: true, .. }) => TakenRequest::UnderWay,
                Some(_) => TakenRequest::Unknown,
            });
        }
    }

    /// Holds a request for `held_seconds` from now.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn hold_request(
        &self,
        held: &HeldRequest,
        held_seconds: f64,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "update idempotent_request set held_until = now() + make_interval(secs => $5)
             where account_id = $1 and api_key_id = $2 and name = $3 and fence = $4 and answer is null",
        )
        .bind(&held.account_id)
        .bind(&held.api_key_id)
        .bind(&held.name)
        .bind(held.fence)
        .bind(held_seconds)
        .execute(self.one())
        .await?;
        Ok(())
    }

    /// Keeps the sealed answer of a request, and which integration it is about, if that is known by now. A row that is
    /// gone was erased with its integration, and stays gone.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn answer_request(
        &self,
        held: &HeldRequest,
        answer: &[u8],
        integration_id: Option<&str>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "update idempotent_request set answer = $5, integration_id = coalesce(integration_id, $6)
             where account_id = $1 and api_key_id = $2 and name = $3 and fence = $4",
        )
        .bind(&held.account_id)
        .bind(&held.api_key_id)
        .bind(&held.name)
        .bind(held.fence)
        .bind(answer)
        .bind(integration_id)
        .execute(self.one())
        .await?;
        Ok(())
    }

    /// Lets a request go of which nothing was done: its key is free again.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn let_request_go(&self, held: &HeldRequest) -> Result<(), StoreError> {
        sqlx::query(
            "delete from idempotent_request
             where account_id = $1 and api_key_id = $2 and name = $3 and fence = $4 and answer is null",
        )
        .bind(&held.account_id)
        .bind(&held.api_key_id)
        .bind(&held.name)
        .bind(held.fence)
        .execute(self.one())
        .await?;
        Ok(())
    }

    /// Forgets requests whose time is over, at most `limit` of them; says how many.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn sweep_requests(&self, limit: i64) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "delete from idempotent_request where ctid = any(array(
                select ctid from idempotent_request where expires_at <= now() limit $1 for update skip locked))",
        )
        .bind(limit)
        .execute(self.one())
        .await?;
        Ok(done.rows_affected())
    }
}
