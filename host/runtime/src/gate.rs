//! The install gate up to compilation: what a file must be to count as a connector.

use std::sync::Arc;

use portcullis_manifest::Manifest;
use sha2::{Digest as _, Sha256};
use wasmparser::{ComponentTypeRef, Encoding, Parser, Payload, Validator, WasmFeatures};

use crate::refusal::{Refusal, RefusalCode};
use crate::section::{manifest_refusal, manifest_section};

/// The largest file that is looked at, in bytes. A Python connector has some 20 MB.
pub const MAX_COMPONENT_BYTES: u64 = 64 << 20;

/// What every connector must export, of a track that the host offers.
const REQUIRED_EXPORTS: [&str; 3] = ["credentials", "access", "sync"];
/// What a connector may import of the contract.
const CONTRACT_IMPORTS: [&str; 3] = ["types", "http", "log"];
/// What a connector may import of WASI: sealed standard streams, clocks, random numbers.
const WASI_IMPORTS: [&str; 4] = ["io", "cli", "clocks", "random"];

/// A file that passed the gate up to compilation.
#[derive(Clone)]
pub struct Candidate {
    /// SHA-256 of the file, in lower-case hex.
    pub digest: String,
    /// What the file says about itself.
    pub manifest: Manifest,
    /// The manifest as it stands in the file.
    pub manifest_toml: String,
    /// The names of what it imports, in the order of the file.
    pub imports: Vec<String>,
    /// The names of what it exports, in the order of the file.
    pub exports: Vec<String>,
    /// Length of the file, in bytes.
    pub size: u64,
    bytes: Arc<[u8]>,
}

impl Candidate {
    /// The file itself.
    #[must_use]
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }
}

impl std::fmt::Debug for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Candidate")
            .field("connector", &self.manifest.id)
            .field("digest", &self.digest)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// The WebAssembly features that connectors may use. The engine is configured with the
/// same set: each one more is one more path through the code generator.
pub(crate) fn features() -> WasmFeatures {
    (WasmFeatures::WASM2
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::COMPONENT_MODEL)
        .difference(WasmFeatures::GC_TYPES)
}

/// Looks at a file without running or compiling any of it.
///
/// This takes some tens of milliseconds of processor time per ten megabytes, so an async
/// caller should run it on the blocking pool.
///
/// # Errors
///
/// A [`Refusal`] with the first thing that is wrong. It carries the connector's id and
/// vendor as soon as the manifest could be read.
pub fn inspect(bytes: impl Into<Arc<[u8]>>) -> Result<Candidate, Refusal> {
    let bytes = bytes.into();
    let size = bytes.len() as u64;
    if size > MAX_COMPONENT_BYTES {
        return Err(Refusal::new(
            RefusalCode::TooLarge,
            format!("{size} bytes, at most {MAX_COMPONENT_BYTES} are accepted"),
        ));
    }
    if wasmtime::Engine::detect_precompiled(&bytes).is_some() {
        return Err(Refusal::new(
            RefusalCode::PrecompiledRefused,
            "this is machine code made by a compiler somewhere else; send the .wasm component",
        ));
    }
    let outline = outline(&bytes)?;
    let manifest_toml = manifest_section(&bytes)?;
    let manifest = Manifest::parse(&manifest_toml).map_err(manifest_refusal)?;
    check_interfaces(&outline).map_err(|refusal| named(refusal, &manifest))?;
    Ok(Candidate {
        digest: data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes)),
        manifest,
        manifest_toml,
        imports: outline.imports.into_iter().map(|(name, _)| name).collect(),
        exports: outline.exports,
        size,
        bytes,
    })
}

/// The refusal with the names that the manifest gives.
pub(crate) fn named(refusal: Refusal, manifest: &Manifest) -> Refusal {
    Refusal {
        connector_id: Some(manifest.id.clone()),
        vendor: Some(manifest.vendor.clone()),
        ..refusal
    }
}

struct Outline {
    /// Name, and whether it is an instance, which is all that a connector may import.
    imports: Vec<(String, bool)>,
    exports: Vec<String>,
}

/// Validates the file and lists the imports and exports of the outermost component.
fn outline(bytes: &[u8]) -> Result<Outline, Refusal> {
    let refuse = |error: wasmparser::BinaryReaderError| {
        Refusal::new(RefusalCode::NotAComponent, error.to_string())
    };
    // Looked at before validation, because a plain module is the most common mistake
    // and deserves its own sentence.
    if let Some(Ok(Payload::Version {
        encoding: Encoding::Module,
        ..
    })) = Parser::new(0).parse_all(bytes).next()
    {
        return Err(Refusal::new(
            RefusalCode::NotAComponent,
            "this is a core module; build for the target wasm32-wasip2, which makes a component",
        ));
    }
    Validator::new_with_features(features())
        .validate_all(bytes)
        .map_err(refuse)?;

    let mut outline = Outline {
        imports: Vec::new(),
        exports: Vec::new(),
    };
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(refuse)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    let import = import.map_err(refuse)?;
                    let instance = matches!(import.ty, ComponentTypeRef::Instance(_));
                    outline
                        .imports
                        .push((import.name.name.to_owned(), instance));
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    outline
                        .exports
                        .push(export.map_err(refuse)?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(outline)
}

/// `ns:package/interface@1.2.3` in its parts.
struct InterfaceName<'a> {
    package: &'a str,
    interface: &'a str,
    version: &'a str,
}

fn interface_name(name: &str) -> Option<InterfaceName<'_>> {
    let (path, version) = name.split_once('@').unwrap_or((name, ""));
    let (package, interface) = path.split_once('/')?;
    Some(InterfaceName {
        package,
        interface,
        version,
    })
}

/// Whether `version` lies on the track of the contract that this host offers.
fn on_track(version: &str) -> bool {
    version.strip_prefix("0.1.").is_some_and(is_plain_number)
}

/// WASI 0.2 in any of its releases.
fn is_wasi_02(version: &str) -> bool {
    version.strip_prefix("0.2.").is_some_and(is_plain_number)
}

/// A pre-release such as `0-rc1` is compatible with nothing.
fn is_plain_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn check_interfaces(outline: &Outline) -> Result<(), Refusal> {
    let other_track = outline
        .imports
        .iter()
        .map(|(name, _)| name)
        .chain(&outline.exports)
        .find(|name| {
            interface_name(name).is_some_and(|name| {
                name.package == "portcullis:connector" && !on_track(name.version)
            })
        });
    if let Some(name) = other_track {
        return Err(Refusal::new(
            RefusalCode::UnsupportedWorld,
            format!("`{name}` is not of the track 0.1, which this host offers"),
        ));
    }
    for (name, instance) in &outline.imports {
        if !(*instance && may_import(name)) {
            return Err(Refusal::new(
                RefusalCode::ImportForbidden,
                import_advice(name),
            ));
        }
    }
    let missing: Vec<&str> = REQUIRED_EXPORTS
        .into_iter()
        .filter(|required| {
            !outline.exports.iter().any(|export| {
                interface_name(export).is_some_and(|name| {
                    name.package == "portcullis:connector" && name.interface == *required
                })
            })
        })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalCode::ExportMissing,
        format!(
            "portcullis:connector/{{{}}} must be exported",
            missing.join(",")
        ),
    ))
}

fn may_import(name: &str) -> bool {
    let Some(name) = interface_name(name) else {
        return false;
    };
    match name.package.split_once(':') {
        Some(("portcullis", "connector")) => CONTRACT_IMPORTS.contains(&name.interface),
        Some(("wasi", package)) => WASI_IMPORTS.contains(&package) && is_wasi_02(name.version),
        _ => false,
    }
}

/// Why `name` is refused, and the build flag that avoids it.
fn import_advice(name: &str) -> String {
    let package = interface_name(name).map_or("", |name| name.package);
    let advice = match package {
        "wasi:http" | "wasi:filesystem" | "wasi:sockets" => {
            "requests go through portcullis:connector/http, and there are no files and no sockets; \
             componentize-py leaves it out with --stub-wasi, componentize-js with \
             disableFeatures: [\"all\"], Rust by not using std::fs and std::net"
        }
        _ if package.starts_with("wasi:") => {
            "of WASI only io, cli, clocks and random of 0.2 are offered, sealed; \
             componentize-py leaves it out with --stub-wasi, componentize-js with \
             disableFeatures: [\"all\"]"
        }
        _ => "a connector may import portcullis:connector/{types,http,log} only",
    };
    format!("`{name}` must not be imported: {advice}")
}

#[cfg(test)]
mod tests;
