//! Connections: so many at once, each answered until it ends, and ended when nothing goes over it any more.
//!
//! Whoever connects and then dawdles, with half a request, with an answer that is not read or with nothing at all, holds
//! memory and a file descriptor that others wait for. So a connection on which nothing moves is closed, and a body has
//! a time within which it arrives whole.

mod arriving;
mod leaving;
mod moving;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use axum::serve::Listener;
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use portcullis_front::Front;
use tokio::sync::Semaphore;
use tokio::time::{Instant, interval_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use self::arriving::Arriving;
use self::leaving::Leaving;
use self::moving::{Moves, Moving};

/// How often a connection is looked at.
const LOOK: Duration = Duration::from_secs(15);

/// Looks in a row that find a connection as it was before it is closed: it stood still for 90 to 105 seconds. That is more
/// than proxies keep an idle connection, commonly 60 seconds, so that theirs end first; and several times what event
/// streams let pass without a word. What is half way is cut off a look later.
const STILL: u32 = 6;

/// Answers those who connect until `stop`, `most` of them at once: whoever comes beyond waits in the system's queue until
/// another has ended. Ends when the last request in flight is answered.
pub(crate) async fn serve<L, S>(
    mut listener: L,
    service: S,
    front: Arc<Front>,
    most: usize,
    stop: CancellationToken,
) where
    L: Listener<Addr = SocketAddr>,
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let places = Arc::new(Semaphore::new(most));
    let connections = TaskTracker::new();
    let (accepted, stopped) = (connections.clone(), stop.clone());
    let accepting = async move {
        loop {
            // The semaphore is never closed.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            let (io, peer) = listener.accept().await;
            let service = service.clone();
            let front = Arc::clone(&front);
            let stop = stopped.clone();
            accepted.spawn(async move {
                answer(io, peer, service, front, stop).await;
                drop(place);
            });
        }
    };
    // With it goes the port.
    stop.run_until_cancelled_owned(accepting).await;
    connections.close();
    connections.wait().await;
}

/// Answers one connection until either side ends it.
async fn answer<I, S>(
    io: I,
    peer: SocketAddr,
    service: S,
    front: Arc<Front>,
    stop: CancellationToken,
) where
    I: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let moves = Arc::new(Moves::default());
    let io = TokioIo::new(Moving::new(io, Arc::clone(&moves)));
    let counted = Arc::clone(&moves);
    let service = service_fn(move |request: http::Request<Incoming>| {
        let under_way = counted.request();
        let mut request = request.map(|body| match body.is_end_stream() {
            true => Body::empty(),
            false => Body::new(Arriving::new(body)),
        });
        let extensions = request.extensions_mut();
        extensions.insert(ConnectInfo(peer));
        extensions.insert(Arc::clone(&front));
        let answering = service.clone().call(request);
        let counted = Arc::clone(&counted);
        async move {
            let answer = answering.await;
            drop(under_way);
            answer.map(|answer| answer.map(|body| Leaving::new(body, counted)))
        }
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    let mut connection = pin!(builder.serve_connection(io, service));
    let mut looks = interval_at(Instant::now() + LOOK, LOOK);
    let mut stopping = pin!(stop.cancelled());
    let (mut seen, mut still, mut is_stopping) = (0, 0, false);
    loop {
        tokio::select! {
            ended = &mut connection => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "connection.broken");
                }
                return;
            }
            () = &mut stopping, if !is_stopping => {
                is_stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            _ = looks.tick() => {
                let now = moves.count();
                still = if now == seen && !moves.is_under_way() { still + 1 } else { 0 };
                seen = now;
                if still == STILL && !is_stopping {
                    tracing::debug!("connection.stands_still");
                    is_stopping = true;
                    connection.as_mut().graceful_shutdown();
                } else if still > STILL {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
