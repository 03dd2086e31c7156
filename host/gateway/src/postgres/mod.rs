//! The private Postgres that the gateway runs when no `database.url` is set.
//!
//! One data folder holds at most one server. Every process that needs it (`serve`, or a subcommand for its own
//! duration) attaches: it adopts the living server, or starts one. The last to leave stops it, so a subcommand
//! never pulls the database from under a gateway, and a server that outlived a `kill -9` is found again instead
//! of being started twice. There is no SQL here: clusters and databases are made by Postgres' own programs.

mod binaries;
mod cluster;
mod identity;
mod layout;
mod postmaster;
mod server;

use std::path::PathBuf;

pub(crate) use server::Server;

/// Name of the role and of the database that the gateway uses.
const ROLE: &str = "portcullis";

/// Why the managed Postgres cannot be had. Each case is one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PostgresError {
    /// None of the places holds `postgres` and `initdb`.
    #[error(
        "PostgreSQL's programs were not found on PATH, in /usr/lib/postgresql or through pg_config; install PostgreSQL (Debian, Ubuntu: apt-get install postgresql) or set database.url"
    )]
    ProgramsMissing,
    /// The data folder belongs to a major version whose programs are not installed.
    #[error(
        "the data folder {} was made by PostgreSQL {wanted}, whose programs are not installed (found: {found}); install postgresql-{wanted}",
        folder.display()
    )]
    VersionMissing {
        folder: PathBuf,
        wanted: String,
        found: String,
    },
    /// Root must step down to `postgres`, which is not a user here.
    #[error(
        "as root the database runs as the user postgres, which does not exist here; install PostgreSQL's server package, run the gateway as another user, or set database.url"
    )]
    UserMissing,
    /// The user `postgres` cannot walk down to the data folder.
    #[error(
        "the user {user} cannot enter {}, which lies above the data folder; choose another with --data-dir or open it with chmod o+x",
        folder.display()
    )]
    Unreachable { folder: PathBuf, user: String },
    /// A folder belongs to somebody else.
    #[error(
        "{} belongs to user id {owner}, but the gateway needs it to belong to user id {wanted}; run as that user, give it over with chown, or choose another folder with --data-dir",
        folder.display()
    )]
    WrongOwner {
        folder: PathBuf,
        owner: u32,
        wanted: u32,
    },
    /// Another process has been starting or stopping the server for too long.
    #[error(
        "another process has been starting or stopping the database in {} for over {seconds} s; try again when it has ended",
        folder.display()
    )]
    Busy { folder: PathBuf, seconds: u64 },
    /// The cluster is there, its password is not.
    #[error(
        "the database in {} is there, but its password file {} is not; put it back from your backup",
        folder.display(),
        password.display()
    )]
    PasswordMissing { folder: PathBuf, password: PathBuf },
    /// A server answers, but not to our password.
    #[error(
        "a database server runs on {} but does not take the password in {} ({detail}); stop it, or put the right password file back",
        folder.display(),
        password.display()
    )]
    Foreign {
        folder: PathBuf,
        password: PathBuf,
        detail: String,
    },
    /// `initdb` or `createdb` failed.
    #[error("{program} could not prepare the database: {detail}")]
    Prepare {
        program: &'static str,
        detail: String,
    },
    /// The server ended or never became ready.
    #[error("the database server did not start: {detail}; see {}", log.display())]
    Start { detail: String, log: PathBuf },
    /// The server does not end.
    #[error(
        "the database server (process {pid}) did not stop within {seconds} s; stop it with pg_ctl"
    )]
    Stop { pid: i32, seconds: u64 },
    /// The file system said no.
    #[error("cannot {what} {}: {source}", path.display())]
    File {
        what: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
}

impl PostgresError {
    /// The stable code of this error.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::ProgramsMissing => "postgres_missing",
            Self::VersionMissing { .. } => "postgres_version_missing",
            Self::UserMissing => "postgres_user_missing",
            Self::Unreachable { .. } => "data_dir_unreachable",
            Self::WrongOwner { .. } => "data_dir_wrong_owner",
            Self::Busy { .. } => "postgres_busy",
            Self::PasswordMissing { .. } => "postgres_password_missing",
            Self::Foreign { .. } => "postgres_foreign",
            Self::Prepare { .. } => "postgres_prepare_failed",
            Self::Start { .. } => "postgres_start_failed",
            Self::Stop { .. } => "postgres_stop_failed",
            Self::File { .. } => "data_dir_unusable",
        }
    }

    fn file(what: &'static str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { what, path, source }
    }
}
