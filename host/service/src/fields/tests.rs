use serde_json::json;

use super::*;

#[test]
fn what_is_no_text_is_noted_and_null_is_left_out() {
    let Value::Object(sent) = json!({"a": "x", "b": 7, "c": null, "d/e": "\0"}) else {
        unreachable!()
    };
    let mut problems = Vec::new();
    let kept = texts(&sent, &mut problems);
    assert_eq!(kept.keys().collect::<Vec<_>>(), ["a"]);
    let places: Vec<_> = problems.into_iter().map(|p| (p.at, p.code)).collect();
    let at = |pointer: &str| crate::At::Pointer(pointer.to_owned());
    assert_eq!(
        places,
        [
            (at("/credentials/b"), "invalid_value"),
            (at("/credentials/d~1e"), "invalid_value")
        ]
    );
}

#[test]
fn a_base_url_is_loopback_or_refused() {
    for good in [
        "http://127.0.0.1:8080",
        "https://[::1]/v1/",
        "http://localhost:1",
    ] {
        assert!(check_base_url(good, true).is_ok(), "{good}");
        assert_eq!(
            check_base_url(good, false).unwrap_err().code,
            "base_url_not_allowed"
        );
    }
    for bad in [
        "http://example.com",
        "ftp://127.0.0.1",
        "http://u@127.0.0.1",
        "http://127.0.0.1/?a",
        "127.0.0.1",
        "http://localhost.example.com",
        "http://169.254.169.254/",
        "",
    ] {
        assert_eq!(
            check_base_url(bad, true).unwrap_err().code,
            "base_url_invalid",
            "{bad}"
        );
    }
}
