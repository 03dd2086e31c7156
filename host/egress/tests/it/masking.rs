use std::borrow::Cow;

use data_encoding::{BASE64, BASE64URL, HEXLOWER, HEXUPPER};
use portcullis_egress::{Masker, mask::MASK};
use proptest::prelude::*;
use secrecy::SecretString;

const RUN: usize = 12;

fn masker(secret: &str) -> Masker {
    Masker::new([&SecretString::from(secret)])
}

/// The piece in every form, each by a library that is not the one under test where there is one.
fn written(piece: &str, before: &[u8], after: &[u8]) -> Vec<String> {
    let bytes = piece.as_bytes();
    let json = serde_json::to_string(piece).unwrap();
    let mut all = vec![
        piece.to_owned(),
        HEXLOWER.encode(bytes),
        HEXUPPER.encode(bytes),
        url::form_urlencoded::byte_serialize(bytes).collect(),
        json[1..json.len() - 1].to_owned(),
        quick_xml::escape::escape(piece).into_owned(),
        quick_xml::escape::partial_escape(piece).into_owned(),
    ];
    // Of base64 only the characters that depend on nothing but the piece.
    let padded = [before, bytes, after].concat();
    let first = (before.len() * 8).div_ceil(6);
    let last = (before.len() + bytes.len()) * 8 / 6;
    for text in [BASE64.encode(&padded), BASE64URL.encode(&padded)] {
        all.push(text[first..last].to_owned());
    }
    all
}

fn survives(out: &[u8], form: &str) -> bool {
    form.as_bytes()
        .windows(RUN)
        .any(|window| out.windows(RUN).any(|other| other == window))
}

proptest! {
    #[test]
    fn no_run_of_a_secret_survives_in_any_form(
        secret in "[!-~é]{12,48}",
        from in 0_usize..40,
        length in RUN..40_usize,
        // Characters that no secret and no form has, so that nothing in here is a run by chance.
        left in "[ \n\t]{0,9}",
        right in "[ \n\t]{0,9}",
        before in proptest::collection::vec(any::<u8>(), 0..4),
        after in proptest::collection::vec(any::<u8>(), 0..4),
    ) {
        let chars: Vec<char> = secret.chars().collect();
        let from = from.min(chars.len() - RUN);
        let piece: String = chars[from..(from + length).min(chars.len())].iter().collect();
        let masker = masker(&secret);
        for form in written(&piece, &before, &after) {
            let text = format!("{left}{form}{right}");
            let out = masker.bytes(text.as_bytes());
            prop_assert!(!survives(&out, &form), "{form:?} in {:?}", String::from_utf8_lossy(&out));
            prop_assert!(out.starts_with(left.as_bytes()) && out.ends_with(right.as_bytes()));
        }
        let whole = format!("{left}{secret}{right}");
        prop_assert_eq!(masker.text(&whole), format!("{left}{MASK}{right}"));
    }

    #[test]
    fn short_secrets_are_masked_whole(secret in "[!-~]{8,11}", left in "[ ]{0,9}") {
        let masker = masker(&secret);
        for form in [secret.clone(), HEXLOWER.encode(secret.as_bytes())] {
            let text = format!("{left}{form}\n");
            prop_assert_eq!(masker.text(&text), format!("{left}{MASK}\n"));
        }
        let basic = BASE64.encode(format!("user:{secret}").as_bytes());
        prop_assert!(masker.text(&basic).contains(MASK));
    }

    #[test]
    fn clean_text_is_not_copied(secret in "[a-z]{8,40}", text in "[ -@]{0,400}") {
        let masker = masker(&secret);
        // Hexadecimal digits are all that the two could share.
        prop_assume!(!text.contains(&HEXLOWER.encode(secret.as_bytes())[..8]));
        prop_assert!(matches!(masker.text(&text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn several_secrets_side_by_side(a in "[a-m]{12,30}", b in "[n-z]{12,30}", cut in RUN..30_usize) {
        let secrets = [SecretString::from(a.as_str()), SecretString::from(b.as_str())];
        let masker = Masker::new(&secrets);
        let text = format!("{}{}-{b}{a}", &a[..cut.min(a.len())], &b[b.len().saturating_sub(cut)..]);
        let out = masker.text(&text);
        prop_assert!(!survives(out.as_bytes(), &a) && !survives(out.as_bytes(), &b), "{out}");
    }
}

#[test]
fn a_secret_that_repeats_itself_is_not_slow() {
    let masker = masker(&"a".repeat(8 * 1024));
    let text = "a".repeat(2 << 20);
    let out = masker.text(&text);
    assert!(!out.contains("aaaaaaaaaaaa"));
}

#[test]
fn no_secret_is_no_work() {
    let none: [&SecretString; 0] = [];
    assert!(matches!(
        Masker::new(none).text("anything"),
        Cow::Borrowed("anything")
    ));
    // Below eight bytes a value would be found all over the data.
    assert_eq!(masker("1234567").text("1234567"), "1234567");
}
