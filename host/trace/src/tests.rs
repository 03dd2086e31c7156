use http::HeaderValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt as _;

use super::*;

const GIVEN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn with_collector(test: impl FnOnce()) {
    let provider = SdkTracerProvider::builder().build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), test);
}

fn headers(values: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(TRACEPARENT, HeaderValue::from_str(value).unwrap());
    }
    headers
}

#[test]
fn a_trace_goes_on_where_it_was_kept() {
    with_collector(|| {
        let request = request("GET", "/v1/units", Some("req_1"), &headers(&[GIVEN]));
        let kept = of(&request).unwrap();
        assert!(kept.contains(TRACE) && kept != GIVEN, "{kept}");

        let later = tracing::info_span!(target: TARGET, "later");
        go_on(&later, Some(&kept));
        let of_later = of(&later).unwrap();
        assert!(of_later.contains(TRACE) && of_later != kept, "{of_later}");
    });
}

#[test]
fn what_names_no_trace_begins_one() {
    let two = GIVEN.replace(TRACE, "1af7651916cd43dd8448eb211c80319c");
    let cases: [&[&str]; 5] = [
        &[],
        &["nonsense"],
        &["00-00000000000000000000000000000000-b7ad6b7169203331-01"],
        &["00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"],
        &[GIVEN, &two],
    ];
    with_collector(|| {
        for given in cases {
            let span = request("GET", "/v1/units", Some("req_1"), &headers(given));
            let kept = of(&span).unwrap();
            assert!(!kept.contains(&TRACE[1..]), "{given:?}: {kept}");
        }
    });
}

#[test]
fn without_a_collector_nothing_is_kept() {
    let span = request("GET", "/v1/units", Some("req_1"), &headers(&[GIVEN]));
    assert_eq!(of(&span), None);
    answered(&span, StatusCode::OK);
}
