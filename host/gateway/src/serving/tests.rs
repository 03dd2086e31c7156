use std::io;

use axum::Router;
use axum::routing::{get, post};
use futures_util::stream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::*;

/// A port without a system below it.
struct Wire(mpsc::Receiver<DuplexStream>);

impl Listener for Wire {
    type Io = DuplexStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (DuplexStream, SocketAddr) {
        match self.0.recv().await {
            Some(end) => (end, self.local_addr().unwrap()),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(SocketAddr::from(([127, 0, 0, 1], 1)))
    }
}

struct Served {
    wire: mpsc::Sender<DuplexStream>,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl Served {
    fn at_most(most: usize) -> Self {
        let ticks = || {
            stream::unfold(0, |count| async move {
                sleep(Duration::from_secs(14)).await;
                (count < 100).then_some((Ok::<_, io::Error>("tick "), count + 1))
            })
        };
        let router = Router::new()
            .route("/", get(async || "here"))
            .route("/echo", post(async |body: String| body))
            .route(
                "/slow",
                get(async || {
                    sleep(Duration::from_secs(600)).await;
                    "at last"
                }),
            )
            .route(
                "/late",
                get(async || {
                    Body::from_stream(stream::once(async {
                        sleep(Duration::from_secs(600)).await;
                        Ok::<_, io::Error>("late")
                    }))
                }),
            )
            .route("/ticks", get(async move || Body::from_stream(ticks())))
            .route("/flood", get(async || vec![b'x'; 1 << 20]));
        let (wire, ends) = mpsc::channel(8);
        let stop = CancellationToken::new();
        let served = serve(Wire(ends), router, Arc::default(), most, stop.clone());
        Self {
            wire,
            stop,
            serving: tokio::spawn(served),
        }
    }

    async fn connect(&self) -> DuplexStream {
        let (here, there) = duplex(16 * 1024);
        self.wire.send(there).await.unwrap();
        here
    }
}

/// What is sent until the connection is closed, and after how many seconds that was.
async fn until_closed(mut connection: DuplexStream) -> (String, u64) {
    let began = Instant::now();
    let mut said = String::new();
    connection.read_to_string(&mut said).await.unwrap();
    (said, began.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn who_sends_nothing_or_half_a_head_is_let_go_after_some_time() {
    let served = Served::at_most(8);
    for sent in ["", "GET / HTTP/1.1\r\nHost: x\r\n"] {
        let mut connection = served.connect().await;
        connection.write_all(sent.as_bytes()).await.unwrap();
        let (said, after) = until_closed(connection).await;
        assert!(
            (90..=105).contains(&after) && said.is_empty(),
            "{after} {said}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_that_trickle_do_not_keep_half_a_head_alive() {
    let served = Served::at_most(8);
    let mut connection = served.connect().await;
    let began = Instant::now();
    connection
        .write_all(b"GET / HTTP/1.1\r\nX: ")
        .await
        .unwrap();
    while connection.write_all(b"x").await.is_ok() {
        sleep(Duration::from_secs(1)).await;
    }
    assert!(
        began.elapsed() <= Duration::from_secs(122),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn half_a_body_breaks_off_after_a_minute() {
    let served = Served::at_most(8);
    let mut connection = served.connect().await;
    let head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf";
    connection.write_all(head.as_bytes()).await.unwrap();
    let (said, after) = until_closed(connection).await;
    assert!(said.starts_with("HTTP/1.1 400"), "{said}");
    assert!((60..=75).contains(&after), "{after}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_reads_is_given_up_after_some_time() {
    let served = Served::at_most(1);
    let mut connection = served.connect().await;
    connection
        .write_all(b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    // The only place is free again when the first is gone.
    let began = Instant::now();
    let mut next = served.connect().await;
    next.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let (said, _) = until_closed(next).await;
    assert!(said.ends_with("here"), "{said}");
    assert!((105..=120).contains(&began.elapsed().as_secs()));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_an_answer_or_for_the_next_word_of_one_is_kept() {
    let served = Served::at_most(8);
    for (path, end, least) in [
        ("/slow", "at last", 600),
        ("/late", "late\r\n0\r\n\r\n", 600),
        ("/ticks", "0\r\n\r\n", 1_400),
    ] {
        let mut connection = served.connect().await;
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        connection.write_all(head.as_bytes()).await.unwrap();
        let (said, after) = until_closed(connection).await;
        assert!(said.ends_with(end), "{said}");
        assert!(after >= least, "{path} {after}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_comes_beyond_the_most_waits_for_another_to_end() {
    let served = Served::at_most(1);
    let first = served.connect().await;
    let mut second = served.connect().await;
    second
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut byte = [0];
    let early = timeout(Duration::from_secs(5), second.read_exact(&mut byte)).await;
    assert!(early.is_err());
    drop(first);
    let (said, after) = until_closed(second).await;
    assert!(said.ends_with("here") && after < 5, "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_answers_end_and_idle_connections_go() {
    let served = Served::at_most(8);
    let idle = served.connect().await;
    let mut busy = served.connect().await;
    busy.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    sleep(Duration::from_secs(1)).await;
    served.stop.cancel();
    assert_eq!(until_closed(idle).await, (String::new(), 0));
    let (said, _) = until_closed(busy).await;
    assert!(said.ends_with("at last"), "{said}");
    served.serving.await.unwrap();
}
