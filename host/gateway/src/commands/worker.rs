//! `portcullis worker`: syncs without serving. Any number of them work on one database, beside any number that serve.

use serde_json::json;

use super::serve::Work;
use crate::cli;
use crate::config::Config;
use crate::database::Database;
use crate::failure::Failure;
use crate::measures;
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
    let metrics = measures::start()?;
    let told = match config.sync.metrics_listen {
        Some(address) => Some(measures::tell(address, metrics, stop.clone()).await?),
        None => None,
    };
    let metrics_url = told
        .as_ref()
        .map(|(address, _)| format!("http://{address}/metrics"));
    let database = Database::open(&config).await?;
    let result = async {
        let vault = database.vault(&config, output).await?;
        let work = Work::start(&database, &config, vault, &stop)?;
        let connectors = config.connectors_dir()?;
        let event = json!({"event": "working", "metrics_url": metrics_url});
        output.event(&event, || {
            let told = metrics_url.map_or_else(String::new, |url| format!(", metrics at {url}"));
            format!("Working; connectors from {}{told}", connectors.display())
        });
        stop.cancelled().await;
        work.drain().await;
        Ok(())
    };
    let result = Box::pin(result).await;
    let closed = database.close().await;
    result.and(closed)
}
