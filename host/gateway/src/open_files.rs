//! How many files and connections may be open: as many as the system lets a program ask for.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More would serve nobody, and some systems allow a billion.
const ENOUGH: u64 = 65_536;

/// Raises the limit that a program begins with, which on most systems is meant for programs of another time: 1,024.
/// Where the system refuses, it stays. Gives the limit that holds.
pub(crate) fn raise_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let allowed = limit.maximum.unwrap_or(ENOUGH).min(ENOUGH);
    if limit.current.is_some_and(|current| current < allowed) {
        let raised = Rlimit {
            current: Some(allowed),
            ..limit
        };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            return allowed;
        }
    }
    limit.current.unwrap_or(ENOUGH)
}
