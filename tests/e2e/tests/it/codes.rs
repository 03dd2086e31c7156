//! The codes of the sources and the pages of `docs/errors`: neither has one that the other lacks.
//!
//! That the pages are those of the table in `host/api/src/codes`, a test beside it checks.

use regex_lite::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn pages() -> BTreeSet<String> {
    fs::read_dir(root().join("docs/errors"))
        .expect("docs/errors")
        .filter_map(|file| {
            let name = file.expect("a file").file_name().into_string().ok()?;
            let code = name.strip_suffix(".md")?;
            (code != "README").then(|| code.to_owned())
        })
        .collect()
}

/// The product's sources without their tests, by path.
fn sources() -> BTreeMap<String, String> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["host", "sdk/manifest"] {
        walk(&root().join(folder), &mut found);
    }
    found
        .into_iter()
        .filter_map(|path| {
            let shown = path.strip_prefix(root()).ok()?.to_str()?.to_owned();
            let test = shown.contains("/tests/") || shown.ends_with("tests.rs");
            if test || !shown.ends_with(".rs") || shown.starts_with("host/api/src/codes") {
                return None;
            }
            let text = fs::read_to_string(&path).expect("a source file is text");
            let product = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            Some((shown, product.to_owned()))
        })
        .collect()
}

/// Where failures are made, each with its code in the first group.
const MADE: [&str; 7] = [
    r#"(?:Failure|Cause|Problem)::new\(\s*"([a-z_]+)""#,
    // What ends a run without success, made by way of functions of their own.
    r#"(?:\bbroken|\.partial)\(\s*"([a-z_]+)""#,
    r#"challenge\("([a-z_]+)"\)"#,
    r#"\bcode: "([a-z_]+)""#,
    r#"error_code = Some\("([a-z_]+)""#,
    r#""([a-z_]+)",\s*Who::"#,
    r#"\("([a-z_]+)", WhoMustAct::"#,
];

/// Their words are labels of metrics and of evidence; people meet the codes that `reaction.rs` makes of them.
const LABELS: [&str; 2] = ["host/runtime/src/call.rs", "host/egress/src/types.rs"];

/// Words of errors that never leave the gateway as such: this one becomes the kind of a dead letter.
const INNER: [&str; 1] = ["record_data"];

#[test]
fn every_code_of_the_sources_has_its_page() {
    let pages = pages();
    let made: Vec<Regex> = MADE
        .iter()
        .map(|it| Regex::new(it).expect("a pattern"))
        .collect();
    let arm = Regex::new(r#"=> "([a-z_]+)""#).expect("a pattern");
    let mut seen = BTreeSet::new();
    let mut without = BTreeMap::new();
    for (path, text) in sources() {
        if LABELS.contains(&path.as_str()) {
            continue;
        }
        let mut codes: Vec<&str> = made
            .iter()
            .flat_map(|it| it.captures_iter(&text))
            .filter_map(|found| Some(found.get(1)?.as_str()))
            .collect();
        for body in text.split(" fn code(").skip(1) {
            let body = body.split("\n    }\n").next().unwrap_or_default();
            let arms = arm.captures_iter(body);
            codes.extend(arms.filter_map(|found| Some(found.get(1)?.as_str())));
        }
        for code in codes {
            if INNER.contains(&code) {
                continue;
            }
            if !pages.contains(code) {
                without.insert(code.to_owned(), path.clone());
            }
            seen.insert(code.to_owned());
        }
    }
    // `make api-check` shows it.
    portcullis_test_codes::report(
        "code-pages",
        &serde_json::json!({"total": seen.union(&pages).count(), "without_page": without.len()}),
    );
    assert_eq!(
        without,
        BTreeMap::new(),
        "give each a row in host/api/src/codes and run the tests with UPDATE_DOCS=1"
    );
    assert!(seen.len() > 100, "the patterns find the codes: {seen:?}");
}

#[test]
fn every_page_is_of_a_code_that_the_sources_know() {
    let all: String = sources().into_values().collect();
    for code in pages() {
        assert!(
            all.contains(&format!("\"{code}\"")),
            "nothing makes `{code}`: remove its row"
        );
    }
}
