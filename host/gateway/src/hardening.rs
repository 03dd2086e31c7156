//! No core dumps: one would hold every secret that is in memory.

/// Sets the core size to zero and marks the process as not to be dumped, which also keeps other processes of the
/// same user from reading its memory. Where the system refuses, the other of the two still holds.
pub(crate) fn forbid_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
