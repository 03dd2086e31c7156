//! Which case a seed plays, so that a seed alone plays a finding again.

use crate::cases::lies::LIES;
use crate::cases::postgres::Break;
use crate::cases::{clock, disk, files, kill, postgres, race, rotation, signals, swap, vendor};
use crate::report::Finding;
use crate::stage::{Scene, Stage};
use anyhow::{Result, bail};
use portcullis_test_postgres::Stop;

/// Seeds of one base: `base * SEEDS` and those after it.
pub const SEEDS: u64 = 1_000;

/// Kills take the first of them.
pub const KILLS: u64 = 800;

/// Lies of the vendor begin here; what else is played lies between.
const FIRST_LIE: u64 = 850;

/// How long a call may take where the vendor lies: it would be a minute, and some lies are only to wait.
const CALL: &str = "6s";

/// What is played once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Play {
    /// C1.
    Kill,
    /// C2.
    Postgres(Break),
    /// C4.
    Race,
    /// C5.
    Zombie,
    /// C6: the jump in seconds.
    Clock(i64),
    /// C8.
    Drain,
    /// C3.
    Disk,
    /// C7.
    Swap,
    /// C9.
    Files,
    /// C10.
    Rotation,
    /// B1 to B13: the number of the lie.
    Lie(usize),
}

const OTHERS: &[Play] = &[
    Play::Postgres(Break::Restart(Stop::Fast)),
    Play::Postgres(Break::Restart(Stop::Immediate)),
    Play::Postgres(Break::Restart(Stop::Fast)),
    Play::Postgres(Break::Restart(Stop::Immediate)),
    Play::Postgres(Break::Cut),
    Play::Postgres(Break::Lock),
    Play::Race,
    Play::Race,
    Play::Race,
    Play::Race,
    Play::Zombie,
    Play::Zombie,
    Play::Zombie,
    Play::Zombie,
    Play::Clock(3_600),
    Play::Clock(-3_600),
    Play::Clock(86_400),
    Play::Clock(-86_400),
    Play::Drain,
    Play::Drain,
    Play::Drain,
    Play::Drain,
    Play::Disk,
    Play::Disk,
    Play::Files,
    Play::Files,
    Play::Swap,
    Play::Swap,
    Play::Rotation,
    Play::Rotation,
];

/// What a seed plays.
///
/// # Errors
/// When no case has that seed.
pub fn of(seed: u64) -> Result<Play> {
    let number = seed % SEEDS;
    if number < KILLS {
        return Ok(Play::Kill);
    }
    if let Some(lie) = number.checked_sub(FIRST_LIE) {
        let lie = usize::try_from(lie)?;
        if lie >= LIES.len() {
            bail!("no case has the seed {seed}");
        }
        return Ok(Play::Lie(lie));
    }
    match OTHERS.get(usize::try_from(number - KILLS)?) {
        Some(play) => Ok(*play),
        None => bail!("no case has the seed {seed}"),
    }
}

/// The name of the case that a seed plays.
///
/// # Errors
/// When no case has that seed.
pub fn case(seed: u64) -> Result<&'static str> {
    Ok(match of(seed)? {
        Play::Kill => "C1",
        Play::Postgres(_) => "C2",
        Play::Race => "C4",
        Play::Zombie => "C5",
        Play::Clock(_) => "C6",
        Play::Drain => "C8",
        Play::Disk => "C3",
        Play::Swap => "C7",
        Play::Files => "C9",
        Play::Rotation => "C10",
        Play::Lie(lie) => LIES[lie].case,
    })
}

/// The seeds of a run: so many kills, and every other case once.
#[must_use]
pub fn seeds(base: u64, kills: u64) -> Vec<u64> {
    let first = base * SEEDS;
    (0..kills.min(KILLS))
        .chain((0..OTHERS.len() as u64).map(|number| KILLS + number))
        .chain((0..LIES.len() as u64).map(|number| FIRST_LIE + number))
        .map(|number| first + number)
        .collect()
}

/// The stage that a seed is played on: as many are set as there are different ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// So many gateways.
    Gateways(usize),
    /// One gateway that waits for nobody long, and one of two vendors that lie.
    Lied(u64),
    /// One gateway, and a server whose disk is changed.
    SmallDisk,
}

/// Why a seed cannot be played on this machine, if so.
///
/// # Errors
/// When no case has that seed.
pub fn impossible(seed: u64) -> Result<Option<String>> {
    Ok(match of(seed)? {
        Play::Disk => disk::impossible(),
        _ => None,
    })
}

/// The stage of a seed.
///
/// # Errors
/// When no case has that seed.
pub fn on(seed: u64) -> Result<On> {
    Ok(match of(seed)? {
        Play::Kill => On::Gateways(1 + usize::try_from(seed % 3)?),
        Play::Postgres(_) => On::Gateways(1),
        Play::Zombie | Play::Drain | Play::Clock(_) | Play::Files | Play::Swap | Play::Rotation => {
            On::Gateways(2)
        }
        Play::Disk => On::SmallDisk,
        Play::Race => On::Gateways(3),
        Play::Lie(lie) => On::Lied(lie as u64 % 2),
    })
}

/// How a stage is set.
#[must_use]
pub fn scene(on: On) -> Scene {
    match on {
        On::Gateways(replicas) => Scene {
            replicas,
            seed: replicas as u64,
            ..Scene::default()
        },
        On::SmallDisk => Scene {
            seed: 20,
            ..Scene::default()
        },
        On::Lied(number) => Scene {
            seed: 10 + number,
            env: vec![("PORTCULLIS_LIMITS_WALL".to_owned(), CALL.to_owned())],
            ..Scene::default()
        },
    }
}

/// Plays a seed.
///
/// # Errors
/// When the stage breaks.
pub async fn play(stage: &mut Stage, seed: u64) -> Result<Finding> {
    match of(seed)? {
        Play::Kill => kill::play(stage, seed).await,
        Play::Postgres(how) => postgres::play(stage, seed, how).await,
        Play::Race => race::play(stage, seed).await,
        Play::Zombie => signals::zombie(stage, seed).await,
        Play::Clock(seconds) => clock::play(stage, seed, seconds).await,
        Play::Drain => signals::drain(stage, seed).await,
        Play::Disk => disk::play(stage, seed).await,
        Play::Files => files::play(stage, seed).await,
        Play::Swap => swap::play(stage, seed).await,
        Play::Rotation => rotation::play(stage, seed).await,
        Play::Lie(lie) => vendor::play(stage, seed, &LIES[lie]).await,
    }
}
