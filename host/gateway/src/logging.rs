//! The log: to standard error, as text or JSON; beside it, spans to a collector. Standard output belongs to answers.

use std::io::IsTerminal;

use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, Registry, fmt};

use crate::config::LogFormat;
use crate::failure::Failure;
use crate::telemetry::Telemetry;

/// Starts the log. A subcommand other than `serve` logs only warnings unless a level other than the default is
/// asked for: its answer is what people came for.
pub(crate) fn start(
    log: &crate::config::Log,
    serves: bool,
    telemetry: Option<&Telemetry>,
) -> Result<(), Failure> {
    let level = match log.level.as_str() {
        "info" if !serves => "warn",
        // The HTTP stack's own lines at debug and trace carry request bytes, credentials included: never.
        level => level,
    };
    let mut filter = EnvFilter::try_new(level).map_err(|error| {
        Failure::new(
            "config_invalid",
            format!("log.level {level:?} is no level and no filter: {error}"),
        )
    })?;
    let capped = LIBRARIES.map(|library| format!("{library}=info"));
    let traces = format!("{}=off", portcullis_trace::TARGET);
    for directive in capped.iter().chain([&traces]) {
        let directive = directive.parse().map_err(|error| {
            Failure::new(
                "internal_error",
                format!("log directive {directive}: {error}"),
            )
        })?;
        filter = filter.add_directive(directive);
    }
    let lines = fmt::layer().with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Json => init(lines.json().flatten_event(true), filter, telemetry),
        LogFormat::Text => {
            let ansi = std::io::stderr().is_terminal();
            init(lines.with_ansi(ansi), filter, telemetry)
        }
    };
    started
        .map_err(|error| Failure::new("internal_error", format!("the log did not start: {error}")))
}

/// Without a collector the filter stands before everything, so that what it leaves out costs nothing.
fn init(
    lines: impl Layer<Registry> + Send + Sync,
    filter: EnvFilter,
    telemetry: Option<&Telemetry>,
) -> Result<(), TryInitError> {
    let registry = tracing_subscriber::registry();
    match telemetry {
        None => registry.with(lines).with(filter).try_init(),
        Some(telemetry) => registry
            .with(lines.with_filter(filter))
            .with(telemetry.layer())
            .try_init(),
    }
}

/// Libraries whose debug and trace lines carry request bytes, so credentials and personal data: capped at info.
const LIBRARIES: [&str; 10] = [
    "h2",
    "hyper",
    "hyper_util",
    "reqwest",
    "rustls",
    "sqlx",
    "tower",
    "wasmtime",
    "cranelift",
    "want",
];
