use http::{HeaderValue, Request};
use proptest::prelude::*;

use super::*;

/// `(name, value)` in the order in which they stand in the request.
type Headers<'a> = &'a [(&'a str, &'a str)];

fn arrival(front: Front, peer: &str, headers: Headers<'_>) -> Arrival {
    let mut request = Request::get("/v1/units").body(()).unwrap();
    for (name, value) in headers {
        let name: http::HeaderName = name.parse().unwrap();
        request
            .headers_mut()
            .append(name, HeaderValue::from_str(value).unwrap());
    }
    let peer: IpAddr = peer.parse().unwrap();
    request
        .extensions_mut()
        .insert(ConnectInfo(SocketAddr::from((peer, 4711))));
    request.extensions_mut().insert(Arc::new(front));
    let (parts, ()) = request.into_parts();
    let arrival = Arrival::of(&parts.extensions, &parts.uri, &parts.headers);
    assert_eq!(client(&parts.extensions, &parts.headers), arrival.client);
    arrival
}

fn behind(proxies: &[&str]) -> Front {
    Front {
        trusted_proxies: proxies.iter().map(|it| it.parse().unwrap()).collect(),
        ..Front::default()
    }
}

/// What a stranger may send to look like somebody else.
const FORGED: Headers<'_> = &[
    ("host", "gateway.example"),
    ("x-forwarded-for", "10.0.0.7"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "evil.example"),
    ("forwarded", "for=10.0.0.7;proto=https;host=evil.example"),
];

#[test]
fn a_stranger_speaks_for_nobody() {
    for front in [Front::default(), behind(&["10.0.0.0/8", "::1/128"])] {
        let arrival = arrival(front, "203.0.113.9", FORGED);
        assert_eq!(arrival.client, Some("203.0.113.9".parse().unwrap()));
        assert!(!arrival.is_secure);
        assert_eq!(arrival.base_url(), "http://gateway.example");
    }
}

#[test]
fn the_client_is_the_last_who_is_no_proxy() {
    let cases: [(Headers<'_>, &str, bool, &str); 11] = [
        (
            &[("host", "a.example")],
            "10.0.0.1",
            false,
            "http://a.example",
        ),
        (
            &[("host", "a.example"), ("x-forwarded-for", "198.51.100.4")],
            "198.51.100.4",
            false,
            "http://a.example",
        ),
        // The client wrote the first one himself.
        (
            &[
                ("x-forwarded-for", "1.1.1.1, 198.51.100.4"),
                ("x-forwarded-for", "10.0.0.2"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", "b.example:8443"),
            ],
            "198.51.100.4",
            true,
            "https://b.example:8443",
        ),
        (
            &[
                ("host", "a.example"),
                ("x-forwarded-for", "10.0.0.3, 10.0.0.2"),
            ],
            "10.0.0.3",
            false,
            "http://a.example",
        ),
        // What is no address ends the chain.
        (
            &[
                ("host", "a.example"),
                ("x-forwarded-for", "1.1.1.1, unknown, 10.0.0.2"),
            ],
            "10.0.0.2",
            false,
            "http://a.example",
        ),
        (
            &[
                ("host", "a.example"),
                ("x-forwarded-for", "[2001:db8::1]:99"),
            ],
            "2001:db8::1",
            false,
            "http://a.example",
        ),
        (
            &[(
                "forwarded",
                "for=1.1.1.1;proto=https;host=evil.example, For=\"[2001:db8::2]:99\";Proto=https;host=c.example, for=10.0.0.2;proto=http",
            )],
            "2001:db8::2",
            true,
            "https://c.example",
        ),
        (
            &[
                ("host", "a.example"),
                ("forwarded", "for=_hidden;proto=https"),
            ],
            "10.0.0.1",
            true,
            "https://a.example",
        ),
        // Both agree.
        (
            &[
                ("x-forwarded-for", "198.51.100.4"),
                ("x-forwarded-proto", "https"),
                ("forwarded", "for=198.51.100.4;proto=https"),
                ("host", "a.example"),
            ],
            "198.51.100.4",
            true,
            "https://a.example",
        ),
        // The proxy wrote one of them; nobody knows which.
        (
            &[
                ("x-forwarded-for", "198.51.100.4"),
                ("forwarded", "for=1.1.1.1;proto=https;host=evil.example"),
                ("host", "a.example"),
            ],
            "10.0.0.1",
            false,
            "http://a.example",
        ),
        (
            &[
                ("x-forwarded-host", "user@evil.example"),
                ("host", "a.example"),
            ],
            "10.0.0.1",
            false,
            "http://a.example",
        ),
    ];
    for (headers, client, is_secure, base_url) in cases {
        let arrival = arrival(behind(&["10.0.0.0/8"]), "10.0.0.1", headers);
        assert_eq!(arrival.client, Some(client.parse().unwrap()), "{headers:?}");
        assert_eq!(arrival.is_secure, is_secure, "{headers:?}");
        assert_eq!(arrival.base_url(), base_url, "{headers:?}");
    }
}

#[test]
fn an_old_address_in_a_new_ones_clothes_is_the_old_one() {
    let arrival = arrival(
        behind(&["127.0.0.0/8"]),
        "::ffff:127.0.0.1",
        &[("x-forwarded-for", "::ffff:198.51.100.4")],
    );
    assert_eq!(arrival.client, Some("198.51.100.4".parse().unwrap()));
}

#[test]
fn the_public_address_wins() {
    let front = Front {
        public_url: Some("https://portcullis.example.com/".parse().unwrap()),
        ..behind(&["10.0.0.0/8"])
    };
    for peer in ["10.0.0.1", "203.0.113.9"] {
        let arrival = arrival(front.clone(), peer, FORGED);
        assert_eq!(arrival.base_url(), "https://portcullis.example.com");
        assert!(arrival.is_secure);
    }
    let tls = Front {
        tls: true,
        ..Front::default()
    };
    let arrival = arrival(tls, "203.0.113.9", &[("host", "a.example")]);
    assert_eq!(arrival.base_url(), "https://a.example");
}

#[test]
fn a_public_address_is_a_host() {
    for (text, error) in [
        ("portcullis.example.com", PublicUrlError::NotHttp),
        ("ftp://a.example", PublicUrlError::NotHttp),
        ("https://a.example/gateway", PublicUrlError::MoreThanAHost),
        ("https://a.example/?x=1", PublicUrlError::MoreThanAHost),
        ("https://ann@a.example", PublicUrlError::MoreThanAHost),
    ] {
        assert_eq!(text.parse::<PublicUrl>(), Err(error), "{text}");
    }
    let url: PublicUrl = "http://a.example:8080".parse().unwrap();
    assert_eq!(
        (url.as_str(), url.is_secure()),
        ("http://a.example:8080", false)
    );
}

proptest! {
    /// Whatever stands in the headers of a stranger, he is who he is; and nothing panics.
    #[test]
    fn no_header_makes_a_stranger_another(
        texts in prop::collection::vec((0usize..5, "[ -~]{0,60}"), 0..6),
    ) {
        let names = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "host"];
        let headers: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (names[*name], text.as_str())).collect();
        let stranger = arrival(behind(&["10.0.0.0/8"]), "203.0.113.9", &headers);
        prop_assert_eq!(stranger.client, Some("203.0.113.9".parse().unwrap()));
        prop_assert!(!stranger.is_secure);
        let trusted = arrival(behind(&["10.0.0.0/8"]), "10.0.0.1", &headers);
        prop_assert!(trusted.client.is_some());
    }
}
