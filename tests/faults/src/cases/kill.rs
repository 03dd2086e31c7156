//! C1: `kill -9` at a random instant of a sync, of one replica or of all at once.

use super::{
    Going, between_pages, changes, conclude, dice, first_sync, holders, resumed_ms, second_sync,
};
use crate::oracle::Expect;
use crate::report::Finding;
use crate::stage::{PATIENCE, Stage};
use anyhow::Result;
use futures_util::future::try_join_all;
use portcullis_simulators::shared::seed::Dice;
use rustix::process::Signal;
use std::time::{Duration, Instant};

/// What may be fetched again in one run: the unit that was not stored, and the page in flight.
pub const REFETCHED: u64 = 2;

/// Plays once.
///
/// # Errors
/// When the stage breaks.
pub async fn play(stage: &mut Stage, seed: u64) -> Result<Finding> {
    let mut dice = dice(seed);
    // Most kills hit a first sync; the others hit one that reads everything again and finds some of it changed.
    let again = dice.one_in(4);
    let (going, expect) = if again {
        (second_sync(stage, seed, &mut dice).await?, Expect::Truth)
    } else {
        (
            first_sync(stage, seed, &mut dice).await?,
            Expect::FirstTruth,
        )
    };
    let all = stage.replicas.len() > 1 && dice.one_in(4);
    let victims = freeze(stage, &going, all, &mut dice).await?;
    let detail = format!(
        "{} of {} replicas killed in a {} sync",
        victims.len(),
        stage.replicas.len(),
        if again { "second" } else { "first" }
    );
    let mut finding = Finding::new("C1", seed, detail);

    let fault = chrono::Utc::now();
    for victim in &victims {
        stage.replicas[*victim].signal(Signal::KILL)?;
    }
    let hit = between_pages(stage, &going, &victims).await?;
    finding.interrupted = !hit.is_empty();
    let killed = stage.replicas.iter_mut().enumerate();
    let restarts =
        killed
            .filter(|(number, _)| victims.contains(number))
            .map(async |(_, replica)| {
                replica.reap().await?;
                replica.start().await
            });
    try_join_all(restarts).await?;
    conclude(stage, &going, expect, &mut finding).await?;

    finding.resume_ms = resumed_ms(&changes(stage, &going).await?, fault, &hit);
    if finding.pages_refetched > REFETCHED {
        let pages = finding.pages_refetched;
        finding
            .violations
            .push(format!("{pages} pages of one run were fetched again"));
    }
    stage.forget(&going.id).await?;
    Ok(finding)
}

/// Stops those to be killed at an instant when one of them holds a run between its first and its last page, as far as
/// the sync has such an instant left. Stopped they cannot leave it before the kill: a kill between two models hits
/// nothing. What the server does with what was sent to it goes on, as after any crash.
async fn freeze(
    stage: &mut Stage,
    going: &Going,
    all: bool,
    dice: &mut Dice,
) -> Result<Vec<usize>> {
    let begun = Instant::now();
    loop {
        let mut holding = holders(stage, going).await?;
        let victims: Vec<usize> = if all || holding.is_empty() {
            (0..stage.replicas.len()).collect()
        } else {
            let one = dice.below(holding.len() as u64);
            vec![holding.swap_remove(usize::try_from(one)?)]
        };
        for victim in &victims {
            stage.replicas[*victim].signal(Signal::STOP)?;
        }
        let ended = stage.newest(&going.id).await?.is_none_or(|it| it.finished);
        let hits = !between_pages(stage, going, &victims).await?.is_empty();
        if hits || ended || begun.elapsed() > PATIENCE {
            return Ok(victims);
        }
        for victim in &victims {
            stage.replicas[*victim].signal(Signal::CONT)?;
        }
        tokio::time::sleep(Duration::from_micros(dice.below(30_000))).await;
    }
}
