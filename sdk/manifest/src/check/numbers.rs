//! Limits, sessions and budgets: nothing is zero.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{LOWER, refuse, word};
use crate::error::ManifestError;
use crate::manifest::Manifest;

/// Longest window that a limiter remembers.
const LONGEST_WINDOW: Duration = Duration::from_secs(31 * 86_400);

pub(super) fn check(manifest: &Manifest) -> Result<(), ManifestError> {
    positive("state-format", u64::from(manifest.state_format))?;
    let mut names = BTreeSet::new();
    for (index, limit) in manifest.limits.iter().enumerate() {
        let key = format!("limit[{index}]");
        word(format!("{key}.name"), &limit.name, LOWER)?;
        if !names.insert(limit.name.as_str()) {
            return refuse(
                "name_twice",
                format!("{key}.name"),
                format!("{:?} is taken", limit.name),
            );
        }
        positive(format!("{key}.requests"), u64::from(limit.requests))?;
        window(format!("{key}.per"), limit.per)?;
        positive(
            format!("{key}.concurrency"),
            limit.concurrency.map_or(1, u64::from),
        )?;
    }
    if let Some(session) = &manifest.session {
        for (key, duration) in [
            ("session.lifetime", session.lifetime),
            ("session.idle", session.idle),
        ] {
            positive(
                key,
                duration.map_or(1, |duration| u64::from(!duration.is_zero())),
            )?;
        }
        positive("session.live", session.live.map_or(1, u64::from))?;
        if let Some(minting) = &session.minting {
            positive("session.minting.opens", u64::from(minting.opens))?;
            window("session.minting.per".to_owned(), minting.per)?;
        }
    }
    let budget = &manifest.budget;
    positive("budget.memory-mib", u64::from(budget.memory_mib))?;
    positive("budget.cpu-ms", budget.cpu_ms)?;
    positive("budget.wall-s", budget.wall_s)?;
    positive("budget.requests", u64::from(budget.requests))?;
    positive("budget.result-mib", u64::from(budget.result_mib))?;
    // A component's linear memory has 32-bit addresses.
    if budget.memory_mib > 4096 {
        return refuse("number_invalid", "budget.memory-mib", "write at most 4096");
    }
    Ok(())
}

fn positive(key: impl Into<String>, number: u64) -> Result<(), ManifestError> {
    if number == 0 {
        refuse("number_invalid", key, "write a number above 0")
    } else {
        Ok(())
    }
}

fn window(key: String, per: Duration) -> Result<(), ManifestError> {
    if per.is_zero() || per > LONGEST_WINDOW {
        return refuse(
            "number_invalid",
            key,
            "write a duration above 0 and of at most 31 days",
        );
    }
    Ok(())
}
