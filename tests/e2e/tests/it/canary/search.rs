//! A search for pieces of secrets, in every form in which they may be written.

use aho_corasick::AhoCorasick;
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use std::collections::BTreeMap;

/// The shortest run of a secret's characters that counts as found.
pub(crate) const WINDOW: usize = 12;

/// How one character is written in a form.
pub(crate) type Form = fn(char) -> String;

pub(crate) const FORMS: [(&str, Form); 10] = [
    ("plain", |char| char.to_string()),
    ("url", |char| {
        percent(char, |char| {
            char.is_ascii_alphanumeric() || "-._~".contains(char)
        })
    }),
    ("url, lower case", |char| {
        percent(char, |char| char.is_ascii_alphanumeric()).to_lowercase_escapes()
    }),
    ("url, lenient", |char| {
        percent(char, |char| !" %\"<>\\^`{|}#".contains(char))
    }),
    ("json", |char| match char {
        '"' | '\\' => format!("\\{char}"),
        other => other.to_string(),
    }),
    ("json, twice", |char| match char {
        '"' => r#"\\\""#.to_owned(),
        '\\' => r"\\\\".to_owned(),
        other => other.to_string(),
    }),
    ("json in html", |char| match char {
        '"' | '\\' => format!("\\{char}"),
        '<' | '>' | '&' | '\'' => format!("\\u{:04x}", u32::from(char)),
        '/' => "\\/".to_owned(),
        other => other.to_string(),
    }),
    ("xml", |char| xml(char, "&apos;", "&quot;")),
    ("xml by number", |char| xml(char, "&#39;", "&#34;")),
    ("xml in hex", |char| xml(char, "&#x27;", "&#x22;")),
];

trait LowercaseEscapes {
    fn to_lowercase_escapes(self) -> String;
}

impl LowercaseEscapes for String {
    fn to_lowercase_escapes(self) -> String {
        if self.starts_with('%') {
            self.to_lowercase()
        } else {
            self
        }
    }
}

pub(crate) fn percent(char: char, kept: impl Fn(char) -> bool) -> String {
    if kept(char) {
        char.to_string()
    } else {
        format!("%{:02X}", u32::from(char))
    }
}

pub(crate) fn xml(char: char, apostrophe: &str, quote: &str) -> String {
    match char {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '\'' => apostrophe.to_owned(),
        '"' => quote.to_owned(),
        other => other.to_string(),
    }
}

/// A secret of 32 random characters, all kinds of which somebody escapes among them.
pub(crate) fn secret() -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const ESCAPED: &[u8] = b"\"&<>'/+=%\\";
    let of = |from: &[u8]| char::from(from[rand::random_range(0..from.len())]);
    (0..32)
        .map(|place| {
            if place % 8 == 5 {
                of(ESCAPED)
            } else {
                of(LETTERS)
            }
        })
        .collect()
}

/// Every form of every window of some secrets.
pub(crate) struct Search {
    needles: AhoCorasick,
    names: Vec<String>,
}

impl Search {
    pub(crate) fn new(secrets: &[(&str, &str)]) -> Self {
        let mut needles: BTreeMap<Vec<u8>, String> = BTreeMap::new();
        for (name, secret) in secrets {
            let chars: Vec<char> = secret.chars().collect();
            for window in chars.windows(WINDOW) {
                for (form, write) in FORMS {
                    let written: String = window.iter().copied().map(write).collect();
                    needles.insert(written.into_bytes(), format!("{name} ({form})"));
                }
                let bytes: String = window.iter().collect();
                for encoding in [&HEXLOWER, &HEXUPPER] {
                    let written = encoding.encode(bytes.as_bytes()).into_bytes();
                    needles.insert(written, format!("{name} (hex)"));
                }
                for offset in 0..3 {
                    for encoding in [&BASE64_NOPAD, &BASE64URL_NOPAD] {
                        let written = inside(&encoding.encode(&padded(offset, &bytes)), offset);
                        needles.insert(written, format!("{name} (base64, {offset} bytes in)"));
                    }
                }
            }
        }
        let (patterns, names): (Vec<Vec<u8>>, Vec<String>) = needles.into_iter().unzip();
        let needles = AhoCorasick::new(patterns).expect("an automaton");
        Self { needles, names }
    }

    /// What is found in a place, in words that do not show it.
    pub(crate) fn found(&self, bytes: &[u8]) -> Vec<String> {
        let mut found: Vec<String> = self
            .needles
            .find_iter(bytes)
            .map(|hit| {
                let before = &bytes[hit.start().saturating_sub(200)..hit.start()];
                let name = &self.names[hit.pattern().as_usize()];
                format!("{name} after …{}", String::from_utf8_lossy(before))
            })
            .collect();
        found.truncate(5);
        found
    }

    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        self.needles.is_match(bytes)
    }
}

pub(crate) fn padded(offset: usize, text: &str) -> Vec<u8> {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(text.as_bytes());
    padded
}

/// The characters of a base64 text that depend on nothing but the window, which begins at `offset`.
pub(crate) fn inside(encoded: &str, offset: usize) -> Vec<u8> {
    let bytes = offset + WINDOW;
    encoded.as_bytes()[(offset * 8).div_ceil(6)..bytes * 8 / 6].to_vec()
}
