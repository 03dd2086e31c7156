//! The forms in which a value is written into a request, or comes back in a response.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};

/// The value inside a JSON string, as most writers have it: only what must be escaped is.
pub(crate) fn json(value: &str) -> String {
    escape_json(value, JsonStyle::default())
}

/// The value as text or attribute of an XML document.
pub(crate) fn xml(value: &str) -> String {
    escape_xml(value, "&#39;", "&quot;")
}

/// The value in `application/x-www-form-urlencoded`, a query included.
pub(crate) fn form(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// Every form of a value that a vendor is likely to send back.
///
/// Base64 is given for all three alignments, so that the value is found in the middle of something longer; of each
/// only the characters that depend on nothing but the value are kept.
pub(crate) fn forms(value: &str) -> BTreeSet<Vec<u8>> {
    let bytes = value.as_bytes();
    let mut forms = BTreeSet::from([
        bytes.to_vec(),
        HEXLOWER.encode(bytes).into_bytes(),
        HEXUPPER.encode(bytes).into_bytes(),
        xml(value).into_bytes(),
        escape_xml(value, "&apos;", "&quot;").into_bytes(),
        escape_xml(value, "'", "\"").into_bytes(),
        escape_xml(value, "&#x27;", "&#x22;").into_bytes(),
        escape_xml(value, "&#39;", "&#34;").into_bytes(),
        form(value).into_bytes(),
    ]);
    for unreserved in ["-._~", "-_.!~*'()", "", "-._~!$&'()*+,;=:@/?"] {
        for upper in [true, false] {
            forms.insert(percent(bytes, unreserved, upper));
        }
    }
    for slash in [false, true] {
        for html in [false, true] {
            for ascii in [false, true] {
                for upper in [false, true] {
                    let style = JsonStyle {
                        slash,
                        html,
                        ascii,
                        upper,
                    };
                    forms.insert(escape_json(value, style).into_bytes());
                }
            }
        }
    }
    for offset in 0..3 {
        let mut padded = vec![0; offset];
        padded.extend_from_slice(bytes);
        let first = (offset * 8).div_ceil(6);
        let last = padded.len() * 8 / 6;
        for encoded in [
            BASE64_NOPAD.encode(&padded),
            BASE64URL_NOPAD.encode(&padded),
        ] {
            if let Some(own) = encoded.as_bytes().get(first..last) {
                forms.insert(own.to_vec());
            }
        }
    }
    forms
}

#[derive(Clone, Copy, Default)]
struct JsonStyle {
    /// `/` as `\/`.
    slash: bool,
    /// `<`, `>`, `&` and `'` by number.
    html: bool,
    /// Everything beyond ASCII by number.
    ascii: bool,
    /// Numbers in upper case.
    upper: bool,
}

fn escape_json(value: &str, style: JsonStyle) -> String {
    let mut out = String::with_capacity(value.len() + 8);
    for char in value.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '/' if style.slash => out.push_str("\\/"),
            '<' | '>' | '&' | '\'' if style.html => unicode(&mut out, char, style.upper),
            char if char < ' ' || style.ascii && !char.is_ascii() => {
                unicode(&mut out, char, style.upper);
            }
            char => out.push(char),
        }
    }
    out
}

fn unicode(out: &mut String, char: char, upper: bool) {
    for unit in char.encode_utf16(&mut [0; 2]) {
        // Writing to a string cannot fail.
        let _ = if upper {
            write!(out, "\\u{unit:04X}")
        } else {
            write!(out, "\\u{unit:04x}")
        };
    }
}

fn escape_xml(value: &str, apostrophe: &str, quote: &str) -> String {
    let mut out = String::with_capacity(value.len() + 8);
    for char in value.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str(apostrophe),
            '"' => out.push_str(quote),
            char => out.push(char),
        }
    }
    out
}

fn percent(bytes: &[u8], unreserved: &str, upper: bool) -> Vec<u8> {
    let digits: &[u8; 16] = if upper {
        b"0123456789ABCDEF"
    } else {
        b"0123456789abcdef"
    };
    let mut out = Vec::with_capacity(bytes.len() * 3);
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || unreserved.as_bytes().contains(&byte) {
            out.push(byte);
        } else {
            out.extend([
                b'%',
                digits[usize::from(byte >> 4)],
                digits[usize::from(byte & 15)],
            ]);
        }
    }
    out
}
