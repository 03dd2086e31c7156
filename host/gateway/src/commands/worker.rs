//! `portcullis worker`: syncs without serving. Any number of them work on one database, beside any number that serve.

use serde_json::json;

use super::serve::Work;
use crate::cli;
use crate::config::Config;
use crate::database::Database;
use crate::failure::Failure;
use crate::output::Output;
use crate::signals;

pub(super) async fn run(
    worker: cli::Worker,
    config: Config,
    output: Output,
) -> Result<(), Failure> {
    let stop = signals::listen()?;
    if worker.exit_with_parent {
        signals::end_with_parent(&stop)?;
    }
    let database = Database::open(&config).await?;
    let result = async {
        let vault = database.vault(&config, output).await?;
        let work = Work::start(&database, &config, vault, &stop)?;
        let connectors = config.connectors_dir()?;
        output.event(&json!({"event": "working"}), || {
            format!("Working; connectors from {}", connectors.display())
        });
        stop.cancelled().await;
        work.drain().await;
        Ok(())
    };
    let result = Box::pin(result).await;
    let closed = database.close().await;
    result.and(closed)
}
