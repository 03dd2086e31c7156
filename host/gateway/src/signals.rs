//! SIGTERM and Ctrl-C.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;

/// Cancels the answered token at the first SIGTERM or SIGINT. A second one ends the process at once: whoever asks
/// twice does not want to wait for the drain, and everything here survives a kill.
pub(crate) fn listen() -> Result<CancellationToken, Failure> {
    let unavailable = |error: std::io::Error| {
        Failure::new(
            "internal_error",
            format!("signals cannot be received: {error}"),
        )
    };
    let mut terminate = signal(SignalKind::terminate()).map_err(unavailable)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unavailable)?;
    let token = CancellationToken::new();
    let first = token.clone();
    tokio::spawn(async move {
        for turn in 0..2 {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if turn == 0 {
                tracing::info!("stopping; once more to stop at once");
                first.cancel();
            }
        }
        std::process::exit(130);
    });
    Ok(token)
}

/// Has the system send SIGTERM when the process that started this one ends. Must run on the main thread, which lives
/// as long as the process: the wish belongs to the thread that uttered it.
pub(crate) fn end_with_parent(stop: &CancellationToken) -> Result<(), Failure> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, getppid, set_parent_process_death_signal};
        set_parent_process_death_signal(Some(Signal::TERM)).map_err(|error| {
            Failure::new(
                "internal_error",
                format!("the end of the parent cannot be watched: {error}"),
            )
        })?;
        // It may have ended before the wish was uttered: then this process has been handed to init.
        if getppid().is_none_or(rustix::process::Pid::is_init) {
            stop.cancel();
        }
        Ok(())
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = stop;
        Err(Failure::new(
            "unsupported",
            "--exit-with-parent works on Linux alone",
        ))
    }
}
