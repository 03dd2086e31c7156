//! Why a file is not loaded as a connector.

/// What the install gate found wrong, in the order in which it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalCode {
    /// Larger than [`MAX_COMPONENT_BYTES`](crate::MAX_COMPONENT_BYTES).
    TooLarge,
    /// Machine code from somewhere else, which would run outside the sandbox.
    PrecompiledRefused,
    /// No valid WebAssembly component of the features that the host offers.
    NotAComponent,
    /// No `portcullis:manifest` section.
    ManifestMissing,
    /// More than one `portcullis:manifest` section.
    ManifestAmbiguous,
    /// The manifest does not parse or contradicts itself.
    ManifestInvalid,
    /// Built against a track of the contract that this host does not offer.
    UnsupportedWorld,
    /// Imports something that no connector may have.
    ImportForbidden,
    /// Lacks a part of the contract.
    ExportMissing,
    /// The compiler refused it.
    CompileFailed,
    /// The compiler did not finish in time.
    CompileTimeout,
    /// It could not be instantiated once.
    DryRunFailed,
}

impl RefusalCode {
    /// The stable name, such as `manifest_missing`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::PrecompiledRefused => "precompiled_refused",
            Self::NotAComponent => "not_a_component",
            Self::ManifestMissing => "manifest_missing",
            Self::ManifestAmbiguous => "manifest_ambiguous",
            Self::ManifestInvalid => "manifest_invalid",
            Self::UnsupportedWorld => "unsupported_world",
            Self::ImportForbidden => "import_forbidden",
            Self::ExportMissing => "export_missing",
            Self::CompileFailed => "compile_failed",
            Self::CompileTimeout => "compile_timeout",
            Self::DryRunFailed => "dry_run_failed",
        }
    }
}

/// A file that is not loaded, with the reason for its author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", code.code())]
pub struct Refusal {
    /// What is wrong.
    pub code: RefusalCode,
    /// One sentence that helps the author.
    pub detail: String,
    /// The id of the manifest, if it got that far.
    pub connector_id: Option<String>,
    /// The vendor of the manifest, if it got that far.
    pub vendor: Option<String>,
}

impl Refusal {
    pub(crate) fn new(code: RefusalCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            // It quotes names that an author chose, and no database stores this character.
            detail: detail.into().replace('\0', "\u{fffd}"),
            connector_id: None,
            vendor: None,
        }
    }

    /// The stable name of the reason, such as `import_forbidden`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code.code()
    }
}
