//! The files of a new project.
//!
//! ```text
//! Cargo.toml connector.toml src/ fixtures/   the connector, made from `sdk/template`
//! fake-vendor/                               the vendor that its tests talk to
//! portcullis/wit portcullis/sdk              contract and SDK, byte for byte as this program was built with
//! ```
//!
//! The manifests of the SDK are the exception: they inherit from the workspace there, and stand alone here.

use super::lock::{self, Locked};
use super::manifests::{self, Standalone};
use super::names::Names;

/// What `build.rs` packed: the path from the workspace's root, and the text.
const PACKED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/packed.rs"));

/// The folder of a project in which contract and SDK lie.
const CARRIED: &str = "portcullis";

const GITIGNORE: &str = "/target\n/*.wasm\n";

const CARRIED_README: &str = "\
# What the connector is compiled against

The contract (`wit/`) and the SDK for Rust (`sdk/rust`, with the documents of the unified model in `sdk/model`), \
as `portcullis` VERSION carries them. Nothing here is to be edited: a project of a later version \
(`portcullis connector new`) has a later copy, which takes the place of this folder.
";

/// The packed sources cannot be made into a project: a defect of this program.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProjectError {
    /// A file is not there.
    #[error("{0} was not packed into this program")]
    Missing(&'static str),
    /// A manifest cannot be made to stand alone.
    #[error(transparent)]
    Manifest(#[from] manifests::ManifestError),
    /// The workspace's lock file cannot be read.
    #[error("the packed Cargo.lock cannot be read: {0}")]
    Lock(#[from] toml::de::Error),
}

/// Path and text of each file of a project.
pub(super) fn files(names: &Names) -> Result<Vec<(String, String)>, ProjectError> {
    let workspace = manifests::Workspace::read(packed("Cargo.toml")?)?;
    let connector = workspace.standalone(
        packed("sdk/template/Cargo.toml")?,
        &Standalone {
            up: "portcullis/",
            ours: false,
        },
    )?;
    let vendor = workspace.standalone(
        packed("sdk/template/fake-vendor/Cargo.toml")?,
        &Standalone {
            up: "",
            ours: false,
        },
    )?;
    let carried = Standalone {
        up: "../../",
        ours: true,
    };
    let model = workspace.standalone(packed("sdk/model/Cargo.toml")?, &carried)?;
    let sdk = workspace.standalone(packed("sdk/rust/Cargo.toml")?, &carried)?;
    let lock = lock::trimmed(
        packed("Cargo.lock")?,
        &[
            Locked::of("connector-acme-pms", &connector),
            Locked::of("fake-vendor", &vendor),
            Locked::of("portcullis-model", &model),
            Locked::of("portcullis-sdk", &sdk),
        ],
    )?;
    let root = format!("{connector}\n{}", workspace.project_tables()?);
    let mut files = vec![
        ("Cargo.toml".to_owned(), names.fill(&root)),
        ("Cargo.lock".to_owned(), names.fill(&lock)),
        ("fake-vendor/Cargo.toml".to_owned(), names.fill(&vendor)),
        (".gitignore".to_owned(), GITIGNORE.to_owned()),
        (format!("{CARRIED}/sdk/model/Cargo.toml"), model),
        (format!("{CARRIED}/sdk/rust/Cargo.toml"), sdk),
        (
            format!("{CARRIED}/README.md"),
            CARRIED_README.replace("VERSION", env!("CARGO_PKG_VERSION")),
        ),
    ];
    for (path, text) in PACKED {
        if path.ends_with("Cargo.toml") || *path == "Cargo.lock" {
            continue;
        }
        files.push(match path.strip_prefix("sdk/template/") {
            Some(own) => (own.to_owned(), names.fill(text)),
            None if *path == "rust-toolchain.toml" => ((*path).to_owned(), (*text).to_owned()),
            None => (format!("{CARRIED}/{path}"), (*text).to_owned()),
        });
    }
    files.sort();
    Ok(files)
}

fn packed(path: &'static str) -> Result<&'static str, ProjectError> {
    PACKED
        .iter()
        .find_map(|(known, text)| (*known == path).then_some(*text))
        .ok_or(ProjectError::Missing(path))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;

    fn project() -> BTreeMap<String, String> {
        files(&Names::of("sunny-hills").unwrap())
            .unwrap()
            .into_iter()
            .collect()
    }

    /// The files below a folder of the workspace.
    fn sources(folder: &str) -> Vec<(String, String)> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut found = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(root.join(&folder)).unwrap() {
                let entry = entry.unwrap();
                let path = format!("{folder}/{}", entry.file_name().into_string().unwrap());
                if entry.path().is_dir() {
                    folders.push(path);
                } else {
                    found.push((path, std::fs::read_to_string(entry.path()).unwrap()));
                }
            }
        }
        found
    }

    #[test]
    fn contract_and_sdk_are_the_workspaces_own() {
        let project = project();
        for folder in ["wit", "sdk/model/src", "sdk/rust/src"] {
            let sources = sources(folder);
            assert!(sources.len() > 5, "{folder}");
            for (path, text) in sources {
                assert_eq!(project[&format!("portcullis/{path}")], text, "{path}");
            }
        }
    }

    #[test]
    fn nothing_of_the_workspace_and_nothing_of_the_templates_name_is_left() {
        for (path, text) in project() {
            if path.ends_with("Cargo.toml") {
                assert!(!text.contains("workspace = true"), "{path}: {text}");
                toml::from_str::<toml::Table>(&text).unwrap();
            }
            if !path.starts_with("portcullis/") {
                let text = text.to_lowercase();
                for form in ["acme-pms", "acme_pms", "acmepms", "acme pms"] {
                    assert!(!text.contains(form), "{path} has {form}");
                }
            }
        }
    }

    #[test]
    fn crates_come_from_the_registry_or_from_the_project() {
        let project = project();
        for (path, text) in project
            .iter()
            .filter(|(path, _)| path.ends_with("Cargo.toml"))
        {
            let manifest: toml::Table = toml::from_str(text).unwrap();
            for section in ["dependencies", "dev-dependencies"] {
                let dependencies = manifest.get(section).and_then(toml::Value::as_table);
                for (name, dependency) in dependencies.into_iter().flatten() {
                    let Some(folder) = dependency.get("path").and_then(toml::Value::as_str) else {
                        continue;
                    };
                    let place = Path::new(path).parent().unwrap().join(folder);
                    let mut plain = Vec::new();
                    for part in place.components() {
                        match part {
                            std::path::Component::ParentDir => drop(plain.pop()),
                            part => plain.push(part.as_os_str().to_string_lossy().into_owned()),
                        }
                    }
                    let manifest = format!("{}/Cargo.toml", plain.join("/"));
                    assert!(
                        project.contains_key(&manifest),
                        "{path} wants {name} at {manifest}"
                    );
                }
            }
        }
        let lock: toml::Table = toml::from_str(&project["Cargo.lock"]).unwrap();
        let packages = lock["package"].as_array().unwrap();
        assert!(
            packages
                .iter()
                .any(|it| it["name"].as_str() == Some("wit-bindgen"))
        );
        assert!(
            packages
                .iter()
                .all(|it| it["name"].as_str() != Some("wasmtime"))
        );
    }
}
