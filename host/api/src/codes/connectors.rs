//! The codes with which a connector's file is refused.

use portcullis_service::WhoMustAct::{ConnectorAuthor, Operator};

use super::Place::Command;
use super::{CodeEntry, connector};

/// The codes of connectors that are not loaded.
#[rustfmt::skip]
pub const CONNECTORS: &[CodeEntry] = &[
    connector("too_large", ConnectorAuthor, "The file is too large",
        "The file has more bytes than a connector may have.",
        "Build it for release and strip it."),
    connector("not_a_component", ConnectorAuthor, "Not a WebAssembly component",
        "The file is something else: a core module, a half copied file, or no WebAssembly at all.",
        "Build a component, such as with the target `wasm32-wasip2`, and rename it into the folder when it is complete."),
    connector("precompiled_refused", ConnectorAuthor, "The file is precompiled",
        "The file holds machine code, which cannot be checked.",
        "Put the component itself into the folder."),
    connector("manifest_missing", ConnectorAuthor, "The component has no manifest",
        "The component has no section with a `connector.toml`.",
        "Use the Rust SDK, which puts it in, or `portcullis connector pack`."),
    connector("manifest_ambiguous", ConnectorAuthor, "The component has two manifests",
        "Two sections of the component claim to be its manifest, and no order between them would be right.",
        "Pack the component again, from one without a manifest."),
    connector("manifest_invalid", ConnectorAuthor, "The manifest is not valid",
        "A key of `connector.toml` is unknown, missing or contradicts another one; the detail names it.",
        "Correct the key, and build the connector again."),
    connector("unsupported_world", ConnectorAuthor, "Another version of the contract",
        "The component is built against a track of `portcullis:connector` that this gateway does not serve.",
        "Build it against the track that the gateway serves, or run a gateway that serves its own."),
    connector("import_forbidden", ConnectorAuthor, "The component imports what no connector may have",
        "The component asks for files, sockets, an environment or something else that is not in the contract.",
        "Leave out what imports it; the detail names the import."),
    connector("export_missing", ConnectorAuthor, "The component lacks a part of the contract",
        "An interface that every connector has is not exported.",
        "Export it; the detail names it."),
    connector("compile_failed", ConnectorAuthor, "The component cannot be compiled",
        "The compiler refused the component, or ran out of the memory that it may use.",
        "The detail has the compiler's words. A smaller component may do.")
        .and_in(Command),
    connector("compile_timeout", ConnectorAuthor, "Compiling took too long",
        "The compiler did not finish within its time.",
        "A smaller component may do. On a busy machine: touch the file, and it is tried again."),
    connector("dry_run_failed", ConnectorAuthor, "The component could not be started",
        "The component was compiled, and creating an instance of it failed.",
        "The detail says why; most often a start function does too much."),
    connector("version_lower", Operator, "The version is lower than the one that is loaded",
        "A file with a lower version came while a higher one serves, which looks like a mistake.",
        "If it is meant, remove the higher version's file first."),
    connector("version_reused", ConnectorAuthor, "The same version with other bytes",
        "A file has the version of the one that serves, and is not the same.",
        "Give each build that is handed out a version of its own."),
    connector("state_format_lower", ConnectorAuthor, "The version cannot read the cursors",
        "The cursors that were stored have a newer format than the version that came can read.",
        "Keep the version that serves, or give the new one the newer format."),
];
