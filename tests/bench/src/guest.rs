//! One guest call: a page of 1,000 units, from a simulator without latency.

use anyhow::{Context as _, Result, anyhow};
use portcullis_e2e::{component, program};
use portcullis_egress::{Client, ClientSettings, SystemResolver, Unlimited};
use portcullis_manifest::Environment;
use portcullis_runtime::contract::sync::{PageRequest, Span};
use portcullis_runtime::{CancellationToken, CompilerCommand, Runtime, RuntimeConfig, inspect};
use portcullis_simulators::{Options, Simulator};
use portcullis_sync::{Caller, Egress, FingerprintKey, Sessions, Target};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Calls of one sample; their median counts.
const CALLS: usize = 20;

/// Milliseconds of processor time inside the guest, per sample.
pub(crate) async fn page_ms(samples: usize) -> Result<Vec<f64>> {
    let simulator = Simulator::start(Options {
        units: 1_000,
        limit: None,
        ..Options::default()
    })?;
    let cache = tempfile::tempdir()?;
    let compiler = CompilerCommand::Child(vec![
        program("portcullis").into(),
        "compile-component".into(),
    ]);
    let runtime = Runtime::new(RuntimeConfig::new(cache.path().to_owned(), compiler))?;
    let bytes = std::fs::read(component("connector_buildium"))?;
    let candidate =
        inspect(bytes).map_err(|refusal| anyhow!("{}: {}", refusal.code(), refusal.detail))?;
    let loaded = runtime
        .load(candidate)
        .await
        .map_err(|refusal| anyhow!("{}: {}", refusal.code(), refusal.detail))?;
    let secrets = [
        ("clientId", &simulator.ready.client_id),
        ("secret", &simulator.ready.secret),
    ];
    let target = Target {
        account_id: "acc_bench".to_owned(),
        integration_id: "int_bench".to_owned(),
        environment: Environment::Sandbox,
        base_url: Some(simulator.url().to_owned()),
        settings: BTreeMap::new(),
        secrets: secrets
            .map(|(name, value)| (name.to_owned(), value.clone().into()))
            .into(),
    };
    let egress = Egress {
        client: Arc::new(Client::new(
            ClientSettings::default(),
            Arc::new(SystemResolver),
        )?),
        limiter: Arc::new(Unlimited),
        sessions: Sessions::local(),
        fingerprints: FingerprintKey::random(),
        allow_loopback: true,
    };
    let caller = Caller::new(loaded, target, &egress)?;
    let mut medians = Vec::new();
    for _ in 0..samples {
        let mut times = Vec::new();
        for _ in 0..CALLS {
            let (wall, cancel) = (Duration::from_secs(60), CancellationToken::new());
            let outcome = caller.pull(1, wall, &cancel, units()).await;
            let page = outcome.result.context("pull a page of units")?;
            anyhow::ensure!(
                page.batches[0].upserts.len() == 1_000,
                "the page is not whole"
            );
            times.push(outcome.report.cpu.as_secs_f64() * 1e3);
        }
        medians.push(crate::median(&times));
    }
    Ok(medians)
}

fn units() -> PageRequest {
    PageRequest {
        model: "units".to_owned(),
        companions: Vec::new(),
        span: Span::Full,
        partition: None,
        cursor: None,
        started_at: 1_790_000_000_000,
        target_records: 1_000,
        max_bytes: 16 << 20,
        originals: false,
        extras: Vec::new(),
    }
}
