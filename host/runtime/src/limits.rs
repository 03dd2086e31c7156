//! What one guest call may use, and the names of what it hit.

use std::time::Duration;

use portcullis_manifest::Budget;

/// What one call may use. Every one of them ends in a [`LimitKind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory of all the instance's memories together, in bytes.
    pub memory_bytes: usize,
    /// Processor time spent inside the guest.
    pub cpu: Duration,
    /// Time from the start of the call to its end, host calls and the wait for a free
    /// instance included.
    pub wall: Duration,
    /// What the guest may hand to the host in one go, in bytes: its result, or the
    /// arguments of one import.
    pub result_bytes: usize,
    /// Log text of the whole call, in bytes; what exceeds it is counted and dropped.
    pub log_bytes: usize,
}

impl Limits {
    /// What a manifest asks for. `requests` of the budget is the egress session's to keep.
    #[must_use]
    pub fn asked_for(budget: &Budget) -> Self {
        let mib = |count: u32| (count as usize).saturating_mul(1 << 20);
        Self {
            memory_bytes: mib(budget.memory_mib),
            cpu: Duration::from_millis(budget.cpu_ms),
            wall: Duration::from_secs(budget.wall_s),
            result_bytes: mib(budget.result_mib),
            ..Self::default()
        }
    }

    /// Each limit lowered to that of `ceiling` where it lies above.
    #[must_use]
    pub fn clamped(self, ceiling: &Self) -> Self {
        Self {
            memory_bytes: self.memory_bytes.min(ceiling.memory_bytes),
            cpu: self.cpu.min(ceiling.cpu),
            wall: self.wall.min(ceiling.wall),
            result_bytes: self.result_bytes.min(ceiling.result_bytes),
            log_bytes: self.log_bytes.min(ceiling.log_bytes),
        }
    }
}

impl Default for Limits {
    /// A generous page of a vendor with large records: 128 MiB, 10 s of processor time,
    /// two minutes in all, 32 MiB of result, 64 KiB of log.
    fn default() -> Self {
        Self {
            memory_bytes: 128 << 20,
            cpu: Duration::from_secs(10),
            wall: Duration::from_secs(120),
            result_bytes: 32 << 20,
            log_bytes: 64 << 10,
        }
    }
}

/// The limit that ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitKind {
    /// Too much processor time inside the guest.
    CpuBudget,
    /// The guest wanted more memory than it may have, and gave up.
    MemoryLimit,
    /// The guest handed over more bytes in one go than the host takes.
    ResultTooLarge,
    /// The guest's call stack is exhausted.
    StackOverflow,
    /// The call took too long, whatever it was doing.
    Deadline,
    /// The guest wanted more handles, table entries or instances than it may have.
    Resources,
}

impl LimitKind {
    /// The stable name, such as `cpu_budget`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::CpuBudget => "cpu_budget",
            Self::MemoryLimit => "memory_limit",
            Self::ResultTooLarge => "result_too_large",
            Self::StackOverflow => "stack_overflow",
            Self::Deadline => "deadline",
            Self::Resources => "resource_limit",
        }
    }
}
