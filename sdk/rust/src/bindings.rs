//! What `wit-bindgen` makes of the contract: the types that cross the
//! boundary, the imports, and the `export!` macros behind
//! [`export_connector!`](crate::export_connector).
//!
//! Connectors use the names that the crate root re-exports.

#![allow(
    missing_docs,
    unsafe_code,
    unused_imports,
    unreachable_pub,
    clippy::all,
    reason = "generated from the WIT package, which carries the documentation"
)]

wit_bindgen::generate!({
    path: "../../wit",
    world: "connector",
    pub_export_macro: true,
    default_bindings_module: "portcullis_sdk::bindings",
    export_macro_name: "export_component",
    additional_derives: [PartialEq],
});

/// The optional `session` export, on the same types.
pub mod session {
    wit_bindgen::generate!({
        inline: "
            package portcullis:sdk;
            world session-export {
                export portcullis:connector/session@0.1.0;
            }
        ",
        path: "../../wit",
        world: "session-export",
        with: {
            "portcullis:connector/types@0.1.0": crate::bindings::portcullis::connector::types,
        },
        pub_export_macro: true,
        default_bindings_module: "portcullis_sdk::bindings::session",
        export_macro_name: "export_session",
    });
}
