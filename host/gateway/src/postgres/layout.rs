//! Where everything of the managed Postgres lies, and the folders' owners and modes.

use std::fs::Permissions;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::PostgresError;
use super::identity::Identity;

/// The longest path of a Unix socket that Linux takes, without the closing NUL.
const SOCKET_PATH_BYTES: usize = 107;

/// The name that Postgres gives its socket at the default port, inside the socket folder.
const SOCKET_NAME: &str = ".s.PGSQL.5432";

/// The paths of one data folder.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// `DATA_DIR/postgres`: belongs to the server's user, closed to all others.
    pub(super) home: PathBuf,
    /// The cluster.
    pub(super) data: PathBuf,
    /// Where a cluster is made before it is renamed to `data`: a half made one is never taken for a whole one.
    pub(super) unfinished: PathBuf,
    /// Where the server puts its socket.
    pub(super) sockets: PathBuf,
    /// What the server said before its own log began.
    pub(super) start_log: PathBuf,
    /// Exists once the gateway's database was made in the cluster.
    pub(super) database_made: PathBuf,
    /// The password of the gateway's role; belongs to the gateway's user, mode 0600.
    pub(super) password: PathBuf,
    /// Held alone while the server is started or stopped.
    pub(super) turn: PathBuf,
    /// Held shared by every process that uses the server.
    pub(super) users: PathBuf,
}

impl Layout {
    /// The layout below `data_dir`, which exists and is canonical.
    pub(super) fn of(data_dir: &Path) -> Self {
        let home = data_dir.join("postgres");
        Self {
            data: home.join("data"),
            unfinished: home.join("data.unfinished"),
            sockets: socket_folder(&home, rustix::process::geteuid().as_raw()),
            start_log: home.join("start.log"),
            database_made: home.join("database-made"),
            password: data_dir.join("postgres-password"),
            turn: data_dir.join("postgres-turn.lock"),
            users: data_dir.join("postgres-users.lock"),
            home,
        }
    }

    /// Makes the folders that are missing and checks those that are there.
    pub(super) fn prepare(&self, identity: &Identity) -> Result<(), PostgresError> {
        private_folder(&self.home, identity)?;
        identity.check_reach(&self.home)?;
        private_folder(&self.sockets, identity)?;
        if self.data.exists() {
            identity.check_owner(&self.data)?;
        }
        Ok(())
    }
}

/// `HOME/run`, or a folder of our own below /run or /tmp where that path would be too long for a socket.
fn socket_folder(home: &Path, uid: u32) -> PathBuf {
    let wanted = home.join("run");
    if wanted.as_os_str().len() + 1 + SOCKET_NAME.len() <= SOCKET_PATH_BYTES {
        return wanted;
    }
    let digest = Sha256::digest(home.as_os_str().as_bytes());
    let name = format!(
        "portcullis-{uid}-{}",
        data_encoding::HEXLOWER.encode(&digest[..8])
    );
    let root = if uid == 0 { "/run" } else { "/tmp" };
    Path::new(root).join(name)
}

/// Makes a folder with mode 0700 for the server's user. One that is there already must be a real folder of that
/// user: below /tmp anybody could have put it there first.
fn private_folder(path: &Path, identity: &Identity) -> Result<(), PostgresError> {
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => return identity.own(path),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(PostgresError::file("make the folder", path)(error)),
    }
    let metadata = path
        .symlink_metadata()
        .map_err(PostgresError::file("look at", path))?;
    if !metadata.is_dir() {
        let not_a_folder = std::io::Error::from(std::io::ErrorKind::NotADirectory);
        return Err(PostgresError::file("use", path)(not_a_folder));
    }
    // Between making and giving over, a kill leaves an empty folder of root's: that one is ours to give.
    if metadata.uid() != identity.uid && is_empty(path) && metadata.uid() == 0 {
        identity.own(path)?;
    }
    identity.check_owner(path)?;
    if metadata.mode() & 0o077 != 0 {
        std::fs::set_permissions(path, Permissions::from_mode(0o700))
            .map_err(PostgresError::file("close", path))?;
    }
    Ok(())
}

fn is_empty(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_gets_a_short_socket_folder() {
        let short = Path::new("/var/lib/portcullis/postgres");
        assert_eq!(socket_folder(short, 0), short.join("run"));
        let long = PathBuf::from(format!("/srv/{}/postgres", "x".repeat(100)));
        for (uid, root) in [(0, "/run"), (1000, "/tmp")] {
            let folder = socket_folder(&long, uid);
            assert!(folder.starts_with(root), "{folder:?}");
            assert!(folder.join(SOCKET_NAME).as_os_str().len() <= SOCKET_PATH_BYTES);
            assert_eq!(folder, socket_folder(&long, uid), "the same each time");
        }
        let other = PathBuf::from(format!("/srv/{}/postgres", "y".repeat(100)));
        assert_ne!(socket_folder(&long, 0), socket_folder(&other, 0));
    }

    #[test]
    fn the_longest_path_that_fits_is_used_as_it_is() {
        // "/" + name + "/run/" + socket name = 107.
        let fits = PathBuf::from(format!(
            "/{}",
            "x".repeat(SOCKET_PATH_BYTES - 1 - 5 - SOCKET_NAME.len())
        ));
        assert_eq!(socket_folder(&fits, 0), fits.join("run"));
        let over = PathBuf::from(format!("{}x", fits.display()));
        assert_ne!(socket_folder(&over, 0), over.join("run"));
    }
}
