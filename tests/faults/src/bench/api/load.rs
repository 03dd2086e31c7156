//! The load generator: wrk, the same for both.

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

/// Connections of the load.
const CONNECTIONS: &str = "32";

/// What a server did under load.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub(super) per_second: f64,
    pub(super) p99_ms: f64,
}

/// Asks for one address as fast as it is answered.
///
/// # Errors
/// When wrk is missing, or anything but success is answered.
pub(super) async fn run(url: &str, key: &str, seconds: u64) -> Result<Load> {
    let output = Command::new("wrk")
        .args(["--threads", "1", "--connections", CONNECTIONS, "--latency"])
        .arg(format!("--duration={seconds}s"))
        .arg(format!("--header=Authorization: Bearer {key}"))
        .arg(url)
        .kill_on_drop(true)
        .output()
        .await
        .context("wrk: scripts/setup.sh --bench installs it")?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "wrk failed: {said}");
    ensure!(
        !said.contains("Non-2xx") && !said.contains("Socket errors"),
        "not everything was answered: {said}"
    );
    read(&said).with_context(|| format!("wrk said something else: {said}"))
}

fn read(said: &str) -> Option<Load> {
    let value = |name: &str| {
        let line = said.lines().find(|line| line.trim().starts_with(name))?;
        line.split_whitespace().nth(1)
    };
    Some(Load {
        per_second: value("Requests/sec:")?.parse().ok()?,
        p99_ms: milliseconds(value("99%")?)?,
    })
}

/// A time as wrk writes it: `341.00us`, `1.21ms`, `1.02s`.
fn milliseconds(text: &str) -> Option<f64> {
    let unit = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(unit);
    let number: f64 = number.parse().ok()?;
    match unit {
        "us" => Some(number / 1e3),
        "ms" => Some(number),
        "s" => Some(number * 1e3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{milliseconds, read};

    #[test]
    fn what_wrk_says_is_read() {
        let said = "  Latency Distribution\n     50%  341.00us\n     99%    1.21ms\n  9 requests in 5.00s, 80MB read\nRequests/sec:  70123.45\nTransfer/sec:      1.00GB\n";
        let load = read(said).unwrap();
        assert_eq!((load.per_second, load.p99_ms), (70_123.45, 1.21));
        assert_eq!(milliseconds("500.00us"), Some(0.5));
        assert_eq!(milliseconds("1.50s"), Some(1500.0));
        assert_eq!(milliseconds("1.50m"), None);
    }
}
