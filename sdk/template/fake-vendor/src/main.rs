//! The fake vendor behind a port: `fake-vendor [ADDRESS]`, 127.0.0.1:7878
//! unless told otherwise. Port 0 takes a free one; the first line says which.

use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use fake_vendor::{Asked, FULL_KEY, PLACES_KEY, Vendor, refused};

/// Requests that the vendor answers in any second, of each key.
const REQUESTS_A_SECOND: usize = 10;

#[derive(Default)]
struct Served {
    vendor: Vendor,
    /// When the requests of the last second came, by key.
    recent: Mutex<HashMap<String, VecDeque<Instant>>>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:7878".to_owned());
    let socket = tokio::net::TcpListener::bind(&address).await?;
    let mut out = std::io::stdout();
    writeln!(out, "http://{}", socket.local_addr()?)?;
    writeln!(
        out,
        "apiKey={FULL_KEY} reads everything, apiKey={PLACES_KEY} no residents"
    )?;
    out.flush()?;
    let router = Router::new()
        .fallback(answer)
        .with_state(Arc::new(Served::default()));
    axum::serve(socket, router).await?;
    Ok(())
}

async fn answer(State(served): State<Arc<Served>>, request: Request) -> Response {
    let key = request.headers().get("x-api-key");
    let key = key.and_then(|key| key.to_str().ok());
    if !served.admits(key.unwrap_or_default(), Instant::now()) {
        let refusal = refused(429, "slow_down", "Ten requests a second are answered.");
        let head = [("retry-after", "1"), ("content-type", "application/json")];
        return (StatusCode::TOO_MANY_REQUESTS, head, refusal.body).into_response();
    }
    let target = request.uri().path_and_query();
    let answer = served.vendor.answer(&Asked {
        target: target.map_or("/", |target| target.as_str()),
        key,
    });
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let head = [("content-type", "application/json")];
    (status, head, answer.body).into_response()
}

impl Served {
    /// Whether one more request of a key is within the limit; if so, it counts.
    fn admits(&self, key: &str, now: Instant) -> bool {
        let mut all = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = all.entry(key.to_owned()).or_default();
        recent.retain(|came| now.duration_since(*came) < Duration::from_secs(1));
        let admitted = recent.len() < REQUESTS_A_SECOND;
        if admitted {
            recent.push_back(now);
        }
        admitted
    }
}
