//! What this process measures, and the port on which a process that does not serve tells it.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::{HeaderName, header};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::failure::Failure;
use crate::listening::bind;

/// How often histograms are folded, so that they do not grow between scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// Buckets of every duration: from a cache hit to a vendor that barely answers.
const SECONDS: [f64; 14] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0,
];

/// Installs the recorder of the process' metrics and keeps it small.
pub(crate) fn start() -> Result<PrometheusHandle, Failure> {
    let failed = |error: BuildError| {
        Failure::new(
            "internal_error",
            format!("the metrics did not start: {error}"),
        )
    };
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .map_err(failed)?
        .install_recorder()
        .map_err(failed)?;
    let kept = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            kept.run_upkeep();
        }
    });
    Ok(handle)
}

/// Tells the metrics at `/metrics`, and at `/healthz` that the process lives. Gives the address that was taken.
pub(crate) async fn tell(
    address: SocketAddr,
    handle: PrometheusHandle,
    stop: CancellationToken,
) -> Result<(SocketAddr, AbortOnDropHandle<()>), Failure> {
    const TEXT: [(HeaderName, &str); 1] = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    let listener = bind(address, "`sync.metrics_listen`").await?;
    let taken = listener.local_addr().unwrap_or(address);
    let router = Router::new()
        .route(
            "/metrics",
            get(move || std::future::ready((TEXT, handle.render()))),
        )
        .route("/healthz", get(async || "alive\n"));
    let telling = tokio::spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned());
        if let Err(error) = served.await {
            tracing::warn!(%error, "the metrics are not told any more");
        }
    });
    Ok((taken, AbortOnDropHandle::new(telling)))
}
