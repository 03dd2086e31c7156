use std::{io::Write as _, sync::Arc, time::Duration};

use flate2::{Compression, write::GzEncoder};
use portcullis_egress::{
    Buckets, HttpError, Limit, LimitKey, Method, Session, Window, WindowLimiter,
};
use tokio::time::Instant;

use crate::{
    server::{Reply, Server},
    world::{client, config, get, session},
};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_body_is_decoded() {
    let server = Server::start(|seen| {
        assert_eq!(seen.header("accept-encoding").unwrap(), "gzip");
        let headers = [("Content-Encoding", "gzip"), ("X-Total-Count", "7")];
        Reply::new(200, &headers, gzip(b"hello"))
    })
    .await;
    let response = session(&server).fetch(get(&server, "/")).await.unwrap();
    assert_eq!(response.body, b"hello");
    let header = |name: &str| response.headers.iter().any(|(found, _)| found == name);
    assert!(header("x-total-count") && !header("content-encoding"));
}

#[tokio::test]
async fn the_cap_is_on_decoded_bytes() {
    // One megabyte and a bit, in about one kilobyte.
    let server = Server::start(|_| {
        Reply::new(
            200,
            &[("content-encoding", "gzip")],
            gzip(&vec![b' '; (1 << 20) + 1]),
        )
    })
    .await;
    let result = session(&server).fetch(get(&server, "/bomb")).await;
    assert_eq!(result, Err(HttpError::ResponseTooLarge(1 << 20)));
}

#[tokio::test]
async fn the_cap_is_met_with_and_without_a_length() {
    let server = Server::start(|seen| {
        let size = if seen.target().contains("over") {
            (1 << 20) + 1
        } else {
            1 << 20
        };
        let body = vec![b'x'; size];
        if seen.target().contains("length") {
            return Reply::ok(body);
        }
        let mut out = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
        out.extend(body);
        Reply::Bytes(out)
    })
    .await;
    for path in ["/length/over", "/over"] {
        let result = session(&server).fetch(get(&server, path)).await;
        assert_eq!(result, Err(HttpError::ResponseTooLarge(1 << 20)), "{path}");
    }
    for path in ["/length", "/"] {
        let response = session(&server).fetch(get(&server, path)).await.unwrap();
        assert_eq!(response.body.len(), 1 << 20, "{path}");
    }
}

#[tokio::test]
async fn an_encoding_that_nobody_asked_for_is_refused() {
    let server = Server::start(|_| Reply::new(200, &[("content-encoding", "br")], "x")).await;
    let result = session(&server).fetch(get(&server, "/")).await;
    assert!(matches!(result, Err(HttpError::Transport(_))), "{result:?}");
}

#[tokio::test]
async fn redirects_are_answers() {
    let other = Server::start(|_| Reply::ok("stolen")).await;
    let target = other.url("/steal");
    let server = Server::start(move |_| Reply::new(302, &[("location", &target)], "")).await;
    let session = session(&server);
    let response = session.fetch(get(&server, "/")).await.unwrap();
    assert_eq!(response.status, 302);
    let location = response
        .headers
        .iter()
        .find(|(name, _)| name == "location")
        .unwrap();
    assert_eq!(location.1, other.url("/steal"));
    assert_eq!((server.seen().len(), other.connections()), (1, 0));
    // Nor may the guest follow it.
    let result = session.fetch(get(&other, "/steal")).await;
    assert!(matches!(result, Err(HttpError::Denied(_))));
}

#[tokio::test]
async fn every_kind_of_slowness_ends_at_the_deadline() {
    let pause = Duration::from_millis(100);
    let slow_head = || vec![b"H".to_vec(); 100];
    let slow_body = || {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n".to_vec();
        std::iter::once(head)
            .chain(vec![b"x".to_vec(); 1000])
            .collect()
    };
    let server = Server::start(move |seen| match seen.target() {
        "/head" => Reply::Pieces(slow_head(), pause),
        "/body" => Reply::Pieces(slow_body(), pause),
        _ => Reply::Never,
    })
    .await;
    for path in ["/head", "/body", "/never"] {
        // By the call's deadline, and by the guest's own wish.
        for own in [None, Some(150)] {
            let mut config = config(&server.origin());
            let wait = if own.is_some() { 5_000 } else { 150 };
            config.budget.deadline = Instant::now() + Duration::from_millis(wait);
            let session = Session::new(client(), config);
            let mut request = get(&server, path);
            request.timeout_ms = own;
            let started = Instant::now();
            assert_eq!(
                session.fetch(request).await,
                Err(HttpError::Timeout),
                "{path}"
            );
            assert!(started.elapsed() < Duration::from_secs(3), "{path}");
            // It has left, whatever became of it.
            assert_eq!(session.requests_made(), 1);
            if own.is_none() {
                let late = session.fetch(get(&server, path)).await;
                assert_eq!(late, Err(HttpError::Timeout));
                assert_eq!(session.requests_made(), 1);
            }
        }
    }
}

#[tokio::test]
async fn broken_connections_have_names() {
    let server = Server::start(|_| Reply::Bytes(b"not http at all\r\n\r\n".to_vec())).await;
    let result = session(&server).fetch(get(&server, "/")).await;
    assert!(matches!(result, Err(HttpError::Transport(_))), "{result:?}");

    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let session = Session::new(client(), config(&origin));
    let request = portcullis_egress::Request::new(Method::Get, origin);
    assert_eq!(session.fetch(request).await, Err(HttpError::Connect));
    assert_eq!(session.requests_made(), 0);
}

#[tokio::test]
async fn many_at_once_are_answered_in_order() {
    let server = Server::start(|seen| {
        let number: u64 = seen.target()[1..].parse().unwrap();
        let body = format!("{number}");
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        // The earlier, the later.
        let pause = Duration::from_millis(40 - number * 5);
        Reply::Pieces(
            vec![Vec::new(), [head.as_bytes(), body.as_bytes()].concat()],
            pause,
        )
    })
    .await;
    let mut config = config(&server.origin());
    config.budget.requests = 8;
    let session = Session::new(client(), config);
    let mut requests: Vec<_> = (0..8).map(|n| get(&server, &format!("/{n}"))).collect();
    requests[2].url = "https://not-listed.test/".to_owned();
    requests.push(get(&server, "/8"));
    let answers = session.fetch_all(requests).await;
    assert_eq!(answers.len(), 9);
    for (number, answer) in answers.iter().enumerate() {
        match (number, answer) {
            (2, answer) => assert!(matches!(answer, Err(HttpError::Denied(_)))),
            (8, answer) => assert_eq!(answer, &Err(HttpError::BudgetExhausted)),
            (number, answer) => {
                assert_eq!(answer.as_ref().unwrap().body, number.to_string().as_bytes());
            }
        }
    }
    assert!(server.connections() >= 2);
    assert_eq!((session.requests_made(), session.evidence().len()), (7, 8));
}

#[tokio::test]
async fn bytes_of_a_call_are_counted_together() {
    let server = Server::start(|_| Reply::ok(vec![b'x'; 600])).await;
    let mut config = config(&server.origin());
    config.budget.bytes = 1_000;
    let session = Session::new(client(), config);
    assert_eq!(
        session.fetch(get(&server, "/")).await.unwrap().body.len(),
        600
    );
    assert_eq!(
        session.fetch(get(&server, "/")).await,
        Err(HttpError::ResponseTooLarge(400))
    );
}

#[tokio::test]
async fn a_limit_holds_back_and_hears_what_the_vendor_says() {
    let server =
        Server::start(|_| Reply::new(429, &[("retry-after", "90")], "slow down\r\n\x07now")).await;
    let mut config = config(&server.origin());
    config.limiter = Arc::new(WindowLimiter::new());
    let limit = |bucket: &str| Limit {
        key: LimitKey {
            scope: "s".to_owned(),
            bucket: bucket.to_owned(),
        },
        windows: vec![Window {
            requests: 10,
            per: Duration::from_secs(1),
        }],
        concurrency: Some(1),
    };
    config.buckets = Arc::new(Buckets {
        default: Some(limit("default")),
        named: vec![limit("reports")],
    });
    let session = Session::new(client(), config);
    let response = session.fetch(get(&server, "/")).await.unwrap();
    assert_eq!(response.retry_after_ms, Some(90_000));
    assert_eq!(
        session.evidence()[0].vendor_message.as_deref(),
        Some("slow down now")
    );
    let result = session.fetch(get(&server, "/")).await;
    assert!(
        matches!(result, Err(HttpError::Throttled(88_000..=90_000))),
        "{result:?}"
    );
    // The other limit has nothing to do with it.
    let mut request = get(&server, "/");
    request.buckets = vec!["reports".to_owned()];
    assert_eq!(session.fetch(request).await.unwrap().status, 429);
    assert_eq!(server.seen().len(), 2);
}
