//! The load generator: wrk, the same for both.

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

/// Connections of the load.
const CONNECTIONS: &str = "32";

/// wrk rounds what it read to two or three figures.
const WHOLE: f64 = 0.9;

/// What a server did under load.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub(super) per_second: f64,
    pub(super) p99_ms: f64,
    bytes_per_answer: f64,
}

/// Asks for one address as fast as it is answered.
///
/// # Errors
/// When wrk is missing, or anything but success with a body of this length is answered.
pub(super) async fn run(url: &str, key: &str, seconds: u64, body_bytes: usize) -> Result<Load> {
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
    let load = read(&said).with_context(|| format!("wrk said something else: {said}"))?;
    // Whoever sends less has sent something else, such as a compressed form.
    ensure!(
        load.bytes_per_answer >= body_bytes as f64 * WHOLE,
        "answers have {:.0} bytes, not {body_bytes}: {said}",
        load.bytes_per_answer
    );
    Ok(load)
}

fn read(said: &str) -> Option<Load> {
    let value = |name: &str| {
        let line = said.lines().find(|line| line.trim().starts_with(name))?;
        line.split_whitespace().nth(1)
    };
    let per_second: f64 = value("Requests/sec:")?.parse().ok()?;
    Some(Load {
        per_second,
        p99_ms: milliseconds(value("99%")?)?,
        bytes_per_answer: bytes(value("Transfer/sec:")?)? / per_second,
    })
}

/// An amount as wrk writes it: `512.00B`, `1.21KB`, `80.02MB`, `1.00GB`.
fn bytes(text: &str) -> Option<f64> {
    let unit = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(unit);
    let power = ["B", "KB", "MB", "GB"].iter().position(|it| *it == unit)?;
    Some(number.parse::<f64>().ok()? * 1024_f64.powi(i32::try_from(power).ok()?))
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
    use super::{bytes, milliseconds, read};

    #[test]
    fn what_wrk_says_is_read() {
        let said = "  Latency Distribution\n     50%  341.00us\n     99%    1.21ms\n  9 requests in 5.00s, 80MB read\nRequests/sec:  70123.45\nTransfer/sec:      1.00GB\n";
        let load = read(said).unwrap();
        assert_eq!((load.per_second, load.p99_ms), (70_123.45, 1.21));
        assert_eq!(load.bytes_per_answer.round(), 15_312.0);
        assert_eq!(milliseconds("500.00us"), Some(0.5));
        assert_eq!(milliseconds("1.50s"), Some(1500.0));
        assert_eq!(milliseconds("1.50m"), None);
        assert_eq!(bytes("1.50KB"), Some(1_536.0));
        assert_eq!(bytes("1.50TB"), None);
    }
}
