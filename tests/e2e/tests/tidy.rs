//! What ARCHITECTURE.md says and a program can check.

use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("tests/e2e lies two levels down")
        .to_owned()
}

/// Files that git tracks or would track, relative to the root.
fn files() -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    assert!(listed.status.success(), "git ls-files failed");
    String::from_utf8(listed.stdout)
        .expect("paths are UTF-8")
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .filter(|path| root().join(path).is_file())
        .collect()
}

fn rust_files(under: &str) -> Vec<(PathBuf, String)> {
    files()
        .into_iter()
        .filter(|path| path.starts_with(under) && path.extension().is_some_and(|it| it == "rs"))
        .map(|path| {
            let text = fs::read_to_string(root().join(&path)).expect("a source file is text");
            (path, text)
        })
        .collect()
}

/// Workspace dependencies of each workspace package, without those for its tests.
fn product_dependencies() -> (BTreeMap<String, BTreeSet<String>>, Vec<Package>) {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata");
    let names: BTreeSet<String> = metadata
        .packages
        .iter()
        .map(|it| it.name.to_string())
        .collect();
    let dependencies = metadata
        .packages
        .iter()
        .map(|package| {
            let uses = package
                .dependencies
                .iter()
                .filter(|it| it.kind != DependencyKind::Development && names.contains(&it.name))
                .map(|it| it.name.clone())
                .collect();
            (package.name.to_string(), uses)
        })
        .collect();
    (dependencies, metadata.packages)
}

/// Who may use whom, as ARCHITECTURE.md says it: `` `plan → store, sdk` ``.
fn layering() -> BTreeMap<String, BTreeSet<String>> {
    let crates = |short: &str| -> Vec<String> {
        match short {
            "nothing" => Vec::new(),
            "sdk" => vec!["portcullis-model".into(), "portcullis-manifest".into()],
            "gateway" => vec!["portcullis".into()],
            other => vec![format!("portcullis-{other}")],
        }
    };
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the page");
    page.split('`')
        .filter_map(|code| code.split_once(" → "))
        .filter(|(upper, lower)| !format!("{upper}{lower}").contains('\n'))
        .map(|(upper, lower)| {
            let upper = crates(upper).concat();
            (upper, lower.split(", ").flat_map(crates).collect())
        })
        .collect()
}

#[test]
fn crates_use_only_what_lies_below_them() {
    let mut allowed = layering();
    assert!(allowed.len() >= 10, "{allowed:?}");
    for (name, uses) in [
        ("portcullis-model", &[][..]),
        ("portcullis-manifest", &["portcullis-model"]),
        (
            "portcullis-sdk",
            &["portcullis-model", "portcullis-manifest"],
        ),
        // What `portcullis connector new` makes a project of.
        ("connector-acme-pms", &["portcullis-sdk"]),
        ("fake-vendor", &[]),
    ] {
        let uses = uses.iter().map(ToString::to_string).collect();
        assert!(allowed.insert(name.to_owned(), uses).is_none(), "{name}");
    }
    let (dependencies, packages) = product_dependencies();
    for package in &packages {
        let name = package.name.as_str();
        let path = package
            .manifest_path
            .strip_prefix(root())
            .expect("inside the root");
        if path.starts_with("tests") {
            continue;
        }
        let expected: BTreeSet<&str> = if path.starts_with("connectors") {
            BTreeSet::from(["portcullis-sdk"])
        } else {
            allowed
                .get(name)
                .unwrap_or_else(|| panic!("{name} has no place in ARCHITECTURE.md"))
                .iter()
                .map(String::as_str)
                .collect()
        };
        for used in &dependencies[name] {
            assert!(
                expected.contains(used.as_str()),
                "{name} may not use {used}"
            );
        }
    }
}

#[test]
fn nothing_in_the_product_depends_on_tests() {
    let (dependencies, packages) = product_dependencies();
    let tests: BTreeSet<&str> = packages
        .iter()
        .filter(|it| it.manifest_path.starts_with(root().join("tests")))
        .map(|it| it.name.as_str())
        .collect();
    for package in packages
        .iter()
        .filter(|it| !tests.contains(it.name.as_str()))
    {
        for used in &dependencies[package.name.as_str()] {
            assert!(
                !tests.contains(used.as_str()),
                "{} depends on {used}",
                package.name
            );
        }
    }
}

#[test]
fn egress_and_runtime_know_no_more_than_they_must() {
    let (_, packages) = product_dependencies();
    let uses = |name: &str, library: &str| {
        packages
            .iter()
            .find(|it| it.name.as_str() == name)
            .expect("the crate exists")
            .dependencies
            .iter()
            .any(|it| it.kind != DependencyKind::Development && it.name.starts_with(library))
    };
    assert!(!uses("portcullis-egress", "wasmtime"));
    assert!(!uses("portcullis-egress", "sqlx"));
    assert!(!uses("portcullis-runtime", "sqlx"));
    assert!(!uses("portcullis-service", "wasmtime"));
    assert!(!uses("portcullis-api", "wasmtime"));
    assert!(!uses("portcullis-console", "wasmtime"));
    for package in &packages {
        let product = !package.manifest_path.starts_with(root().join("tests"));
        if product && package.name.as_str() != "portcullis-store" {
            assert!(
                !uses(package.name.as_str(), "sqlx"),
                "{} uses sqlx",
                package.name
            );
        }
        if product && package.name.as_str() != "portcullis-runtime" {
            assert!(
                !uses(package.name.as_str(), "wasmtime"),
                "{} uses wasmtime",
                package.name
            );
        }
    }
}

#[test]
fn no_vendor_is_named_in_the_host() {
    let vendors = [
        "buildium",
        "entrata",
        "yardi",
        "appfolio",
        "rent manager",
        "rentmanager",
        "mri",
        "pinegrove",
    ];
    for path in files().into_iter().filter(|path| path.starts_with("host")) {
        let Ok(text) = fs::read_to_string(root().join(&path)) else {
            continue;
        };
        // Whole words: a part of a longer one may be anything.
        let words = text
            .to_lowercase()
            .replace(|letter: char| !letter.is_alphanumeric(), " ");
        let words = format!(" {words} ");
        for vendor in vendors {
            let named = words.contains(&format!(" {vendor} "));
            assert!(!named, "{} names {vendor}", path.display());
        }
    }
}

#[test]
fn only_the_store_has_sql() {
    let marks = [
        "sqlx::",
        "select * from",
        "insert into ",
        "update record",
        "delete from ",
    ];
    for (path, text) in rust_files("host") {
        // Tests may look behind the product's back.
        let test = path.iter().any(|part| part == "tests") || path.ends_with("tests.rs");
        if path.starts_with("host/store") || test {
            continue;
        }
        let text = text.to_lowercase();
        for mark in marks {
            assert!(!text.contains(mark), "{} has SQL: {mark}", path.display());
        }
    }
}

#[test]
fn unsafe_code_lives_in_the_one_place_that_says_why() {
    for (path, text) in rust_files("host").into_iter().chain(rust_files("sdk")) {
        for (number, line) in text.lines().enumerate() {
            if line.contains("allow(unsafe_code") || line.contains("expect(unsafe_code") {
                let known = path.starts_with("host/runtime")
                    || path.starts_with("host/sealed/src/file.rs")
                    || path.starts_with("sdk/rust")
                    || path.starts_with("host/gateway/src/postgres");
                assert!(
                    known,
                    "{}:{} allows unsafe code",
                    path.display(),
                    number + 1
                );
                assert!(
                    text.contains("SAFETY:"),
                    "{} has no SAFETY comment",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn files_are_of_a_size_that_a_person_reads() {
    for (path, text) in rust_files("") {
        let lines = text.lines().count();
        assert!(
            lines <= 500,
            "{} has {lines} lines; split it by idea",
            path.display()
        );
    }
}

#[test]
fn nothing_is_left_unfinished_or_ignored() {
    let marks = [
        concat!("todo", "!("),
        concat!("unimple", "mented!("),
        concat!("FIX", "ME"),
        concat!("TO", "DO"),
        concat!("#[ig", "nore"),
    ];
    for (path, text) in rust_files("") {
        for mark in marks {
            assert!(!text.contains(mark), "{} has {mark}", path.display());
        }
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    for path in files()
        .into_iter()
        .filter(|path| path.extension().is_some_and(|it| it == "md"))
    {
        let text = fs::read_to_string(root().join(&path)).expect("a page is text");
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            if target.contains("://") || target.starts_with('#') || target.starts_with('/') {
                continue;
            }
            let file = target.split('#').next().unwrap_or_default();
            let place = root()
                .join(path.parent().expect("a file has a folder"))
                .join(file);
            assert!(place.exists(), "{} links to {target}", path.display());
        }
    }
}
