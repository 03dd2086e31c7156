//! Manifests of the workspace, rewritten so that they stand alone.
//!
//! Line by line, so that comments and order stay: what is inherited is replaced by what it stands for, and what a
//! project has no use for is left out.

use toml::{Table, Value};

/// Why a manifest cannot be rewritten.
#[derive(Debug, thiserror::Error)]
pub(super) enum ManifestError {
    /// It is no TOML.
    #[error("a packed manifest cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// It inherits something that the workspace has not.
    #[error("the workspace has no {0}")]
    NotThere(String),
    /// It inherits in a way that is not known here.
    #[error("a packed manifest has a line that cannot be rewritten: {0}")]
    Line(String),
}

/// Where a manifest will stand.
pub(super) struct Standalone {
    /// What leads from its folder to the folder in which `sdk/` lies, with a slash at the end.
    pub(super) up: &'static str,
    /// Whether it is one of the SDK's: it keeps its licence, and its tests stay at home.
    pub(super) ours: bool,
}

/// What members of the workspace inherit.
pub(super) struct Workspace {
    package: Table,
    dependencies: Table,
    /// How connectors are compiled.
    profile: Table,
}

impl Workspace {
    /// Reads the workspace's manifest.
    pub(super) fn read(text: &str) -> Result<Self, ManifestError> {
        let whole: Table = toml::from_str(text)?;
        let table = |path: [&str; 2]| {
            whole
                .get(path[0])
                .and_then(|outer| outer.get(path[1]))
                .and_then(Value::as_table)
                .cloned()
                .ok_or_else(|| ManifestError::NotThere(path.join(".")))
        };
        Ok(Self {
            package: table(["workspace", "package"])?,
            dependencies: table(["workspace", "dependencies"])?,
            profile: table(["profile", "connector"])?,
        })
    }

    /// The tables that a project's own manifest has besides its package.
    pub(super) fn project_tables(&self) -> Result<String, ManifestError> {
        let mut text = String::from(
            "# `portcullis/` holds the contract and the SDK, as the gateway carries them.\n\
             [workspace]\n\
             members = [\"fake-vendor\"]\n\
             exclude = [\"portcullis\"]\n\n\
             # How `portcullis connector build` compiles: small, and fast at reading a page.\n\
             [profile.connector]\n",
        );
        for (key, value) in &self.profile {
            text.push_str(&format!("{key} = {value}\n"));
        }
        Ok(text)
    }

    /// A member's manifest, standing alone.
    pub(super) fn standalone(
        &self,
        manifest: &str,
        at: &Standalone,
    ) -> Result<String, ManifestError> {
        let mut text = String::new();
        let mut section = String::new();
        for line in manifest.lines() {
            if line.starts_with('[') {
                line.trim().clone_into(&mut section);
            }
            let stays_home = match section.as_str() {
                "[lints]" => true,
                "[dev-dependencies]" => at.ours,
                // What licence a connector has is its author's affair.
                "[package]" => !at.ours && line.starts_with("license."),
                _ => false,
            };
            if stays_home {
                continue;
            }
            text.push_str(&self.line(line, &section, at)?);
            text.push('\n');
        }
        // What was left out may leave blank lines at the end.
        Ok(text.trim_end().to_owned() + "\n")
    }

    fn line(&self, line: &str, section: &str, at: &Standalone) -> Result<String, ManifestError> {
        if !line.contains("workspace") {
            return Ok(line.to_owned());
        }
        let read: Table = toml::from_str(line)?;
        let unknown = || ManifestError::Line(line.to_owned());
        let (key, value) = read.iter().next().ok_or_else(unknown)?;
        let own = value.as_table().ok_or_else(unknown)?;
        if own.get("workspace").and_then(Value::as_bool) != Some(true) {
            return Err(unknown());
        }
        let inherited = match section {
            "[package]" => &self.package,
            _ => &self.dependencies,
        };
        let inherited = inherited
            .get(key)
            .ok_or_else(|| ManifestError::NotThere(key.clone()))?;
        Ok(format!("{key} = {}", merged(inherited, own, at)))
    }
}

/// What a dependency is, with what the member adds to it.
fn merged(inherited: &Value, own: &Table, at: &Standalone) -> Value {
    let mut table = match inherited {
        Value::Table(table) => table.clone(),
        // A version, or a key of the package.
        plain if own.len() == 1 => return plain.clone(),
        version => Table::from_iter([("version".to_owned(), version.clone())]),
    };
    if let Some(Value::String(path)) = table.get_mut("path") {
        path.insert_str(0, at.up);
    }
    for (key, value) in own.iter().filter(|(key, _)| *key != "workspace") {
        match (table.get_mut(key), value) {
            (Some(Value::Array(features)), Value::Array(more)) => features.extend(more.clone()),
            _ => drop(table.insert(key.clone(), value.clone())),
        }
    }
    Value::Table(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: &str = r#"
        [workspace.package]
        edition = "2024"
        license = "MIT"
        publish = false
        [workspace.dependencies]
        ours = { path = "sdk/ours" }
        serde = { version = "1", features = ["derive"] }
        toml = "1"
        [profile.connector]
        lto = "fat"
    "#;

    #[test]
    fn what_is_inherited_is_written_out_and_the_rest_stays() {
        let workspace = Workspace::read(WORKSPACE).unwrap();
        let manifest = "[package]\nname = \"a\"\nedition.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\n[lints]\nworkspace = true\n\n[dependencies]\n# Said.\nours.workspace = true\nserde = { workspace = true, optional = true, features = [\"rc\"] }\ntoml = { workspace = true, optional = true }\n\n[dev-dependencies]\ntoml.workspace = true\n";
        let theirs = Standalone {
            up: "portcullis/",
            ours: false,
        };
        let text = workspace.standalone(manifest, &theirs).unwrap();
        let table: Table = toml::from_str(&text).unwrap();
        assert_eq!(table["package"]["edition"].as_str(), Some("2024"));
        assert_eq!(table["package"]["publish"].as_bool(), Some(false));
        assert!(table["package"].get("license").is_none());
        assert!(table.get("lints").is_none());
        assert!(text.contains("# Said.\n"), "{text}");
        let dependencies = &table["dependencies"];
        assert_eq!(
            dependencies["ours"]["path"].as_str(),
            Some("portcullis/sdk/ours")
        );
        assert_eq!(
            dependencies["serde"]["features"].as_array().map(Vec::len),
            Some(2)
        );
        assert_eq!(dependencies["toml"]["version"].as_str(), Some("1"));
        assert_eq!(dependencies["toml"]["optional"].as_bool(), Some(true));
        assert_eq!(table["dev-dependencies"]["toml"].as_str(), Some("1"));

        let ours = Standalone {
            up: "../../",
            ours: true,
        };
        let table: Table = toml::from_str(&workspace.standalone(manifest, &ours).unwrap()).unwrap();
        assert_eq!(table["package"]["license"].as_str(), Some("MIT"));
        assert!(table.get("dev-dependencies").is_none());
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        let workspace = Workspace::read(WORKSPACE).unwrap();
        let at = Standalone {
            up: "",
            ours: false,
        };
        for manifest in [
            "[dependencies]\nnone.workspace = true\n",
            "[dependencies]\ntoml.workspace = false\n",
        ] {
            assert!(workspace.standalone(manifest, &at).is_err(), "{manifest}");
        }
    }
}
