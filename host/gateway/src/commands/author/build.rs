//! `portcullis connector build`: the finished file, and what it is.

use std::path::{Path, PathBuf};

use portcullis_manifest::{Egress, Manifest};
use portcullis_runtime::{Candidate, RefusalCode, inspect, manifest_section, pack};
use serde_json::{Value, json};

use super::tools;
use crate::commands::connector::replace;
use crate::commands::{refused, serve};
use crate::config::Config;
use crate::failure::Failure;
use crate::output::Output;

/// A component that a gateway would load.
pub(super) struct Built {
    /// What it says about itself.
    pub(super) candidate: Candidate,
    /// Where it was put.
    pub(super) file: PathBuf,
}

pub(in crate::commands) async fn run(
    project: &Path,
    file: Option<PathBuf>,
    config: &Config,
    output: Output,
) -> Result<(), Failure> {
    let built = build(project, file, config).await?;
    output.answer(&built.json(), || built.text());
    Ok(())
}

/// Builds a project, gives its component the manifest that lies beside it unless it has one, and lets it pass the
/// install gate to its end, the first instance included.
pub(super) async fn build(
    project: &Path,
    file: Option<PathBuf>,
    config: &Config,
) -> Result<Built, Failure> {
    let component = tools::compile(project).await?;
    let mut bytes = read(&component)?;
    let beside = project.join("connector.toml");
    let missing =
        |refusal: &portcullis_runtime::Refusal| refusal.code == RefusalCode::ManifestMissing;
    if manifest_section(&bytes).is_err_and(|refusal| missing(&refusal)) && beside.is_file() {
        let manifest = String::from_utf8(read(&beside)?).map_err(|_| {
            Failure::new(
                "manifest_invalid",
                format!("{} is not UTF-8", beside.display()),
            )
        })?;
        bytes = pack(&bytes, &manifest).map_err(refused)?;
    }
    let candidate = inspect(bytes).map_err(refused)?;
    let cache = tempfile::tempdir().map_err(|error| {
        Failure::new(
            "data_dir_unusable",
            format!("cannot make a temporary folder: {error}"),
        )
    })?;
    let runtime = serve::runtime(config, cache.path().to_owned())?;
    runtime.load(candidate.clone()).await.map_err(refused)?;
    let file = file.unwrap_or_else(|| {
        let name = format!("{}.wasm", candidate.manifest.id);
        match project == Path::new(".") {
            true => name.into(),
            false => project.join(name),
        }
    });
    replace(&file, candidate.bytes())?;
    Ok(Built { candidate, file })
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| {
        Failure::new(
            "file_unreadable",
            format!("cannot read {}: {error}", path.display()),
        )
    })
}

impl Built {
    fn manifest(&self) -> &Manifest {
        &self.candidate.manifest
    }

    /// `portcullis:connector@0.1.0 connector`: the package and its world, as the exports show them.
    fn world(&self) -> String {
        let exported = |interface: &str| {
            let start = format!("portcullis:connector/{interface}@");
            let mut names = self.candidate.exports.iter();
            names.find_map(|name| name.strip_prefix(&start))
        };
        let world = match exported("session") {
            Some(_) => "session-connector",
            None => "connector",
        };
        let version = exported("sync").unwrap_or_default();
        format!("portcullis:connector@{version} {world}")
    }

    /// The models that can be read.
    fn models(&self) -> Vec<&str> {
        let models = self.manifest().models.iter();
        models
            .filter(|model| model.supported)
            .map(|model| model.name.as_str())
            .collect()
    }

    fn hosts(&self) -> Vec<String> {
        self.manifest().egress.iter().map(host).collect()
    }

    fn secrets(&self) -> Vec<&str> {
        let fields = self.manifest().fields.iter();
        fields
            .filter(|field| field.kind == portcullis_manifest::FieldKind::Secret)
            .map(|field| field.name.as_str())
            .collect()
    }

    fn limits(&self) -> Vec<String> {
        let limits = self.manifest().limits.iter();
        limits
            .map(|limit| {
                let per = humantime::format_duration(limit.per);
                format!("{} requests per {per}", limit.requests)
            })
            .collect()
    }

    pub(super) fn json(&self) -> Value {
        let manifest = self.manifest();
        json!({
            "file": self.file,
            "bytes": self.candidate.size,
            "digest": self.candidate.digest,
            "world": self.world(),
            "id": manifest.id,
            "vendor": manifest.vendor,
            "name": manifest.name,
            "version": manifest.version.to_string(),
            "models": self.models(),
            "hosts": self.hosts(),
            "secrets": self.secrets(),
            "limits": self.limits(),
        })
    }

    pub(super) fn text(&self) -> String {
        let manifest = self.manifest();
        let rows = [
            (
                "Connector",
                format!("{} {} ({})", manifest.id, manifest.version, manifest.vendor),
            ),
            ("World", self.world()),
            ("Models", self.models().join(", ")),
            ("Hosts", self.hosts().join(", ")),
            ("Secrets", self.secrets().join(", ")),
            ("Limits", self.limits().join(", ")),
            (
                "Size",
                bytesize::ByteSize(self.candidate.size)
                    .display()
                    .iec()
                    .to_string(),
            ),
            ("SHA-256", self.candidate.digest.clone()),
        ];
        let mut text = format!("Built {}; a gateway would load it.\n", self.file.display());
        for (name, value) in rows {
            if !value.is_empty() {
                text.push_str(&format!("  {name:<10}{value}\n"));
            }
        }
        text
    }
}

/// A host as the manifest means it.
fn host(egress: &Egress) -> String {
    match (&egress.host, &egress.host_of) {
        (Some(host), _) => host.clone(),
        (None, Some(setting)) => format!("the host of {setting}"),
        (None, None) => String::new(),
    }
}
