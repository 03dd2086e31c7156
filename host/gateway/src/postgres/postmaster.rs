//! What `postmaster.pid` says about a living server. Its lines are fixed by Postgres' `pidfile.h`.

use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// A server process that holds the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Postmaster {
    /// Its process id.
    pub(super) pid: i32,
    /// The folder of its socket, once it has one.
    pub(super) sockets: Option<PathBuf>,
    /// True when it says that it takes connections.
    pub(super) ready: bool,
}

impl Postmaster {
    /// The living server of the cluster in `data`, if there is one.
    pub(super) fn living(data: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(data.join("postmaster.pid")).ok()?;
        parse(&text).filter(|postmaster| postmaster.is_alive(data))
    }

    /// Asks the server to end: `fast` disconnects clients and writes a checkpoint, otherwise it drops everything
    /// and recovers at the next start. A process that is gone already is no error.
    pub(super) fn ask_to_stop(&self, fast: bool) {
        let signal = if fast { Signal::INT } else { Signal::QUIT };
        if let Some(pid) = Pid::from_raw(self.pid)
            && let Err(error) = kill_process(pid, signal)
        {
            tracing::debug!(pid = self.pid, %error, "the database server could not be signalled");
        }
    }

    /// True while the process is there and works on `data`: after a crash of the machine the file may name a
    /// process id that somebody else has by now.
    fn is_alive(&self, data: &Path) -> bool {
        let Some(pid) = Pid::from_raw(self.pid) else {
            return false;
        };
        if test_kill_process(pid).is_err_and(|error| error == rustix::io::Errno::SRCH) {
            return false;
        }
        match std::fs::read_link(format!("/proc/{}/cwd", self.pid)) {
            // A postmaster's working folder is its cluster.
            Ok(folder) => folder == data,
            // Not ours to read (or no /proc here): trust the file, the password decides.
            Err(error) => {
                error.kind() != std::io::ErrorKind::NotFound || !Path::new("/proc/self").exists()
            }
        }
    }
}

/// Lines: process id, data folder, start time, port, socket folder, listen address, shared memory, status.
fn parse(text: &str) -> Option<Postmaster> {
    let mut lines = text.lines();
    let pid = lines.next()?.trim().parse().ok().filter(|pid| *pid > 1)?;
    let sockets = lines.nth(3).map(str::trim).filter(|line| !line.is_empty());
    let status = lines.nth(2).map(str::trim);
    Some(Postmaster {
        pid,
        sockets: sockets.map(PathBuf::from),
        ready: status == Some("ready"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read_at_every_stage_of_a_start() {
        let whole = "4711\n/data\n1700000000\n5432\n/data/run\n\n  1234 5\nready   \n";
        assert_eq!(
            parse(whole),
            Some(Postmaster {
                pid: 4711,
                sockets: Some("/data/run".into()),
                ready: true
            })
        );
        let starting = whole.replace("ready   ", "starting");
        assert!(!parse(&starting).unwrap().ready);
        let first_lines = "4711\n/data\n1700000000\n5432\n";
        assert_eq!(
            parse(first_lines),
            Some(Postmaster {
                pid: 4711,
                sockets: None,
                ready: false
            })
        );
        for broken in ["", "x\n", "-4711\n", "0\n", "1\n"] {
            assert_eq!(parse(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn a_process_that_is_no_server_of_this_cluster_is_not_adopted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("postmaster.pid");
        // This very process lives, but its working folder is another.
        std::fs::write(
            &path,
            format!("{}\n{}\n", std::process::id(), folder.path().display()),
        )
        .unwrap();
        assert_eq!(Postmaster::living(folder.path()), None);
        // The highest process id that Linux can give is 4194304.
        std::fs::write(&path, "4194305\n").unwrap();
        assert_eq!(Postmaster::living(folder.path()), None);
    }
}
