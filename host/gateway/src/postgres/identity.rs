//! Whom the database server runs as. Postgres refuses to run as root, so root steps down to `postgres`.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use tokio::process::Command;

use super::PostgresError;

/// The user that owns the cluster and runs the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// True when the gateway is root and must step down for the server.
    steps_down: bool,
}

/// The user of the server when the gateway runs as root.
const SERVICE_USER: &str = "postgres";

impl Identity {
    /// The gateway's own user, or `postgres` when that is root.
    pub(super) fn detect() -> Result<Self, PostgresError> {
        let uid = rustix::process::geteuid().as_raw();
        let gid = rustix::process::getegid().as_raw();
        if uid != 0 {
            return Ok(Self {
                uid,
                gid,
                steps_down: false,
            });
        }
        Ok(Self {
            uid: id_of("-u", SERVICE_USER)?,
            gid: id_of("-g", SERVICE_USER)?,
            steps_down: true,
        })
    }

    /// A command that runs as this user, with an empty environment (nothing of the gateway's secrets) and in its
    /// own process group, so that Ctrl-C in a terminal reaches the gateway alone, which then drains first.
    pub(super) fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(folder)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .stdin(std::process::Stdio::null())
            .process_group(0);
        if self.steps_down {
            // As root the standard library also drops the supplementary groups.
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Gives `path` to this user.
    pub(super) fn own(&self, path: &Path) -> Result<(), PostgresError> {
        if self.steps_down {
            chown(path, Some(self.uid), Some(self.gid))
                .map_err(PostgresError::file("give over", path))?;
        }
        Ok(())
    }

    /// Checks that `path` belongs to this user.
    pub(super) fn check_owner(&self, path: &Path) -> Result<(), PostgresError> {
        let owner = path
            .metadata()
            .map_err(PostgresError::file("look at", path))?
            .uid();
        if owner == self.uid {
            return Ok(());
        }
        Err(PostgresError::WrongOwner {
            folder: path.to_owned(),
            owner,
            wanted: self.uid,
        })
    }

    /// Checks that this user can walk down to `path`, which exists and is canonical.
    pub(super) fn check_reach(&self, path: &Path) -> Result<(), PostgresError> {
        if !self.steps_down {
            return Ok(());
        }
        for folder in path.ancestors() {
            let metadata = folder
                .metadata()
                .map_err(PostgresError::file("look at", folder))?;
            let bit = if metadata.uid() == self.uid {
                0o100
            } else if metadata.gid() == self.gid {
                0o010
            } else {
                0o001
            };
            if metadata.mode() & bit == 0 {
                return Err(PostgresError::Unreachable {
                    folder: folder.to_owned(),
                    user: SERVICE_USER.to_owned(),
                });
            }
        }
        Ok(())
    }
}

/// Asks `id`, which knows every source of users that the machine has.
fn id_of(flag: &str, user: &str) -> Result<u32, PostgresError> {
    std::process::Command::new("id")
        .args([flag, user])
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8_lossy(&output.stdout).trim().parse().ok())
        .ok_or(PostgresError::UserMissing)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_closed_folder_above_is_named() {
        let root = tempfile::tempdir().unwrap();
        let closed = root.path().canonicalize().unwrap().join("closed");
        let inner = closed.join("inner");
        std::fs::create_dir_all(&inner).unwrap();
        let stranger = Identity {
            uid: 65_533,
            gid: 65_533,
            steps_down: true,
        };
        std::fs::set_permissions(root.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o700)).unwrap();
        let error = stranger.check_reach(&inner).unwrap_err();
        assert_eq!(error.code(), "data_dir_unreachable");
        assert!(
            error.to_string().contains(&closed.display().to_string()),
            "{error}"
        );
        portcullis_test_codes::record(error.code());
        std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o711)).unwrap();
        stranger.check_reach(&inner).unwrap();
        assert_eq!(
            stranger.check_owner(&inner).unwrap_err().code(),
            "data_dir_wrong_owner"
        );
    }

    #[test]
    fn a_user_that_does_not_exist_is_said() {
        assert_eq!(id_of("-u", "root").unwrap(), 0);
        let error = id_of("-u", "no-such-user").unwrap_err();
        assert_eq!(error.code(), "postgres_user_missing");
        portcullis_test_codes::record(error.code());
    }
}
