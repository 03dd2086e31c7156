//! Kept answers, of the gateway's own cache and of nginx before the same gateway, by turns.

use super::load::{self, Load};
use super::nginx::Nginx;
use super::{Sizes, unlimited};
use crate::stage::{Scene, Stage};
use anyhow::{Context as _, Result, ensure};
use std::collections::BTreeMap;
use std::time::Duration;

/// Records on the pages.
const RECORDS: [u32; 3] = [1, 25, 100];

/// How long the first sync may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Requests that may reach the gateway while nginx answers from its cache: a moment's misses, and what looks at metrics.
const STRAY: u64 = 100;

/// One load on each.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) gateway: Load,
    pub(super) nginx: Load,
}

/// All of one size.
#[derive(Debug, Default)]
pub(super) struct Runs {
    pub(super) runs: Vec<Run>,
    pub(super) body_bytes: usize,
}

/// Measures both by turns, by records on the page.
pub(super) async fn measure(sizes: &Sizes, say: impl Fn(&str)) -> Result<BTreeMap<u32, Runs>> {
    let mut stage = Box::pin(Stage::set(&Scene {
        units: 400,
        latency_ms: 0,
        history: false,
        env: vec![
            unlimited(),
            ("PORTCULLIS_LOG_LEVEL".to_owned(), "info".to_owned()),
        ],
        ..Scene::default()
    }))
    .await?;
    let id = stage.integration("bench").await?;
    stage.enable(&id).await?;
    let word = stage.ended(&id, PATIENCE).await?.context("the sync ends")?;
    ensure!(word.status == "succeeded", "the sync is {}", word.status);
    let gateway = stage.replicas[0].base_url.clone();
    let nginx = Nginx::start(&gateway).await?;
    let mut all: BTreeMap<u32, Runs> = BTreeMap::new();
    for run in 0..=2 * sizes.runs {
        for records in RECORDS {
            let path = format!("/v1/residents/?integration_id={id}&limit={records}");
            let body_bytes = same_bytes(&stage, &nginx, &path).await?;
            let mut pair = [None, None];
            // Whoever comes first finds a cooler machine, so they take turns in that, too.
            for turn in 0..2 {
                let which = (run / 2 + turn) % 2;
                let base = [&gateway, &nginx.base_url][which];
                let before = requests(&mut stage).await?;
                let url = format!("{base}{path}");
                let load = load::run(&url, &stage.first.key, sizes.seconds, body_bytes).await?;
                let reached = requests(&mut stage).await? - before;
                ensure!(
                    (which == 0) == (reached > STRAY),
                    "{base} let {reached} requests reach the gateway"
                );
                pair[which] = Some(load);
            }
            let [Some(own), Some(peer)] = pair else {
                continue;
            };
            say(&format!(
                "run {run}, {records} records: {:.0} a second, p99 {:.2} ms; nginx {:.0}, p99 {:.2} ms; ratio {:.3}",
                own.per_second,
                own.p99_ms,
                peer.per_second,
                peer.p99_ms,
                own.per_second / peer.per_second
            ));
            let kept = all.entry(records).or_default();
            kept.body_bytes = body_bytes;
            // The first run warms both up.
            if run > 0 {
                kept.runs.push(Run {
                    gateway: own,
                    nginx: peer,
                });
            }
        }
    }
    nginx.end().await?;
    Ok(all)
}

/// Both give the same body, from a cache; gives its length.
async fn same_bytes(stage: &Stage, nginx: &Nginx, path: &str) -> Result<usize> {
    // As wrk asks: nginx keeps the form of whoever came first and gives it to all.
    let client = reqwest::Client::builder().no_proxy().no_gzip().build()?;
    let mut bodies = Vec::new();
    for base in [&stage.replicas[0].base_url, &nginx.base_url] {
        // The first fills, the second hits.
        for _ in 0..2 {
            let request = client.get(format!("{base}{path}"));
            let answer = request.bearer_auth(&stage.first.key).send().await?;
            bodies.push(answer.error_for_status()?.bytes().await?);
        }
    }
    ensure!(
        bodies.iter().all(|body| *body == bodies[0]),
        "nginx and the gateway answer {path} differently"
    );
    Ok(bodies[0].len())
}

/// Requests for records that the gateway has answered so far.
async fn requests(stage: &mut Stage) -> Result<u64> {
    let text = stage.admin()?.get("/metrics").await?;
    let text = text.as_str().unwrap_or_default();
    Ok(text
        .lines()
        .filter(|line| line.starts_with("portcullis_http_requests_total"))
        .filter(|line| line.contains("/v1/residents"))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum())
}
