//! The macro that makes a connector a component.

/// Exports a type as the connector of this crate and, if a manifest is named,
/// carries it in the component as the custom section `portcullis:manifest`.
///
/// ```text
/// portcullis_sdk::export_connector!(Acme, manifest = "connector.toml");
/// portcullis_sdk::export_connector!(Acme, session, manifest = "connector.toml");
/// portcullis_sdk::export_connector!(Acme); // `portcullis connector pack` adds the manifest
/// ```
///
/// The manifest's path starts at the crate's root, beside its `Cargo.toml`.
/// `session` says that the type implements
/// [`SessionConnector`](crate::SessionConnector) too. On native targets the
/// macro only checks that the traits are implemented.
#[macro_export]
macro_rules! export_connector {
    ($connector:ty $(, manifest = $manifest:literal)? $(,)?) => {
        $crate::export_connector!(@component $connector);
        $($crate::export_connector!(@manifest $manifest);)?
    };
    ($connector:ty, session $(, manifest = $manifest:literal)? $(,)?) => {
        $crate::export_connector!(@component $connector);
        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, missing_docs, reason = "generated glue of the component's exports")]
        mod __portcullis_session {
            type Component = $crate::Exported<super::__PortcullisConnector>;
            $crate::bindings::session::export_session!(
                Component with_types_in $crate::bindings::session
            );
        }
        const _: fn() = || {
            fn implements_session<T: $crate::SessionConnector>() {}
            implements_session::<$connector>();
        };
        $($crate::export_connector!(@manifest $manifest);)?
    };
    (@component $connector:ty) => {
        #[doc(hidden)]
        #[allow(dead_code, reason = "named by the generated exports of the wasm target")]
        type __PortcullisConnector = $connector;
        const _: fn() = || {
            fn implements_connector<T: $crate::Connector>() {}
            implements_connector::<$connector>();
        };
        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, missing_docs, reason = "generated glue of the component's exports")]
        mod __portcullis_exports {
            type Component = $crate::Exported<super::__PortcullisConnector>;
            $crate::bindings::export_component!(Component with_types_in $crate::bindings);
        }
    };
    (@manifest $manifest:literal) => {
        #[cfg(target_arch = "wasm32")]
        // SAFETY: the section's name is this package's own and the linker gives it no meaning; its bytes are plain data.
        #[allow(unsafe_code, reason = "a custom section of the component has no other way in")]
        const _: () = {
            const BYTES: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $manifest));
            #[used]
            #[unsafe(link_section = "portcullis:manifest")]
            static MANIFEST: [u8; BYTES.len()] = *include_bytes!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/",
                $manifest
            ));
        };
    };
}
