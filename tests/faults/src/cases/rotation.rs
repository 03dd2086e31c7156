//! C10: another vault key in the middle of a sync, a crash right after it, and somebody who comes with the former key.

use super::{between_pages, changes, conclude, dice, first_sync, holders, resumed_ms};
use crate::oracle::Expect;
use crate::report::Finding;
use crate::stage::Stage;
use anyhow::{Context as _, Result};
use serde_json::Value;

/// Plays once.
///
/// # Errors
/// When the stage breaks.
pub async fn play(stage: &mut Stage, seed: u64) -> Result<Finding> {
    let mut dice = dice(seed);
    let going = first_sync(stage, seed, &mut dice).await?;
    let own = stage.folder().join("vault.key");
    let (next, former) = (own.with_extension("next"), own.with_extension("former"));
    let _ = std::fs::remove_file(&former);
    let file = next.display().to_string();
    let told = stage.told(&["vault-key", "rotate", &file]).await?;
    std::fs::rename(&own, &former)?;
    std::fs::rename(&next, &own)?;
    let mut finding = Finding::new("C10", seed, format!("to key {}", told["vault_key_id"]));

    // The holder goes on with what it has; whoever takes over after the crash has the new key alone.
    let holding = holders(stage, &going).await?;
    let victim = holding.first().copied().unwrap_or(0);
    let hit = between_pages(stage, &going, &[victim]).await?;
    finding.interrupted = !hit.is_empty();
    let fault = chrono::Utc::now();
    stage.replicas[victim].kill().await?;
    stage.replicas[victim].start().await?;
    let stranger = stage
        .replicas
        .first()
        .context("there is a gateway")?
        .command()
        .env("PORTCULLIS_VAULT_KEY_FILE", &former)
        .args(["--json", "vault-key", "rotate", &file])
        .output()
        .await?;
    let answer: Value = serde_json::from_slice(&stranger.stdout).unwrap_or_default();
    if stranger.status.success() || answer["error"]["code"] != "wrong_vault_key" {
        finding
            .violations
            .push(format!("the former key is answered with {answer}"));
    }
    conclude(stage, &going, Expect::FirstTruth, &mut finding).await?;
    finding.resume_ms = resumed_ms(&changes(stage, &going).await?, fault, &hit);
    stage.forget(&going.id).await?;
    Ok(finding)
}
