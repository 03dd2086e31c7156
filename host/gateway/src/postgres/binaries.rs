//! Finding Postgres' programs: on PATH, in Debian's versioned folders, by `pg_config`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::PostgresError;

/// A folder that holds `postgres`, `initdb` and `createdb`, and its major version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    folder: PathBuf,
    major: String,
}

impl Binaries {
    /// Finds the programs for the cluster in `data`: those of its own major version when it exists, else the first found.
    pub(super) fn find(data: &Path) -> Result<Self, PostgresError> {
        let found: Vec<Self> = candidates(std::env::var_os("PATH").as_deref())
            .into_iter()
            .filter_map(Self::at)
            .collect();
        let wanted = std::fs::read_to_string(data.join("PG_VERSION"))
            .map(|version| version.trim().to_owned())
            .ok();
        choose(found, wanted.as_deref(), data)
    }

    /// The path of one program.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn at(folder: PathBuf) -> Option<Self> {
        if !["postgres", "initdb", "createdb"]
            .iter()
            .all(|name| folder.join(name).is_file())
        {
            return None;
        }
        let output = Command::new(folder.join("postgres"))
            .arg("--version")
            .output()
            .ok()?;
        let major = major_of(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { folder, major })
    }
}

fn choose(
    found: Vec<Binaries>,
    wanted: Option<&str>,
    data: &Path,
) -> Result<Binaries, PostgresError> {
    if found.is_empty() {
        return Err(PostgresError::ProgramsMissing);
    }
    let Some(wanted) = wanted else {
        return found
            .into_iter()
            .next()
            .ok_or(PostgresError::ProgramsMissing);
    };
    let majors: Vec<String> = found.iter().map(|b| b.major.clone()).collect();
    found
        .into_iter()
        .find(|binaries| binaries.major == wanted)
        .ok_or_else(|| PostgresError::VersionMissing {
            folder: data.to_owned(),
            wanted: wanted.to_owned(),
            found: majors.join(", "),
        })
}

/// Folders to look in, best first.
fn candidates(path: Option<&OsStr>) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = path
        .map(|p| std::env::split_paths(p).collect())
        .unwrap_or_default();
    folders.extend(versioned(Path::new("/usr/lib/postgresql")));
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(
            String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        ));
    }
    folders
}

/// `ROOT/VERSION/bin`, highest version first.
fn versioned(root: &Path) -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

/// `postgres (PostgreSQL) 15.14 (Debian …)` → `15`.
fn major_of(version: &str) -> Option<String> {
    let number = version.split_whitespace().nth(2)?;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binaries(major: &str) -> Binaries {
        Binaries {
            folder: PathBuf::from(format!("/opt/{major}")),
            major: major.to_owned(),
        }
    }

    #[test]
    fn version_lines_give_the_major() {
        for (line, major) in [
            (
                "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n",
                Some("15"),
            ),
            ("postgres (PostgreSQL) 18beta1", Some("18")),
            ("postgres (PostgreSQL) 9.6.24", Some("9")),
            ("", None),
            ("postgres (PostgreSQL) devel", None),
        ] {
            assert_eq!(major_of(line).as_deref(), major, "{line}");
        }
    }

    #[test]
    fn the_highest_versioned_folder_comes_first() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9", "15", "13", "notes"] {
            std::fs::create_dir_all(root.path().join(version).join("bin")).unwrap();
        }
        let found: Vec<_> = versioned(root.path())
            .into_iter()
            .map(|p| p.strip_prefix(root.path()).unwrap().to_owned())
            .collect();
        assert_eq!(
            found,
            ["15/bin", "13/bin", "9/bin"].map(PathBuf::from).to_vec()
        );
    }

    #[test]
    fn an_existing_cluster_gets_the_programs_of_its_own_version() {
        let data = Path::new("/data");
        let found = || vec![binaries("17"), binaries("15")];
        assert_eq!(choose(found(), None, data).unwrap(), binaries("17"));
        assert_eq!(choose(found(), Some("15"), data).unwrap(), binaries("15"));
        let error = choose(found(), Some("14"), data).unwrap_err();
        assert_eq!(error.code(), "postgres_version_missing");
        assert!(error.to_string().contains("17, 15"), "{error}");
        portcullis_test_codes::record(error.code());
        let error = choose(vec![], None, data).unwrap_err();
        assert_eq!(error.code(), "postgres_missing");
        portcullis_test_codes::record(error.code());
    }
}
