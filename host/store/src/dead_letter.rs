//! Records that could not be stored: one open letter per key, until the record is stored well or is gone.

use crate::connection::Tx;
use crate::lease::RunLease;
use crate::{DeadLetter, DeadLetterRow, LetterKey, ModelEnd, Store, StoreError};
use std::collections::HashMap;

/// Writes letters. A key that has an open one keeps it, with the newest reason.
pub(crate) async fn insert_dead_letters(
    tx: &mut Tx,
    held: &RunLease,
    letters: &[DeadLetter],
) -> Result<(), sqlx::Error> {
    if letters.is_empty() {
        return Ok(());
    }
    // Within a unit too a key has one letter: the last word counts.
    let mut at: HashMap<(&str, &str, &str), usize> = HashMap::new();
    let mut written: Vec<&DeadLetter> = Vec::with_capacity(letters.len());
    for letter in letters {
        let key = letter
            .external_id
            .as_deref()
            .map(|id| (letter.model.as_str(), letter.scope.as_str(), id));
        match key.and_then(|key| at.get(&key)) {
            Some(&before) => written[before] = letter,
            None => {
                if let Some(key) = key {
                    at.insert(key, written.len());
                }
                written.push(letter);
            }
        }
    }
    sqlx::query(
        "insert into dead_letter (account_id, integration_id, run_id, model, scope, external_id, kind, message)
         select $1, $2, $3, d.* from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) as d
         on conflict (account_id, integration_id, model, scope, external_id)
            where resolved_at is null and external_id is not null
         do update set run_id = excluded.run_id, kind = excluded.kind, message = excluded.message, at = now()",
    )
    .bind(&held.account_id)
    .bind(&held.integration_id)
    .bind(&held.run_id)
    .bind(written.iter().map(|l| l.model.as_str()).collect::<Vec<_>>())
    .bind(written.iter().map(|l| l.scope.as_str()).collect::<Vec<_>>())
    .bind(written.iter().map(|l| l.external_id.as_deref()).collect::<Vec<_>>())
    .bind(written.iter().map(|l| l.kind.as_str()).collect::<Vec<_>>())
    .bind(written.iter().map(|l| l.message.as_str()).collect::<Vec<_>>())
    .execute(tx.one())
    .await?;
    Ok(())
}

/// Closes the letters of keys that are stored well now.
pub(crate) async fn resolve_letters(
    tx: &mut Tx,
    held: &RunLease,
    keys: &[LetterKey],
) -> Result<(), sqlx::Error> {
    if keys.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update dead_letter d set resolved_at = now()
         from unnest($3::text[], $4::text[], $5::text[]) as u(model, scope, external_id)
         where d.account_id = $1 and d.integration_id = $2 and d.model = u.model and d.scope = u.scope
           and d.external_id = u.external_id and d.resolved_at is null",
    )
    .bind(&held.account_id)
    .bind(&held.integration_id)
    .bind(keys.iter().map(|k| k.model.as_str()).collect::<Vec<_>>())
    .bind(keys.iter().map(|k| k.scope.as_str()).collect::<Vec<_>>())
    .bind(keys.iter().map(|k| k.external_id.as_str()).collect::<Vec<_>>())
    .execute(tx.one())
    .await?;
    Ok(())
}

/// What stopped runs could not read, the runs that go on from them could not read either: they pass it by.
pub(crate) async fn carry_letters(
    tx: &mut Tx,
    account_id: &str,
    from: &[&str],
    to: &[&str],
) -> Result<(), sqlx::Error> {
    if from.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update dead_letter d set run_id = u.new from unnest($2::text[], $3::text[]) as u(old, new)
         where d.account_id = $1 and d.run_id = u.old and d.resolved_at is null",
    )
    .bind(account_id)
    .bind(from)
    .bind(to)
    .execute(tx.one())
    .await?;
    // The letters of companions are their lead's; their numbers are their own.
    sqlx::query(
        "update run r set rows_dead = n.letters
         from (select run_id, model, count(*) as letters from dead_letter
               where account_id = $1 and run_id = any($2) and resolved_at is null group by run_id, model) n
         where r.account_id = $1 and r.model = n.model and (r.id = n.run_id or r.lead_run_id = n.run_id)",
    )
    .bind(account_id)
    .bind(to)
    .execute(tx.one())
    .await?;
    Ok(())
}

/// Closes the letters of earlier runs that a complete full run no longer met.
pub(crate) async fn resolve_unmet(
    tx: &mut Tx,
    held: &RunLease,
    results: &[ModelEnd],
) -> Result<(), sqlx::Error> {
    let complete = results.iter().filter(|end| end.complete_full);
    sqlx::query(
        "update dead_letter set resolved_at = now()
         where account_id = $1 and integration_id = $2 and model = any($3) and run_id <> $4 and resolved_at is null",
    )
    .bind(&held.account_id)
    .bind(&held.integration_id)
    .bind(complete.map(|end| end.model.as_str()).collect::<Vec<_>>())
    .bind(&held.run_id)
    .execute(tx.one())
    .await?;
    Ok(())
}

/// Which dead letters are asked for.
#[derive(Debug, Clone, Copy)]
pub struct LetterQuery<'a> {
    /// Whose integration it is.
    pub account_id: &'a str,
    /// The integration.
    pub integration_id: &'a str,
    /// Of this sync alone.
    pub sync_id: Option<&'a str>,
    /// Of these models alone.
    pub models: Option<&'a [String]>,
    /// Without those that are resolved.
    pub only_open: bool,
    /// At most so many.
    pub limit: i64,
    /// Behind so many newer ones.
    pub offset: i64,
}

/// $1 account, $2 integration, $3 sync, $4 models, $5 only open ones.
const ASKED: &str = "account_id = $1 and integration_id = $2
    and ($3::text is null or run_id = any(array(select id from run where account_id = $1 and sync_id = $3)))
    and ($4::text[] is null or model = any($4)) and not ($5 and resolved_at is not null)";

impl Store {
    /// The letters that are asked for, newest first, with the number of all that match.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn list_dead_letters(
        &self,
        query: &LetterQuery<'_>,
    ) -> Result<(Vec<DeadLetterRow>, i64), StoreError> {
        let rows = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select id, model, run_id, scope, external_id, kind, message, at, resolved_at from dead_letter
             where {ASKED} order by id desc limit $6 offset $7"
        )))
        .bind(query.account_id)
        .bind(query.integration_id)
        .bind(query.sync_id)
        .bind(query.models)
        .bind(query.only_open)
        .bind(query.limit)
        .bind(query.offset)
        .fetch_all(self.one())
        .await?;
        let total = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select count(*) from dead_letter where {ASKED}"
        )))
        .bind(query.account_id)
        .bind(query.integration_id)
        .bind(query.sync_id)
        .bind(query.models)
        .bind(query.only_open)
        .fetch_one(self.one())
        .await?;
        Ok((rows, total))
    }

    /// Models of an integration with open dead letters, and how many. A full run of these models tries them again:
    /// letters whose records it stores are resolved, and so are letters that it no longer meets.
    ///
    /// # Errors
    /// `Unavailable` or `Database`.
    pub async fn retry_dead_letters(
        &self,
        account_id: &str,
        integration_id: &str,
        model: Option<&str>,
    ) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(sqlx::query_as(
            "select model, count(*) from dead_letter
             where account_id = $1 and integration_id = $2 and ($3::text is null or model = $3) and resolved_at is null
             group by model order by model",
        )
        .bind(account_id)
        .bind(integration_id)
        .bind(model)
        .fetch_all(self.one())
        .await?)
    }
}
