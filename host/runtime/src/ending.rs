//! How a call ended, and the one name for it.

use portcullis_egress::Session;
use wasmtime::Trap;
use wasmtime::component::ResourceTableError;
use wasmtime_wasi::I32Exit;

use crate::call::CallError;
use crate::contract::types::Error;
use crate::limits::{LimitKind, Limits};
use crate::state::CallState;

/// The guest's own answer inside wasmtime's.
pub(crate) type GuestResult<T> = wasmtime::Result<Result<T, Error>>;

pub(crate) fn no_session() -> wasmtime::Error {
    wasmtime::Error::new(NoSession)
}

#[derive(Debug, thiserror::Error)]
#[error("the connector exports no session")]
struct NoSession;

/// Raised from the tick that finds the budget spent.
#[derive(Debug, thiserror::Error)]
#[error("the processor time of the call is spent")]
pub(crate) struct CpuBudgetSpent;

/// How the future of a call ended.
pub(crate) enum Ended<T> {
    Returned(GuestResult<T>),
    Panicked,
    Cancelled,
    Overdue,
}

/// Names the cause.
pub(crate) fn judge<T>(
    ended: Ended<T>,
    state: &CallState,
    limits: &Limits,
) -> Result<T, CallError> {
    match ended {
        Ended::Returned(Ok(Ok(value))) => Ok(value),
        Ended::Returned(Ok(Err(error))) => Err(CallError::Guest(error)),
        Ended::Returned(Err(error)) => Err(broken(&error, state, limits)),
        Ended::Panicked => Err(CallError::Internal("a host function panicked".to_owned())),
        Ended::Cancelled => Err(CallError::Cancelled),
        Ended::Overdue => Err(limit(
            LimitKind::Deadline,
            format!("not done within {} ms", limits.wall.as_millis()),
        )),
    }
}

fn broken(error: &wasmtime::Error, state: &CallState, limits: &Limits) -> CallError {
    if error.is::<CpuBudgetSpent>() {
        return limit(
            LimitKind::CpuBudget,
            format!("more than {} ms of processor time", limits.cpu.as_millis()),
        );
    }
    if let Some(missing) = error.downcast_ref::<NoSession>() {
        return CallError::Internal(missing.to_string());
    }
    if error.is::<wasmtime::PoolConcurrencyLimitError>() {
        return CallError::Saturated;
    }
    // wasmtime has no public type for it; a test pins the words.
    if error
        .chain()
        .any(|cause| cause.to_string().contains("fuel allocated for hostcalls"))
    {
        return limit(
            LimitKind::ResultTooLarge,
            format!(
                "more than {} bytes handed over at once",
                limits.result_bytes
            ),
        );
    }
    let trap = error.downcast_ref::<Trap>();
    if trap == Some(&Trap::StackOverflow) {
        return limit(
            LimitKind::StackOverflow,
            "the call stack is exhausted".to_owned(),
        );
    }
    let fault = fault_address(error);
    if fault.is_some_and(|address| BELOW_ZERO.contains(&address)) {
        return limit(
            LimitKind::StackOverflow,
            "the stack in its memory is exhausted".to_owned(),
        );
    }
    if state.growth.memory_refused {
        return limit(
            LimitKind::MemoryLimit,
            format!("wanted more than {} bytes of memory", limits.memory_bytes),
        );
    }
    if state.growth.table_refused {
        return limit(
            LimitKind::Resources,
            "wanted more table entries than there are".to_owned(),
        );
    }
    if out_of_handles(error) {
        return limit(
            LimitKind::Resources,
            "holds more handles at once than there are".to_owned(),
        );
    }
    if let Some(exit) = error.downcast_ref::<I32Exit>() {
        return CallError::Trap(format!("it exited with status {}", exit.0));
    }
    CallError::Trap(match (trap, fault) {
        (Some(trap), Some(address)) => format!("{trap} at 0x{address:x}"),
        (Some(trap), None) => trap.to_string(),
        (None, _) => format!("{:#}", error.root_cause()),
    })
}

/// Whether there was no room for another handle: among those of WASI, or among those of the
/// components. wasmtime shows the latter in words alone; a test pins them.
fn out_of_handles(error: &wasmtime::Error) -> bool {
    let full = error.downcast_ref::<ResourceTableError>();
    matches!(full, Some(ResourceTableError::Full))
        || error
            .chain()
            .any(|cause| cause.to_string().contains("store handle limit exceeded"))
}

/// Where a guest's own stack runs over. Compilers keep what has an address on a stack in
/// linear memory, which grows down to address zero; one step further the 32-bit address
/// wraps around to the end of four gigabytes, where no connector has memory.
const BELOW_ZERO: std::ops::Range<u64> = (1 << 32) - (1 << 20)..(1 << 32) + (1 << 20);

/// The address in the guest's memory that it was not allowed to touch. wasmtime shows it
/// in words alone; a test pins them.
fn fault_address(error: &wasmtime::Error) -> Option<u64> {
    error.chain().find_map(|cause| {
        let words = cause.to_string();
        let (_, rest) = words.split_once("memory fault at wasm address 0x")?;
        let digits = rest.split_whitespace().next()?;
        u64::from_str_radix(digits, 16).ok()
    })
}

/// The error without any secret in the words that the guest chose.
pub(crate) fn masked(error: CallError, egress: &Session) -> CallError {
    let masker = egress.masker();
    match error {
        CallError::Guest(mut error) => {
            error.message = masker.text(&error.message).into_owned();
            error.code = error.code.map(|code| masker.text(&code).into_owned());
            CallError::Guest(error)
        }
        error => error,
    }
}

fn limit(kind: LimitKind, detail: String) -> CallError {
    CallError::Limit { kind, detail }
}
