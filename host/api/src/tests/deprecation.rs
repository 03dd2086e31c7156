//! What is said of something that will go.

use axum::body::Body;
use chrono::Days;
use http::{HeaderValue, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::support::TestApp;
use crate::Api;
use crate::deprecation::{Deprecated, TABLE, day, mark, operation};

const PAGE: &str = "https://docs.example/away";

/// A table as it could be one day.
const ROWS: &[Deprecated] = &[
    Deprecated {
        method: "GET",
        path: "/v1/units",
        parameter: Some("offset"),
        since: "2026-01-01",
        sunset: Some("2027-06-30"),
        page: PAGE,
    },
    Deprecated {
        method: "GET",
        path: "/v1/leases/{id}",
        parameter: None,
        since: "2025-03-01",
        sunset: None,
        page: PAGE,
    },
];

#[tokio::test]
async fn an_answer_says_what_of_the_request_will_go() {
    let app = TestApp::start().await;
    let router = Api::router_with(app.state.clone(), ROWS);
    let call = async |method: Method, path: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", app.admin));
        let request = request.body(Body::empty()).unwrap();
        router.clone().oneshot(request).await.unwrap()
    };
    for path in [
        "/v1/units/?offset=1",
        "/v1/units?limit=1&off%73et=0",
        "/v1/units/?offset=x",
    ] {
        // Also where the request is refused: its sender is who must hear of it.
        let answer = call(Method::GET, path).await;
        assert_eq!(answer.headers()["deprecation"], "@1767225600", "{path}");
        assert_eq!(answer.headers()["sunset"], "Wed, 30 Jun 2027 00:00:00 GMT");
        assert_eq!(
            answer.headers()["link"],
            "<https://docs.example/away>; rel=\"deprecation\"; type=\"text/html\""
        );
    }
    let lease = call(Method::HEAD, "/v1/leases/lse_none/").await;
    assert_eq!(lease.status(), StatusCode::NOT_FOUND);
    assert_eq!(lease.headers()["deprecation"], "@1740787200");
    assert!(lease.headers().get("sunset").is_none());
    for path in ["/v1/units/", "/v1/leases/?offset=1", "/healthz", "/v1/none"] {
        let answer = call(Method::GET, path).await;
        for name in ["deprecation", "sunset", "link"] {
            assert!(answer.headers().get(name).is_none(), "{path}: {name}");
        }
    }
}

#[test]
fn the_document_marks_what_will_go() {
    let mut document = crate::openapi_document();
    let before = document.clone();
    mark(&mut document, ROWS);
    let list = &document["paths"]["/v1/units/"]["get"];
    let marked: Vec<_> = list["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["deprecated"] == json!(true))
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(marked, ["offset"]);
    assert!(list.get("deprecated").is_none());
    assert!(list["responses"]["200"]["headers"]["Sunset"].is_object());
    assert_eq!(
        document["paths"]["/v1/leases/{id}"]["get"]["deprecated"],
        json!(true)
    );
    assert_eq!(
        document["paths"]["/v1/leases/"],
        before["paths"]["/v1/leases/"]
    );
}

/// Least time between the two days, in days: a client that is looked after once a year hears of it.
const NOTICE: u64 = 365;

/// What is wrong with a row, if something is.
fn fault(row: &Deprecated, document: &Value) -> Option<String> {
    let Some(since) = day(row.since) else {
        return Some(format!("`{}` is no day", row.since));
    };
    if let Some(sunset) = row.sunset {
        let Some(sunset) = day(sunset) else {
            return Some(format!("`{sunset}` is no day"));
        };
        let soonest = since.checked_add_days(Days::new(NOTICE));
        if soonest.is_none_or(|soonest| sunset < soonest) {
            return Some(format!("{sunset} is less than {NOTICE} days after {since}"));
        }
    }
    if HeaderValue::from_str(&row.link()).is_err() {
        return Some(format!("`{}` is no address", row.page));
    }
    let found = operation(row.path, row.method, document);
    let Some(found) = found.and_then(|pointer| document.pointer(&pointer)) else {
        return Some(format!("there is no {} {}", row.method, row.path));
    };
    let parameters = || found["parameters"].as_array().into_iter().flatten();
    match row.parameter {
        Some(name) if !parameters().any(|it| it["name"] == name) => {
            Some(format!("{} {} has no `{name}`", row.method, row.path))
        }
        _ => None,
    }
}

#[test]
fn a_table_keeps_to_the_policy_and_to_what_there_is() {
    let document = crate::openapi_document();
    for row in TABLE.iter().chain(ROWS) {
        assert_eq!(fault(row, &document), None, "{row:?}");
    }
    let [good, _] = ROWS else { panic!() };
    for bad in [
        Deprecated {
            path: "/v1/boats",
            ..*good
        },
        Deprecated {
            method: "POST",
            ..*good
        },
        Deprecated {
            parameter: Some("of"),
            ..*good
        },
        Deprecated {
            since: "soon",
            ..*good
        },
        Deprecated {
            sunset: Some("2026-12-31"),
            ..*good
        },
        Deprecated {
            page: "a\nb",
            ..*good
        },
    ] {
        assert!(fault(&bad, &document).is_some(), "{bad:?}");
    }
}
