//! Where the vault's key comes from, and making one for a new installation.

use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::config::Config;
use crate::failure::Failure;

/// Bytes of a key.
const LENGTH: usize = 32;

/// The key and where it came from.
pub(crate) struct VaultKey {
    /// The key.
    pub(crate) bytes: Zeroizing<[u8; LENGTH]>,
    /// The place, for messages.
    pub(crate) place: String,
    /// The file, when it was made just now.
    pub(crate) made: Option<PathBuf>,
}

/// Finds the key. With none configured it is `vault.key` in the data folder, which is made when missing and
/// `may_make` allows it; the caller removes it again should the database turn out to want another key.
pub(crate) fn find(config: &Config, data_dir: &Path, may_make: bool) -> Result<VaultKey, Failure> {
    let vault = &config.vault;
    if let Some(key) = &vault.key {
        return given(key.expose(), "vault.key".to_owned());
    }
    if let Some(command) = &vault.key_command {
        return given(
            &printed_by(command)?,
            "what vault.key_command prints".to_owned(),
        );
    }
    if let Some(path) = &vault.key_file {
        return from_file(path)?.ok_or_else(|| {
            Failure::new(
                "vault_key_missing",
                format!(
                    "vault.key_file names {}, which does not exist; put the key back, or make one for a new installation: openssl rand -hex 32 > {0} && chmod 600 {0}",
                    path.display()
                ),
            )
        });
    }
    let path = own_path(data_dir);
    if let Some(key) = from_file(&path)? {
        return Ok(key);
    }
    if !may_make {
        return Err(Failure::new(
            "vault_key_missing",
            format!(
                "there is no vault key in {}; start the gateway once with `portcullis serve`, or set vault.key_file, vault.key or vault.key_command",
                path.display()
            ),
        ));
    }
    make(path)
}

fn given(text: &str, place: String) -> Result<VaultKey, Failure> {
    let bytes = decode(text).ok_or_else(|| {
        Failure::new(
            "vault_key_invalid",
            format!(
                "{place} is not a key: it must be 32 bytes as 64 hexadecimal digits or as base64"
            ),
        )
    })?;
    Ok(VaultKey {
        bytes,
        place,
        made: None,
    })
}

fn from_file(path: &Path) -> Result<Option<VaultKey>, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(
            "vault_key_unreadable",
            format!("cannot read the vault key {}: {error}", path.display()),
        )
    };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let mode = path.metadata().map_err(unreadable)?.mode();
    if mode & 0o077 != 0 {
        return Err(Failure::new(
            "vault_key_open",
            format!(
                "others can read the vault key {} (mode {:03o}); close it with chmod 600",
                path.display(),
                mode & 0o777
            ),
        ));
    }
    given(&text, path.display().to_string()).map(Some)
}

fn printed_by(command: &str) -> Result<Zeroizing<String>, Failure> {
    let failed = |detail: String| {
        Failure::new(
            "vault_key_command_failed",
            format!("vault.key_command failed: {detail}"),
        )
    };
    let output = std::process::Command::new("sh")
        .args(["-c", command])
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(output.status.to_string()));
    }
    String::from_utf8(output.stdout)
        .map(Zeroizing::new)
        .map_err(|_| failed("what it printed is not text".to_owned()))
}

fn make(path: PathBuf) -> Result<VaultKey, Failure> {
    let bytes = Zeroizing::new(rand::random::<[u8; LENGTH]>());
    write(&bytes, &path)?;
    Ok(VaultKey {
        bytes,
        place: path.display().to_string(),
        made: Some(path),
    })
}

/// The key of a file that [`write`] made, or that somebody else closed as well.
pub(crate) fn read(path: &Path) -> Result<VaultKey, Failure> {
    from_file(path)?.ok_or_else(|| {
        Failure::new(
            "vault_key_missing",
            format!("there is no {}; correct the path", path.display()),
        )
    })
}

/// The key of a file, which is made with a new one if there is none.
pub(crate) fn read_or_make(path: &Path) -> Result<VaultKey, Failure> {
    match from_file(path)? {
        Some(key) => Ok(key),
        None => make(path.to_owned()),
    }
}

/// Puts a key in the place of `own`, which is kept as `former`.
pub(crate) fn replace(
    bytes: &Zeroizing<[u8; LENGTH]>,
    own: &Path,
    former: &Path,
) -> Result<(), Failure> {
    let moved = std::fs::rename(own, former).map_err(|error| {
        Failure::new(
            "vault_key_unwritable",
            format!("cannot move {} away: {error}", own.display()),
        )
    });
    moved.and_then(|()| write(bytes, own))
}

/// Where the key of a data folder lies.
pub(crate) fn own_path(data_dir: &Path) -> PathBuf {
    data_dir.join("vault.key")
}

/// Writes a key into a new file of mode 0600.
pub(crate) fn write(bytes: &Zeroizing<[u8; LENGTH]>, path: &Path) -> Result<(), Failure> {
    let text = Zeroizing::new(data_encoding::HEXLOWER.encode(&**bytes));
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.write_all(b"\n")?;
            file.sync_all()
        });
    written.map_err(|error| {
        Failure::new(
            "vault_key_unwritable",
            format!("cannot write the vault key {}: {error}", path.display()),
        )
    })
}

fn decode(text: &str) -> Option<Zeroizing<[u8; LENGTH]>> {
    let text = text.trim().as_bytes();
    let bytes = Zeroizing::new(if text.len() == 2 * LENGTH {
        data_encoding::HEXLOWER_PERMISSIVE.decode(text).ok()?
    } else {
        data_encoding::BASE64.decode(text).ok()?
    });
    <[u8; LENGTH]>::try_from(bytes.as_slice())
        .ok()
        .map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn config(file: &str) -> Config {
        toml::from_str(file)
            .map(|vault| Config {
                vault,
                ..Config::default()
            })
            .unwrap()
    }

    fn code(config: &Config, folder: &Path) -> String {
        match find(config, folder, false) {
            Ok(key) => format!("a key from {}", key.place),
            Err(failure) => recorded(&failure),
        }
    }

    fn recorded(failure: &Failure) -> String {
        portcullis_test_codes::record(failure.code());
        failure.code().to_owned()
    }

    #[test]
    fn both_spellings_are_the_same_key() {
        let hex = "00".repeat(31) + "FF";
        let base64 = data_encoding::BASE64.encode(&[&[0; 31][..], &[255]].concat());
        assert_eq!(
            decode(&hex).unwrap(),
            decode(&format!(" {base64}\n")).unwrap()
        );
        for wrong in ["", "00", &"0".repeat(63), &"g".repeat(64)] {
            assert!(decode(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_made_key_is_closed_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::default();
        assert_eq!(code(&config, folder.path()), "vault_key_missing");
        let made = find(&config, folder.path(), true).unwrap();
        let path = made.made.clone().unwrap();
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        let found = find(&config, folder.path(), true).unwrap();
        assert!(found.made.is_none());
        assert_eq!(found.bytes, made.bytes);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(code(&config, folder.path()), "vault_key_open");
    }

    #[test]
    fn each_source_says_what_is_wrong_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let good = "ab".repeat(32);
        for (vault, expected) in [
            ("key = 'short'".to_owned(), "vault_key_invalid"),
            (format!("key = '{good}'"), "a key from vault.key"),
            (
                "key_command = 'exit 3'".to_owned(),
                "vault_key_command_failed",
            ),
            (
                format!("key_command = 'echo {good}'"),
                "a key from what vault.key_command prints",
            ),
            ("key_file = '/nowhere/key'".to_owned(), "vault_key_missing"),
            // A folder can be opened, and not be read like a file.
            ("key_file = '/'".to_owned(), "vault_key_unreadable"),
        ] {
            assert_eq!(code(&config(&vault), folder.path()), expected, "{vault}");
        }
    }

    #[test]
    fn a_key_that_cannot_be_kept_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone");
        match find(&Config::default(), &gone, true) {
            Ok(key) => panic!("a key from {}", key.place),
            Err(failure) => assert_eq!(recorded(&failure), "vault_key_unwritable"),
        }
    }
}
