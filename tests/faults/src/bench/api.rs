//! Figures of the API: kept answers beside nginx, pages that no cache holds, an export, and how soon a replica hears
//! that a run has ended.

mod heard;
mod kept;
mod load;
mod million;
mod muffler;
mod nginx;

use crate::bench::figure::Figure;
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;

pub use heard::Heard;
pub use million::{Export, Page};

/// How large and how often.
#[derive(Debug, Clone)]
pub struct Sizes {
    /// Runs of each figure beside nginx, after one that warms up; as many more are its control.
    pub runs: usize,
    /// How long each run is, in seconds.
    pub seconds: u64,
    /// Rows of the model that is paged through and exported.
    pub rows: u32,
    /// Requests of each page.
    pub pages: usize,
    /// Ends of runs that a replica must hear of.
    pub run_ends: usize,
}

/// `api.json`.
#[derive(Debug, Serialize)]
pub struct Api {
    /// Requests a second of the gateway over those of nginx, by records on the page.
    nginx_ratio: BTreeMap<u32, Figure>,
    requests_per_second: BTreeMap<u32, Beside>,
    p99_ms: BTreeMap<u32, Beside>,
    body_bytes: BTreeMap<u32, usize>,
    /// A page of 100 that no cache holds.
    cold_page: Page,
    export: Export,
    invalidation_ms: Heard,
}

/// The same figure of both.
#[derive(Debug, Serialize)]
pub struct Beside {
    gateway: Figure,
    nginx: Figure,
}

/// Measures all.
///
/// # Errors
/// When a program is missing or breaks, or an answer is not what it should be.
pub async fn measure(sizes: &Sizes, say: impl Fn(&str)) -> Result<Api> {
    let mut ratios = BTreeMap::new();
    let mut rates = BTreeMap::new();
    let mut tails = BTreeMap::new();
    let mut bodies = BTreeMap::new();
    for (records, runs) in Box::pin(kept::measure(sizes, &say)).await? {
        let of = |figure: fn(&kept::Run) -> f64| {
            let values: Vec<f64> = runs.runs.iter().map(figure).collect();
            Figure::by_turns(&values)
        };
        let ratio = of(|run| run.gateway.per_second / run.nginx.per_second);
        ratios.insert(records, ratio);
        let rate = Beside {
            gateway: of(|run| run.gateway.per_second),
            nginx: of(|run| run.nginx.per_second),
        };
        rates.insert(records, rate);
        let tail = Beside {
            gateway: of(|run| run.gateway.p99_ms),
            nginx: of(|run| run.nginx.p99_ms),
        };
        tails.insert(records, tail);
        bodies.insert(records, runs.body_bytes);
    }
    let (cold_page, export) = Box::pin(million::measure(sizes, &say)).await?;
    let invalidation_ms = Box::pin(heard::measure(sizes.run_ends, &say)).await?;
    Ok(Api {
        nginx_ratio: ratios,
        requests_per_second: rates,
        p99_ms: tails,
        body_bytes: bodies,
        cold_page,
        export,
        invalidation_ms,
    })
}

/// No limit of requests: it would be all that is measured. nginx has none either.
fn unlimited() -> (String, String) {
    (
        "PORTCULLIS_API_REQUESTS_PER_MINUTE".to_owned(),
        "0".to_owned(),
    )
}

/// The value that this share of the values does not exceed; zero of none.
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted
        .get(place.saturating_sub(1))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn a_quantile_is_a_value_that_was_seen() {
        let values: Vec<f64> = (1..=1000).rev().map(f64::from).collect();
        assert_eq!(
            (quantile(&values, 0.5), quantile(&values, 0.99)),
            (500.0, 990.0)
        );
        assert_eq!((quantile(&[7.0], 0.99), quantile(&[], 0.5)), (7.0, 0.0));
    }
}
