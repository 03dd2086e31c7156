//! What the runtime counts, per connector, and what a trace says of a call.

use portcullis_manifest::Manifest;
use tracing::{Span, field};

use crate::call::CallReport;

/// The span of one call, from the first wait for a place to the guest's end.
pub(crate) fn span(manifest: &Manifest, function: &'static str) -> Span {
    tracing::info_span!(
        target: portcullis_trace::TARGET,
        "guest",
        otel.name = format_args!("{} {function}", manifest.id),
        otel.status_code = field::Empty,
        connector = manifest.id,
        connector_version = %manifest.version,
        function,
        outcome = field::Empty,
    )
}

/// Counts one call under its connector, function and the stable name of how it ended.
pub(crate) fn record(
    connector: &str,
    function: &'static str,
    code: &'static str,
    report: &CallReport,
) {
    let of_function = [
        ("connector", connector.to_owned()),
        ("function", function.to_owned()),
    ];
    metrics::counter!(
        "portcullis_guest_calls_total",
        "connector" => connector.to_owned(),
        "function" => function,
        "outcome" => code
    )
    .increment(1);
    metrics::histogram!("portcullis_guest_call_seconds", &of_function)
        .record(report.wall.as_secs_f64());
    metrics::histogram!("portcullis_guest_cpu_seconds", &of_function)
        .record(report.cpu.as_secs_f64());
    #[expect(
        clippy::cast_precision_loss,
        reason = "a gauge of bytes needs no 53 bits"
    )]
    metrics::histogram!("portcullis_guest_memory_peak_bytes", &of_function)
        .record(report.memory_peak_bytes as f64);
    tracing::debug!(
        connector,
        function,
        outcome = code,
        cpu_ms = report.cpu.as_millis(),
        wall_ms = report.wall.as_millis(),
        memory_peak_bytes = report.memory_peak_bytes,
        requests = report.exchanges.len(),
        log_lines_dropped = report.log_lines_dropped,
        "guest call"
    );
}
