//! What the history of the runs shows: I1, I2 and I8.

use super::Expect;
use crate::history::Change;
use anyhow::Result;
use sqlx::PgPool;
use std::collections::{BTreeMap, HashMap};

/// I1: a run that succeeded ended together with a last unit.
pub(super) fn successes(changes: &[Change], found: &mut Vec<String>) {
    for change in changes.iter().filter(|change| change.finished) {
        let claims_success = matches!(
            change.status.as_str(),
            "succeeded" | "succeeded_empty" | "partial"
        );
        // A companion has no pages of its own; its lead's unit carries it.
        let own_unit = change.is_commit()
            || changes.iter().any(|other| {
                other.xid == change.xid
                    && (Some(&other.run_id) == change.lead_run_id.as_ref()
                        || other.run_id == change.run_id)
                    && other.is_commit()
            });
        if claims_success && !own_unit {
            found.push(format!(
                "I1: the run of {} became {} without a last unit",
                change.model, change.status
            ));
        }
    }
}

/// I2: a cursor moves only together with what was read before it, and the other way round.
pub(super) fn atomicity(changes: &[Change], found: &mut Vec<String>) {
    for change in changes.iter().filter(|change| change.lead_run_id.is_none()) {
        let moved = change.cursor != change.old_cursor && change.cursor.is_some();
        let with_pages = changes.iter().any(|other| {
            other.xid == change.xid && other.run_id == change.run_id && other.pages > 0
        });
        if moved && !with_pages {
            found.push(format!(
                "I2: the cursor of {} moved in a transaction that stored no page",
                change.model
            ));
        }
        if change.pages < 0 || change.rows_new < 0 || change.rows_changed < 0 {
            found.push(format!("I2: a counter of {} went back", change.model));
        }
    }
}

/// I2: the rows that a transaction left are those that it counted, in the transaction that moved the cursor.
pub(super) async fn transactions(
    pool: &PgPool,
    integration_id: &str,
    changes: &[Change],
    expect: Expect,
    found: &mut Vec<String>,
) -> Result<()> {
    let left: Vec<(String, String, i64)> = sqlx::query_as(
        // What a person has deleted is in the audit, and counts for no run.
        "select model, xmin::text, count(*) from record
         where integration_id = $1
           and (deleted_at is null or not exists (
                select from audit where action = 'deletes.confirm' and subject = $1))
         group by 1, 2",
    )
    .bind(integration_id)
    .fetch_all(pool)
    .await?;
    let mut counted: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for change in changes {
        *counted.entry((&change.model, &change.xid)).or_default() +=
            change.rows_new + change.rows_changed;
    }
    for (model, xid, rows) in &left {
        match counted.remove(&(model.as_str(), xid.as_str())) {
            None => found.push(format!(
                "I2: {rows} rows of {model} were written in a transaction that counted nothing"
            )),
            Some(said) if expect == Expect::FirstTruth && said != *rows => found.push(format!(
                "I2: a unit of {model} counted {said} rows and left {rows}"
            )),
            Some(_) => {}
        }
    }
    if expect == Expect::FirstTruth {
        for ((model, _), said) in counted.iter().filter(|(_, said)| **said != 0) {
            found.push(format!(
                "I2: a unit of {model} counted {said} rows and left none"
            ));
        }
    }
    Ok(())
}

/// I8: only who claimed a run last writes to it, and nobody claims what another still holds.
pub(super) fn holders(changes: &[Change], found: &mut Vec<String>) {
    let mut holders: HashMap<&str, &str> = HashMap::new();
    for change in changes {
        let run = change.lead_run_id.as_deref().unwrap_or(&change.run_id);
        if change.is_claim() {
            if change.fence != change.old_fence + 1 {
                found.push(format!(
                    "I8: the fence of {} went from {} to {}",
                    change.model, change.old_fence, change.fence
                ));
            }
            let held = change.old_status == "running"
                && change.old_lease.is_some_and(|until| until > change.at);
            if held {
                found.push(format!(
                    "I8: {} claimed the run of {} while {} held it",
                    change.who,
                    change.model,
                    holders.get(run).unwrap_or(&"somebody")
                ));
            }
            holders.insert(run, &change.who);
            continue;
        }
        let holder = holders.get(run).copied();
        let writes = change.is_commit() || (change.old_status == "running" && change.finished);
        if writes && holder.is_some_and(|holder| holder != change.who) {
            found.push(format!(
                "I8: {} wrote to the run of {} that {} held",
                change.who,
                change.model,
                holder.unwrap_or_default()
            ));
        }
    }
}
