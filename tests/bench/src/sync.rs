//! A first sync of everything, through the gateway as a process.

use anyhow::{Context as _, Result, ensure};
use portcullis_e2e::{Gateway, Start, Vendor};
use portcullis_simulators::Options;
use std::time::Instant;

/// What one first sync took.
pub(crate) struct First {
    pub(crate) records: u64,
    pub(crate) seconds: f64,
    pub(crate) rss_growth_mib: f64,
}

/// Syncs a vendor of so many residents and what belongs to them, without latency and without a limit of its
/// own; the connector's declared limit of 10 requests a second holds all the same.
pub(crate) async fn first_sync(residents: u32) -> Result<First> {
    let vendor = Vendor::start(Options {
        properties: residents / 200 + 1,
        units: residents * 3 / 4,
        residents: Some(residents),
        limit: None,
        ..Options::default()
    });
    let gateway = Gateway::start(
        Start {
            managed_postgres: true,
            ..Start::default()
        }
        .env("PORTCULLIS_LOG_LEVEL", "warn"),
    )
    .await;
    let id = gateway.integration(vendor.integration("bench")).await;
    let pid = gateway.pid().context("the gateway runs")?;
    let idle = memory_mib(pid, "VmRSS:")?;
    // From here on the peak is that of the sync.
    std::fs::write(format!("/proc/{pid}/clear_refs"), "5")?;
    let begin = Instant::now();
    gateway.enable(&id).await;
    let sync = loop {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        if let Some(sync) = gateway
            .sync(&id)
            .await
            .filter(|sync| !sync["finished_at"].is_null())
        {
            break sync;
        }
    };
    let seconds = begin.elapsed().as_secs_f64();
    ensure!(
        sync["status"] == "succeeded",
        "the sync ended otherwise: {sync}"
    );
    let peak = memory_mib(pid, "VmHWM:")?;
    let truth = vendor.truth().await;
    let mut records = 0;
    for (model, count) in truth.as_object().context("the truth is an object")? {
        let total = gateway
            .admin
            .total(&format!("/v1/{model}/?limit=1&integration_id={id}"))
            .await;
        ensure!(
            Some(total) == count.as_u64(),
            "{model}: {total} instead of {count}"
        );
        records += total;
    }
    Ok(First {
        records,
        seconds,
        rss_growth_mib: peak - idle,
    })
}

fn memory_mib(pid: u32, name: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find(|line| line.starts_with(name))
        .context("no such line")?;
    let kib: f64 = line
        .split_whitespace()
        .nth(1)
        .context("no figure")?
        .parse()?;
    Ok(kib / 1024.0)
}
