//! The Rust face of `wit/`: what a guest imports and exports.
//!
//! Everything here is generated from the WIT package, so the types cannot drift from
//! what a connector was built against. The modules are re-exported flat, because the
//! package path adds nothing for a reader of the host.

#[expect(missing_docs, reason = "generated code; the WIT files document it")]
mod generated {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "connector",
        imports: { default: async | trappable },
        exports: { default: async },
        additional_derives: [PartialEq],
    });
}

/// The optional `session` export. It is looked up on its own, so that a connector
/// without it stays valid; the shared types are those of the main world.
mod with_session {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "session-connector",
        imports: { default: async | trappable },
        exports: { default: async },
        additional_derives: [PartialEq],
        with: {
            "portcullis:connector/types": super::generated::portcullis::connector::types,
            "portcullis:connector/http": super::generated::portcullis::connector::http,
            "portcullis:connector/log": super::generated::portcullis::connector::log,
        },
    });
}

pub use generated::exports::portcullis::connector::{access, credentials, sync};
pub use generated::portcullis::connector::{http, log, types};

pub(crate) use generated::Connector;
pub(crate) use with_session::exports::portcullis::connector::session;

pub use access::{Finding, ProbeRequest, Restriction, Verdict};
pub use credentials::Identity;
pub use sync::{
    Batch, Next, Omission, Page, PageRequest, Partition, Span, Tombstone, Upsert, Window,
};
pub use types::{CallContext, Error, FieldProblem, HttpError, RateLimit, Reaction, RecordKey};
