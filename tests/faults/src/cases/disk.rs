//! C3: the disk under Postgres is full in the middle of a sync, and a while later has room again.

use super::{between_pages, changes, conclude, dice, first_sync, went_on_ms};
use crate::oracle::Expect;
use crate::report::Finding;
use crate::stage::Stage;
use anyhow::{Context as _, Result, ensure};
use portcullis_test_postgres::Stop;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Room that the small disk has beside what is on it already, in MiB.
const ROOM_MIB: u64 = 384;

/// For how long there is none.
const FULL: Duration = Duration::from_secs(3);

/// A file system in memory, mounted on a folder.
struct Disk {
    at: PathBuf,
}

impl Disk {
    fn mount(at: &Path, mib: u64) -> Result<Self> {
        let size = format!("size={mib}m,mode=0700");
        run(Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "portcullis-faults"])
            .arg(at))?;
        Ok(Self { at: at.to_owned() })
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Whoever still has a file open there keeps it until it ends.
        let _ = run(Command::new("umount").arg("--lazy").arg(&self.at));
    }
}

/// Why there can be no small disk here, if so.
#[must_use]
pub fn impossible() -> Option<String> {
    let folder = tempfile::tempdir().ok()?;
    Disk::mount(folder.path(), 1)
        .err()
        .map(|why| format!("no file system can be mounted: {why:#}"))
}

/// Plays once.
///
/// # Errors
/// When the stage breaks.
pub async fn play(stage: &mut Stage, seed: u64) -> Result<Finding> {
    let mut dice = dice(seed);
    let data = stage.cluster().data();
    let aside = data.with_extension("aside");
    stop(stage, Stop::Fast).await?;
    fs::rename(&data, &aside)?;
    fs::create_dir(&data)?;
    let used = run(Command::new("du").arg("-sm").arg(&aside))?;
    let used: u64 = used.split_whitespace().next().context("a size")?.parse()?;
    let disk = Disk::mount(&data, used + ROOM_MIB)?;
    copy(&aside, &data)?;
    start(stage).await?;

    let going = first_sync(stage, seed, &mut dice).await?;
    let everybody: Vec<usize> = (0..stage.replicas.len()).collect();
    let hit = between_pages(stage, &going, &everybody).await?;
    let filler = data.join("filler");
    let filled = fill(&filler)?;
    let detail = format!("{filled} MiB of a disk of {} filled", used + ROOM_MIB);
    let mut finding = Finding::new("C3", seed, detail);
    finding.interrupted = !hit.is_empty();
    tokio::time::sleep(FULL).await;
    fs::remove_file(&filler)?;
    let room = chrono::Utc::now();
    // A server that could not write its log has ended, as it must.
    let mut answers = false;
    for _ in 0..20 {
        answers = sqlx::query("select 1").execute(&stage.pool).await.is_ok();
        if answers {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    if !answers {
        stop(stage, Stop::Immediate).await?;
        start(stage).await?;
    }
    conclude(stage, &going, Expect::FirstTruth, &mut finding).await?;
    finding.resume_ms = went_on_ms(&changes(stage, &going).await?, room, &hit);
    stage.forget(&going.id).await?;

    // Back to the large one.
    stop(stage, Stop::Fast).await?;
    fs::remove_dir_all(&aside)?;
    fs::create_dir(&aside)?;
    copy(&data, &aside)?;
    drop(disk);
    fs::remove_dir(&data)?;
    fs::rename(&aside, &data)?;
    start(stage).await?;
    Ok(finding)
}

/// Writes until there is no room; gives the MiB.
fn fill(path: &Path) -> Result<u64> {
    let mut file = File::create(path)?;
    let block = vec![0xa5; 1 << 20];
    let mut blocks = 0;
    while file.write_all(&block).is_ok() {
        blocks += 1;
        ensure!(blocks < 1 << 20, "the disk is not small");
    }
    // What is left is less than a block of Postgres.
    while file.write_all(&[0xa5; 512]).is_ok() {}
    Ok(blocks)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    run(Command::new("cp").arg("-a").arg(from.join(".")).arg(to)).map(drop)
}

async fn stop(stage: &Stage, how: Stop) -> Result<()> {
    let cluster = std::sync::Arc::clone(&stage.cluster);
    tokio::task::spawn_blocking(move || {
        let mut cluster = cluster
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        cluster.stop(how)
    })
    .await?
}

async fn start(stage: &Stage) -> Result<()> {
    let cluster = std::sync::Arc::clone(&stage.cluster);
    tokio::task::spawn_blocking(move || {
        let mut cluster = cluster
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        cluster.start_again()
    })
    .await?
}

fn run(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("{:?}", command.get_program()))?;
    ensure!(
        output.status.success(),
        "{:?}: {}",
        command.get_program(),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
