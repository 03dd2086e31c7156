//! What the system says about a process.

use anyhow::{Context as _, Result};

/// Clock ticks a second: what Linux shows to programs is always in hundredths.
const TICKS: f64 = 100.0;

/// Processor time so far, in seconds, in the program and in the kernel for it.
///
/// # Errors
/// When the process is gone.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name may hold anything, so what is counted stands behind its last bracket.
    let behind = stat.rsplit_once(") ").context("a stat line")?.1;
    let field = |number: usize| -> Result<f64> {
        let text = behind.split(' ').nth(number).context("a short stat line")?;
        Ok(text.parse::<f64>()? / TICKS)
    };
    Ok(field(11)? + field(12)?)
}

/// The most resident memory since the last call of [`forget_peak`], in MiB.
///
/// # Errors
/// When the process is gone.
pub fn peak_mib(pid: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kib.context("no peak")?.parse::<f64>()? / 1024.0)
}

/// Begins a new peak.
///
/// # Errors
/// When the process is gone.
pub fn forget_peak(pid: u32) -> Result<()> {
    Ok(std::fs::write(format!("/proc/{pid}/clear_refs"), "5")?)
}
