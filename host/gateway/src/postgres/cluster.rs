//! Making the cluster and the gateway's database in it, each exactly once and safe to be killed at any moment.

use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use tokio::process::Command;

use super::binaries::Binaries;
use super::identity::Identity;
use super::layout::Layout;
use super::{PostgresError, ROLE};

/// Makes the cluster unless it is there, and answers the password of its role.
pub(super) async fn ensure(
    layout: &Layout,
    identity: &Identity,
    binaries: &Binaries,
) -> Result<SecretString, PostgresError> {
    let exists = layout.data.join("PG_VERSION").exists();
    if exists && !layout.password.exists() {
        return Err(PostgresError::PasswordMissing {
            folder: layout.data.clone(),
            password: layout.password.clone(),
        });
    }
    let password = password(&layout.password)?;
    if !exists {
        make(layout, identity, binaries, &password).await?;
    }
    Ok(password)
}

/// Makes the gateway's database, once the server answers.
pub(super) async fn ensure_database(
    layout: &Layout,
    identity: &Identity,
    binaries: &Binaries,
    sockets: &Path,
    password: &SecretString,
) -> Result<(), PostgresError> {
    if layout.database_made.exists() {
        return Ok(());
    }
    let mut command = identity.command(&binaries.program("createdb"), &layout.home);
    command
        .arg("--host")
        .arg(sockets)
        .args([
            "--username",
            ROLE,
            "--no-password",
            "--maintenance-db",
            "template1",
            ROLE,
        ])
        .env("PGPASSWORD", password.expose_secret());
    match run(command, "createdb").await {
        // Killed between making the database and writing the mark.
        Err(PostgresError::Prepare { detail, .. }) if detail.contains("already exists") => {}
        other => other?,
    }
    std::fs::write(&layout.database_made, "")
        .map_err(PostgresError::file("write", &layout.database_made))
}

async fn make(
    layout: &Layout,
    identity: &Identity,
    binaries: &Binaries,
    password: &SecretString,
) -> Result<(), PostgresError> {
    for leftover in [&layout.unfinished, &layout.data] {
        match std::fs::remove_dir_all(leftover) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(PostgresError::file("clear", leftover)(error));
            }
            _ => {}
        }
    }
    match std::fs::remove_file(&layout.database_made) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(PostgresError::file("remove", &layout.database_made)(error));
        }
        _ => {}
    }
    // `initdb` runs as the server's user and must be able to read the password; the copy is gone when it ends.
    let copy = tempfile::NamedTempFile::new_in(&layout.home)
        .map_err(PostgresError::file("write into", &layout.home))?;
    std::fs::write(copy.path(), password.expose_secret())
        .map_err(PostgresError::file("write", copy.path()))?;
    identity.own(copy.path())?;
    let mut command = identity.command(&binaries.program("initdb"), &layout.home);
    command
        .arg("--pgdata")
        .arg(&layout.unfinished)
        .arg("--pwfile")
        .arg(copy.path())
        .args(["--username", ROLE])
        .args(["--encoding", "UTF8", "--locale", "C.UTF-8"])
        .args(["--auth", "scram-sha-256", "--data-checksums"]);
    run(command, "initdb").await?;
    std::fs::rename(&layout.unfinished, &layout.data)
        .map_err(PostgresError::file("rename", &layout.unfinished))
}

/// Reads the password, or makes one of 160 random bits in a file of mode 0600.
fn password(path: &Path) -> Result<SecretString, PostgresError> {
    match std::fs::read_to_string(path) {
        Ok(text) => return Ok(SecretString::from(text.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(PostgresError::file("read", path)(error)),
    }
    let text = data_encoding::HEXLOWER.encode(&rand::random::<[u8; 20]>());
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(PostgresError::file("make", path))?;
    std::io::Write::write_all(&mut file, text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(PostgresError::file("write", path))?;
    Ok(SecretString::from(text))
}

/// Runs a program to its end; a failure carries what it said last.
async fn run(mut command: Command, program: &'static str) -> Result<(), PostgresError> {
    let output =
        command
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|error| PostgresError::Prepare {
                program,
                detail: error.to_string(),
            })?;
    if output.status.success() {
        return Ok(());
    }
    Err(PostgresError::Prepare {
        program,
        detail: last_words(&String::from_utf8_lossy(&output.stderr)),
    })
}

/// The lines that name the error, or else the last line.
pub(super) fn last_words(text: &str) -> String {
    let telling: Vec<&str> = text
        .lines()
        .filter(|line| {
            ["error:", "FATAL:", "PANIC:"]
                .iter()
                .any(|word| line.contains(word))
        })
        .map(str::trim)
        .collect();
    match telling.as_slice() {
        [] => text
            .lines()
            .rfind(|line| !line.trim().is_empty())
            .unwrap_or("it said nothing")
            .trim()
            .to_owned(),
        lines => lines.join("; "),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_password_is_made_once_and_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("postgres-password");
        let first = password(&path).unwrap();
        assert_eq!(first.expose_secret().len(), 40);
        assert_eq!(
            first.expose_secret(),
            password(&path).unwrap().expose_secret()
        );
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn errors_carry_the_telling_lines() {
        let log = "2026 LOG:  starting\n2026 FATAL:  lock file exists\n2026 HINT:  another\n";
        assert_eq!(last_words(log), "2026 FATAL:  lock file exists");
        assert_eq!(last_words("only\nthis\n\n"), "this");
        assert_eq!(last_words(""), "it said nothing");
    }
}
