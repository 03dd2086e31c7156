//! `portcullis connector dev`: build, swap, try, and again whenever a source changes.

use std::path::{Path, PathBuf};

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::build::{Built, build};
use super::watch::Sources;
use crate::cli::{Check, Dev};
use crate::commands::check;
use crate::commands::connector::replace;
use crate::config::Config;
use crate::failure::Failure;
use crate::output::Output;
use crate::signals;

/// Runs until SIGTERM or Ctrl-C. What goes wrong with a build or a try is said, and the next change is waited for.
pub(in crate::commands) async fn run(
    dev: Dev,
    config: &Config,
    output: Output,
) -> Result<(), Failure> {
    let stop = signals::listen()?;
    // Watching begins before the first build: what is saved meanwhile is built next.
    let mut sources = Sources::watch(&dev.project)?;
    let folder = connectors(&dev, config)?;
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = turn(&dev, folder.as_deref(), config, output, &stop) => {}
        }
        output.progress("Waiting for a change; Ctrl-C ends this.");
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            changed = sources.changed() => {
                let changed = changed?;
                output.progress(&format!("\n{} changed.", changed.display()));
            }
        }
    }
}

/// The folder that a gateway watches: the one that was named, or the usual one if it is there.
fn connectors(dev: &Dev, config: &Config) -> Result<Option<PathBuf>, Failure> {
    let named = dev.connectors.is_some() || config.connectors.dir.is_some();
    let folder = match config.connectors_dir() {
        Ok(folder) => folder,
        Err(error) if named => return Err(error.into()),
        Err(_) => return Ok(None),
    };
    Ok((named || folder.is_dir()).then_some(folder))
}

/// One build, and what follows it.
async fn turn(
    dev: &Dev,
    folder: Option<&Path>,
    config: &Config,
    output: Output,
    stop: &CancellationToken,
) {
    let built = match build(&dev.project, None, config).await {
        Ok(built) => built,
        Err(failure) => return output.failure(&failure),
    };
    output.event(&json!({"built": built.json()}), || built.text());
    if let Err(failure) = swap(&built, folder, output) {
        return output.failure(&failure);
    }
    if dev.against.base_url.is_none() && dev.against.values.is_empty() {
        return;
    }
    let check = Check {
        file: built.file,
        against: dev.against.clone(),
        pages: dev.pages,
        log_pages: true,
    };
    if let Err(failure) = check::run(check, config, output).await
        && !stop.is_cancelled()
    {
        output.failure(&failure);
    }
}

/// Puts the component where a gateway looks for it.
fn swap(built: &Built, folder: Option<&Path>, output: Output) -> Result<(), Failure> {
    let Some(folder) = folder else {
        return Ok(());
    };
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::new(
            "file_unwritable",
            format!("cannot make {}: {error}", folder.display()),
        )
    })?;
    let place = folder.join(format!("{}.wasm", built.candidate.manifest.id));
    replace(&place, built.candidate.bytes())?;
    output.event(&json!({"swapped": place}), || {
        format!(
            "Put into {}: a gateway with --trust-connectors serves it within a second.",
            folder.display()
        )
    });
    Ok(())
}
