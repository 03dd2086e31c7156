//! The rules that the keys of a manifest keep together.

mod fields;
mod hosts;
mod models;
mod numbers;

use regex_lite::Regex;

use crate::error::ManifestError;
use crate::manifest::Manifest;

/// Longest logo in bytes.
const LONGEST_LOGO: usize = 64 << 10;

pub(crate) fn check(manifest: &Manifest) -> Result<(), ManifestError> {
    general(manifest)?;
    fields::check(manifest)?;
    hosts::check(manifest)?;
    models::check(manifest)?;
    numbers::check(manifest)
}

/// No text anywhere holds U+0000, which neither databases nor people can read.
pub(crate) fn storable(table: &toml::Table) -> Result<(), ManifestError> {
    fn is_storable(value: &toml::Value) -> bool {
        match value {
            toml::Value::String(text) => !text.contains('\0'),
            toml::Value::Array(values) => values.iter().all(is_storable),
            toml::Value::Table(table) => table
                .iter()
                .all(|(key, value)| !key.contains('\0') && is_storable(value)),
            _ => true,
        }
    }
    match table
        .iter()
        .find(|(key, value)| key.contains('\0') || !is_storable(value))
    {
        Some((key, _)) => refuse(
            "text_invalid",
            key.replace('\0', "\u{fffd}"),
            "write it without the character U+0000",
        ),
        None => Ok(()),
    }
}

fn general(manifest: &Manifest) -> Result<(), ManifestError> {
    word("id", &manifest.id, LOWER)?;
    word("vendor", &manifest.vendor, VENDOR)?;
    filled("name", &manifest.name)?;
    filled("publisher", &manifest.publisher)?;
    if let Some(url) = &manifest.help_url {
        help_url("help-url", url)?;
    }
    if let Some(logo) = &manifest.logo
        && (!logo.starts_with("data:image/") || logo.len() > LONGEST_LOGO)
    {
        return refuse(
            "logo_invalid",
            "logo",
            "write the image as a data:image/… URL of at most 64 KiB",
        );
    }
    for (index, pointer) in manifest.redact.iter().enumerate() {
        if !is_pointer(pointer) {
            let message = "write a JSON pointer such as /tax_id; `~` only as `~0` or `~1`";
            return refuse("pointer_invalid", format!("redact[{index}]"), message);
        }
    }
    Ok(())
}

fn refuse<T>(
    code: &'static str,
    key: impl Into<String>,
    message: impl Into<String>,
) -> Result<T, ManifestError> {
    Err(ManifestError::new(code, key, message))
}

/// A name of at most 63 characters that keeps a rule.
fn word(key: impl Into<String>, text: &str, rule: NameRule) -> Result<(), ManifestError> {
    if !text.is_empty() && text.len() <= 63 && (rule.test)(text) {
        return Ok(());
    }
    refuse(
        "name_invalid",
        key,
        format!(
            "{text:?} is no name here; write {}, at most 63 characters",
            rule.words
        ),
    )
}

/// What a name is made of.
#[derive(Clone, Copy)]
struct NameRule {
    test: fn(&str) -> bool,
    words: &'static str,
}

const LOWER: NameRule = NameRule {
    test: |text| {
        text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte)
            })
    },
    words: "a lower-case letter, then such letters, digits, `-` or `_`",
};

const SNAKE: NameRule = NameRule {
    test: |text| {
        text.starts_with(|first: char| first.is_ascii_lowercase())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    },
    words: "a lower-case letter, then such letters, digits or `_`",
};

const VENDOR: NameRule = NameRule {
    test: |text| {
        text.starts_with(|first: char| first.is_ascii_uppercase())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    },
    words: "a capital, then capitals, digits or `_`",
};

const FIELD: NameRule = NameRule {
    test: |text| {
        text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    },
    words: "a letter, then letters, digits or `_`",
};

fn filled(key: impl Into<String>, text: &str) -> Result<(), ManifestError> {
    if text.trim().is_empty() || text.len() > 2_000 {
        return refuse("text_invalid", key, "write a text of at most 2,000 bytes");
    }
    Ok(())
}

fn help_url(key: impl Into<String>, text: &str) -> Result<(), ManifestError> {
    match url::Url::parse(text) {
        Ok(url) if url.scheme() == "https" => Ok(()),
        _ => refuse("help_url_invalid", key, "write an https URL"),
    }
}

fn is_pointer(text: &str) -> bool {
    text.starts_with('/')
        && text
            .split('~')
            .skip(1)
            .all(|after| after.starts_with('0') || after.starts_with('1'))
}

/// Compiles a field's pattern so that it must match the whole value.
pub(crate) fn whole(pattern: &str) -> Result<Regex, regex_lite::Error> {
    Regex::new(&format!("^(?:{pattern})$"))
}
