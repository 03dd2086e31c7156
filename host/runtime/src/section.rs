//! The manifest inside the component: one custom section, wherever it stands.

use portcullis_manifest::{Manifest, ManifestError};
use wasm_encoder::Encode as _;
use wasmparser::{Encoding, Parser, Payload};

use crate::refusal::{Refusal, RefusalCode};

/// The name of the custom section that carries `connector.toml`.
pub const MANIFEST_SECTION: &str = "portcullis:manifest";

/// Takes the manifest out of a component.
///
/// The section may stand at any depth: a Rust connector's linker puts it into the core
/// module, `pack` puts it beside the modules.
///
/// # Errors
///
/// `not_a_component` when the bytes do not parse, `manifest_missing` and
/// `manifest_ambiguous` when there is not exactly one section, `manifest_invalid` when
/// it is not UTF-8.
pub fn manifest_section(component: &[u8]) -> Result<String, Refusal> {
    let mut found: Option<&[u8]> = None;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload.map_err(|error| {
            Refusal::new(
                RefusalCode::NotAComponent,
                format!("the file does not parse: {error}"),
            )
        })?;
        let Payload::CustomSection(section) = payload else {
            continue;
        };
        if section.name() != MANIFEST_SECTION {
            continue;
        }
        if found.replace(section.data()).is_some() {
            return Err(Refusal::new(
                RefusalCode::ManifestAmbiguous,
                format!("there is more than one custom section `{MANIFEST_SECTION}`"),
            ));
        }
    }
    let Some(data) = found else {
        return Err(Refusal::new(
            RefusalCode::ManifestMissing,
            format!(
                "there is no custom section `{MANIFEST_SECTION}`: the Rust SDK's macro places it, \
                 `portcullis connector pack` appends it for other languages"
            ),
        ));
    };
    String::from_utf8(data.to_vec()).map_err(|error| {
        Refusal::new(
            RefusalCode::ManifestInvalid,
            format!("the manifest is not UTF-8: {error}"),
        )
    })
}

/// Appends `manifest` to a finished component, leaving every byte of it in place.
///
/// # Errors
///
/// `not_a_component` for anything else than a component, `manifest_ambiguous` when it
/// already carries a manifest, `manifest_invalid` when `manifest` itself is wrong.
pub fn pack(component: &[u8], manifest: &str) -> Result<Vec<u8>, Refusal> {
    Manifest::parse(manifest).map_err(manifest_refusal)?;
    if !is_component(component) {
        return Err(Refusal::new(
            RefusalCode::NotAComponent,
            "only a component can carry a manifest beside its modules",
        ));
    }
    match manifest_section(component) {
        Err(refusal) if refusal.code == RefusalCode::ManifestMissing => {}
        Err(refusal) => return Err(refusal),
        Ok(_) => {
            return Err(Refusal::new(
                RefusalCode::ManifestAmbiguous,
                "the component already carries a manifest",
            ));
        }
    }
    let section = wasm_encoder::CustomSection {
        name: MANIFEST_SECTION.into(),
        data: manifest.as_bytes().into(),
    };
    let mut packed = component.to_vec();
    // The section id of custom sections is 0 in modules and components alike; the
    // encoder writes the rest.
    packed.push(0);
    section.encode(&mut packed);
    Ok(packed)
}

/// What the author needs to know: the code names the rule, the error the key.
pub(crate) fn manifest_refusal(error: ManifestError) -> Refusal {
    Refusal::new(
        RefusalCode::ManifestInvalid,
        format!("{error} ({})", error.code()),
    )
}

/// Whether the preamble is that of a component.
pub(crate) fn is_component(bytes: &[u8]) -> bool {
    matches!(
        Parser::new(0).parse_all(bytes).next(),
        Some(Ok(Payload::Version {
            encoding: Encoding::Component,
            ..
        }))
    )
}

/// Whether the headers of the outermost sections add up to exactly the length of the
/// file, which tells a whole file from one that is still being copied.
pub(crate) fn is_whole(bytes: &[u8]) -> bool {
    let Some(mut rest) = bytes.get(8..) else {
        return false;
    };
    if &bytes[..4] != b"\0asm" {
        return false;
    }
    while let Some((_id, after_id)) = rest.split_first() {
        let Some((length, after_length)) = leb128_u32(after_id) else {
            return false;
        };
        let Some(next) = after_length.get(length as usize..) else {
            return false;
        };
        rest = next;
    }
    true
}

/// Reads an unsigned LEB128 number and what follows it.
fn leb128_u32(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut value: u32 = 0;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= u32::from(byte & 0x7f).checked_shl(7 * index as u32)?;
        if byte & 0x80 == 0 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}
