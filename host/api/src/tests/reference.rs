use std::collections::BTreeMap;

use http::{Method, StatusCode};

use super::support::TestApp;
use crate::codes;
use crate::routes;

/// Methods by path, as the document has them.
fn documented() -> BTreeMap<String, Vec<String>> {
    let document = crate::openapi_document();
    let paths = document["paths"].as_object().unwrap();
    let methods = |path: &serde_json::Value| {
        let mut methods: Vec<String> = path
            .as_object()
            .unwrap()
            .keys()
            .map(|m| m.to_uppercase())
            .collect();
        methods.sort();
        methods
    };
    paths
        .iter()
        .map(|(path, item)| (path.trim_end_matches('/').to_owned(), methods(item)))
        .collect()
}

#[tokio::test]
async fn every_route_is_in_the_document_and_the_document_has_no_other() {
    let app = TestApp::start().await;
    let mut served = BTreeMap::new();
    for pattern in routes::patterns() {
        let path = pattern
            .replace("{id}", "x")
            .replace("{vendor}", "x")
            .replace("{sync_id}", "x");
        for path in [path.clone(), format!("{path}/")] {
            if path.starts_with("/v1") || !path.ends_with('/') {
                let refused = app.call(Method::TRACE, &path, &app.admin, None).await;
                assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
                let mut methods: Vec<String> = refused
                    .header("allow")
                    .split(',')
                    .filter(|m| *m != "HEAD")
                    .map(str::to_owned)
                    .collect();
                methods.sort();
                served.insert(pattern.clone(), methods);
            }
        }
    }
    assert_eq!(served, documented());
}

/// The contract as a file, so that a change of it is seen by whoever reads a change of the code.
const FILE: &str = "../../docs/api/openapi.json";

#[test]
fn the_document_is_the_file_among_the_docs() {
    let text = format!("{:#}\n", crate::openapi_document());
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, text).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(path).unwrap();
    let differs = kept.lines().zip(text.lines()).find(|(old, new)| old != new);
    assert!(
        kept == text,
        "{FILE} differs first at {differs:?}; UPDATE_DOCS=1 brings it up to date"
    );
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(map) => {
                for (name, value) in map {
                    match value {
                        serde_json::Value::String(target) if name == "$ref" => {
                            found.push(target.clone())
                        }
                        other => references(other, found),
                    }
                }
            }
            serde_json::Value::Array(items) => {
                items.iter().for_each(|item| references(item, found))
            }
            _ => {}
        }
    }
    let document = crate::openapi_document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 20);
    for target in found {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target}");
    }
}

#[tokio::test]
async fn the_reference_is_served_from_within() {
    let app = TestApp::start().await;
    let document = app.call(Method::GET, "/openapi.json", "", None).await;
    assert_eq!(document.json()["openapi"], "3.1.0");
    let page = app.call(Method::GET, "/docs/", "", None).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text.contains("swagger-ui") && !page.text.contains("https://"),
        "{}",
        page.text
    );
    for entry in codes::all() {
        let page = app
            .call(
                Method::GET,
                &format!("/docs/errors/{}", entry.code),
                "",
                None,
            )
            .await;
        assert!(
            page.status == StatusCode::OK && page.text.contains(entry.code),
            "{}",
            entry.code
        );
    }
    for path in ["/healthz", "/readyz", "/metrics", "/docs/errors"] {
        assert_eq!(
            app.call(Method::GET, path, "", None).await.status,
            StatusCode::OK,
            "{path}"
        );
    }
}
