//! The one oracle that every case asks: do I1 to I8 hold?
//!
//! I1 no `succeeded` without an end marker · I2 rows, cursor and counters of a commit unit are atomic · I3 no two
//! records with the same key · I4 the table equals the vendor's truth after recovery · I5 no tombstone from an incomplete
//! pass · I6 no account sees another's bytes · I7 no secret outside the vault · I8 at most one holder of a fence.

mod commits;
mod pages;
mod secrets;
mod strangers;
mod table;

use crate::history;
use crate::stage::Stage;
use crate::truth::Truth;
use anyhow::Result;
pub(crate) use pages::refetched;
pub use pages::{Fetched, fetched};
pub use secrets::forms;

/// What the case leads one to expect of the last sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// It read everything: `succeeded`, and the table is the truth.
    Truth,
    /// The same of a first sync without any mutation: each row was new exactly once, each counter says so.
    FirstTruth,
    /// The vendor lied or refused: the word may be anything but a false success, and rows may be missing.
    Honest,
}

/// Asks about one integration. `since` is the vendor's request before its last sync.
///
/// # Errors
/// When the oracle cannot look.
pub async fn judge(
    stage: &mut Stage,
    integration_id: &str,
    since: u64,
    truth: &Truth,
    expect: Expect,
) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let changes = history::read(&stage.pool, integration_id).await?;
    let asked = stage.asked(since);
    commits::successes(&changes, &mut found);
    commits::atomicity(&changes, &mut found);
    commits::holders(&changes, &mut found);
    commits::transactions(&stage.pool, integration_id, &changes, expect, &mut found).await?;
    table::duplicates(&stage.pool, integration_id, &mut found).await?;
    table::accounts(
        &stage.pool,
        integration_id,
        &stage.first.account_id,
        &mut found,
    )
    .await?;
    table::tombstones(&stage.pool, integration_id, truth, &mut found).await?;
    table::live_counts(&stage.pool, integration_id, &mut found).await?;
    match expect {
        Expect::Truth | Expect::FirstTruth => {
            table::words(&stage.pool, integration_id, truth, expect, &mut found).await?;
            table::rows(&stage.pool, integration_id, truth, &mut found).await?;
            if expect == Expect::FirstTruth {
                pages::all_read(&asked, &stage.vendor.ready.client_id, truth, &mut found);
            }
        }
        Expect::Honest => {
            table::no_false_success(&stage.pool, integration_id, truth, &mut found).await?;
        }
    }
    strangers::see_nothing(stage, integration_id, &mut found).await?;
    secrets::logs(stage, &mut found)?;
    Ok(found)
}

/// Searches everything the server ever wrote, and all logs, for the secret: its tables hold it only encrypted.
///
/// # Errors
/// When a file cannot be read.
pub fn leaks(stage: &mut Stage) -> Result<Vec<String>> {
    let mut found = Vec::new();
    secrets::logs(stage, &mut found)?;
    secrets::files(stage, &mut found)?;
    Ok(found)
}
