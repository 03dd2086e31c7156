//! The log: to standard error, as text or JSON. Standard output belongs to answers.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;
use crate::failure::Failure;

/// Starts the log. A subcommand other than `serve` logs only warnings unless a level other than the default is
/// asked for: its answer is what people came for.
pub(crate) fn start(log: &crate::config::Log, serves: bool) -> Result<(), Failure> {
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
    for quiet in LIBRARIES {
        let directive = format!("{quiet}=info").parse().map_err(|error| {
            Failure::new(
                "internal_error",
                format!("log directive for {quiet}: {error}"),
            )
        })?;
        filter = filter.add_directive(directive);
    }
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => builder
            .with_ansi(std::io::stderr().is_terminal())
            .try_init(),
    };
    started
        .map_err(|error| Failure::new("internal_error", format!("the log did not start: {error}")))
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
