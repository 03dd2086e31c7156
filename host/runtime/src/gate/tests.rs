use proptest::prelude::*;

use super::*;
use crate::section::{MANIFEST_SECTION, is_whole, pack};

/// A component of the given text, without a manifest.
fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the test's component")
}

/// The smallest thing with the names that a connector must export.
fn shaped(imports: &str, extra: &str) -> Vec<u8> {
    component(&format!(
        r#"(component
            {imports}
            (instance $empty)
            (export "portcullis:connector/credentials@0.1.0" (instance $empty))
            (export "portcullis:connector/access@0.1.0" (instance $empty))
            (export "portcullis:connector/sync@0.1.3" (instance $empty))
            {extra}
        )"#
    ))
}

fn recorded(refusal: &Refusal) -> &'static str {
    portcullis_test_codes::record(refusal.code());
    refusal.code()
}

fn refused(bytes: Vec<u8>) -> (&'static str, String) {
    let refusal = inspect(bytes).expect_err("must be refused");
    (recorded(&refusal), refusal.detail)
}

fn section(data: &str) -> String {
    format!("(@custom \"{MANIFEST_SECTION}\" \"{data}\")")
}

const MANIFEST: &str = include_str!("../../tests/it/fixtures/connector.toml");

#[test]
fn packed_component_is_a_candidate_and_its_prefix_is_unchanged() {
    let plain = shaped(
        "",
        "(export \"portcullis:connector/webhooks@0.1.0\" (instance $empty))",
    );
    let packed = pack(&plain, MANIFEST).expect("pack");
    assert_eq!(packed[..plain.len()], plain[..]);
    assert!(is_whole(&packed));

    let candidate = inspect(packed.clone()).expect("inspect");
    assert_eq!(candidate.manifest.id, "fixture");
    assert_eq!(candidate.manifest_toml, MANIFEST);
    assert_eq!(candidate.size, packed.len() as u64);
    assert_eq!(candidate.digest.len(), 64);
    assert_eq!(candidate.exports.len(), 4);

    let twice = pack(&packed, MANIFEST).expect_err("a second manifest");
    assert_eq!(recorded(&twice), "manifest_ambiguous");
}

#[test]
fn each_wrong_file_is_refused_under_its_own_name() {
    let packed = |bytes: Vec<u8>| pack(&bytes, MANIFEST).expect("pack");
    let cases = [
        (b"\x7fELF".to_vec(), "not_a_component"),
        (Vec::new(), "not_a_component"),
        (component("(module)"), "not_a_component"),
        (
            component("(component (core module (memory i64 1)))"),
            "not_a_component",
        ),
        (shaped("", ""), "manifest_missing"),
        (
            component(&format!("(component {})", section("manifest = 99"))),
            "manifest_invalid",
        ),
        (packed(component("(component)")), "export_missing"),
        (
            packed(shaped("(import \"wasi:http/types@0.2.3\" (instance))", "")),
            "import_forbidden",
        ),
        (
            packed(shaped("(import \"wasi:cli/stdin@0.3.0\" (instance))", "")),
            "import_forbidden",
        ),
        (
            packed(shaped(
                "(import \"wasi:cli/stdin@0.2.0-rc1\" (instance))",
                "",
            )),
            "import_forbidden",
        ),
        (
            packed(shaped("(import \"other:thing/x@0.1.0\" (instance))", "")),
            "import_forbidden",
        ),
        (
            packed(shaped("(import \"bare\" (func))", "")),
            "import_forbidden",
        ),
        (
            packed(shaped(
                "(import \"portcullis:connector/sync@0.1.0\" (instance))",
                "",
            )),
            "import_forbidden",
        ),
        (
            packed(shaped(
                "(import \"portcullis:connector/http@0.2.0\" (instance))",
                "",
            )),
            "unsupported_world",
        ),
    ];
    for (bytes, expected) in cases {
        let (code, detail) = refused(bytes);
        assert_eq!(code, expected, "{detail}");
    }
}

#[test]
fn a_file_is_measured_before_it_is_read() {
    let least = usize::try_from(MAX_COMPONENT_BYTES).expect("64 bits") + 1;
    assert_eq!(refused(vec![0; least]).0, "too_large");
}

#[test]
fn forbidden_import_names_the_flag_that_avoids_it_and_whose_it_is() {
    let bytes = shaped("(import \"wasi:sockets/tcp@0.2.3\" (instance))", "");
    let refusal = inspect(pack(&bytes, MANIFEST).expect("pack")).expect_err("refused");
    assert!(refusal.detail.contains("--stub-wasi"), "{}", refusal.detail);
    assert_eq!(refusal.connector_id.as_deref(), Some("fixture"));
    assert!(refusal.vendor.is_some());
}

#[test]
fn sections_count_at_any_depth() {
    let inner = format!("(core module {})", section("a"));
    let nested = component(&format!("(component (component {inner}))"));
    assert_eq!(manifest_section(&nested).expect("one"), "a");

    let two = component(&format!("(component {} (component {inner}))", section("b")));
    assert_eq!(
        manifest_section(&two).expect_err("two").code(),
        "manifest_ambiguous"
    );
}

#[test]
fn machine_code_is_refused_before_anything_reads_it() {
    let engine = crate::engine::compiling_engine().expect("engine");
    let code = engine
        .precompile_component(&component("(component)"))
        .expect("compile");
    assert_eq!(refused(code).0, "precompiled_refused");
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(inspect(bytes.clone()).is_err());
        let _ = is_whole(&bytes);
    }

    #[test]
    fn cut_and_flipped_components_never_panic(cut in 0_usize..2000, at in 0_usize..2000, bit in 0_u8..8) {
        let whole = pack(&shaped("(import \"wasi:cli/stdin@0.2.3\" (instance))", ""), MANIFEST)
            .expect("pack");
        prop_assert!(inspect(whole.clone()).is_ok());
        let cut = cut % whole.len();
        prop_assert!(inspect(whole[..cut].to_vec()).is_err());
        let mut flipped = whole.clone();
        flipped[at % whole.len()] ^= 1 << bit;
        // Whether it still passes depends on the byte; it must only come back.
        let _ = inspect(flipped);
    }

    #[test]
    fn no_proper_prefix_is_whole_unless_it_ends_between_sections(cut in 1_usize..2000) {
        let whole = pack(&shaped("", ""), MANIFEST).expect("pack");
        let cut = cut % whole.len();
        if is_whole(&whole[..cut]) {
            // Between two sections a prefix is a whole file of its own; the rest must
            // then be whole behind a preamble as well.
            let mut rest = whole[..8].to_vec();
            rest.extend_from_slice(&whole[cut.max(8)..]);
            prop_assert!(is_whole(&rest));
        }
    }
}
