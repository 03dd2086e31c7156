//! Server-sent events: what happens in a sync, or in the syncs of an integration, as it happens.
//!
//! Postgres is asked again and again; a wake-up makes the next look come sooner. Each event's id names the last line of
//! the log that was sent, so that a stream that broke goes on where it stopped.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::{self, Stream, StreamExt as _};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use portcullis_service::{News, SyncFeed};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;

use crate::auth::Admin;
use crate::problem::Problem;
use crate::routes::id_of;
use crate::{ApiState, query};

/// Looks of one stream are at least so far apart.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// And at most so far.
const LOOK_AT_LEAST: Duration = Duration::from_secs(1);
/// A comment keeps proxies from closing a quiet stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A stream ends after this time, so that the caller's key is looked at again; callers reconnect by themselves.
const LASTS: Duration = Duration::from_secs(300);
/// How soon a caller should reconnect.
const RETRY: Duration = Duration::from_secs(1);
/// What the id of the last event ends with: whoever shows it has everything.
const END: &str = ".end";

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// What happens in one sync, up to its end: `sync` events with its whole state whenever that changes, `log` events with
/// the lines of its log, and `end`. Sent with `Last-Event-ID` it goes on after that event.
#[utoipa::path(
    get, path = "/v1/admin/syncs/{sync_id}/events", tag = "Syncs", operation_id = "follow_sync",
    params(("sync_id" = String, Path, description = "The sync's id")),
    responses(
        (status = 200, description = "A stream of events", content_type = "text/event-stream", body = String),
        (status = 204, description = "Nothing more will come: do not reconnect"),
    )
)]
pub(crate) async fn of_sync(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    let last = last_event_id(&headers);
    let line = last.as_deref().and_then(line_of).unwrap_or(0);
    let feed = state.service.follow_sync(&principal, &id, line).await?;
    if last.is_some_and(|last| last.ends_with(END)) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    answer(&state, feed)
}

/// What happens in the syncs of an integration: `sync` and `log` events, until the caller leaves. Sent with
/// `Last-Event-ID` the log goes on after that event; without, it begins now.
#[utoipa::path(
    get, path = "/v1/admin/integrations/{id}/events", tag = "Syncs", operation_id = "follow_integration",
    params(("id" = String, Path, description = "The integration's id")),
    responses((status = 200, description = "A stream of events", content_type = "text/event-stream", body = String))
)]
pub(crate) async fn of_integration(
    State(state): State<ApiState>,
    Admin(principal): Admin,
    path: Result<Path<String>, PathRejection>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = id_of(path)?;
    query::none(raw.as_deref())?;
    let line = last_event_id(&headers).as_deref().and_then(line_of);
    let feed = state
        .service
        .follow_integration(&principal, &id, line)
        .await?;
    answer(&state, feed)
}

fn last_event_id(headers: &HeaderMap) -> Option<String> {
    Some(headers.get(LAST_EVENT_ID)?.to_str().ok()?.to_owned())
}

/// The line that an event id names; anything that is no id of ours counts as none.
fn line_of(id: &str) -> Option<i64> {
    id.strip_suffix(END).unwrap_or(id).parse().ok()
}

/// A stream under way.
struct Following {
    feed: SyncFeed,
    pulse: watch::Receiver<u64>,
    closing: watch::Receiver<bool>,
    until: Instant,
    first: bool,
    _place: OwnedSemaphorePermit,
}

fn answer(state: &ApiState, feed: SyncFeed) -> Result<Response, Problem> {
    let Ok(place) = state.streams.places.clone().try_acquire_owned() else {
        return Err(Problem::new("too_many_streams"));
    };
    let following = Following {
        feed,
        pulse: state.freshness.pulse(),
        closing: state.streams.closing.subscribe(),
        until: Instant::now() + LASTS,
        first: true,
        _place: place,
    };
    let mut response = Sse::new(events(following))
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Some proxies collect an answer before they pass it on.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn events(following: Following) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(Some(following), |following| async move {
        let mut following = following?;
        loop {
            if !following.first && !following.wait().await {
                return None;
            }
            let news = match following.feed.look().await {
                Ok(news) => news,
                Err(error) => {
                    // The database is away, or what is followed is gone: reconnecting tells which.
                    tracing::debug!(%error, "events.look_failed");
                    return None;
                }
            };
            let (batch, ended) = (batch(&news, following.first), news.ended);
            following.first = false;
            if !batch.is_empty() {
                return Some((stream::iter(batch), (!ended).then_some(following)));
            }
        }
    })
    .flatten()
    .map(Ok)
}

impl Following {
    /// Waits for the next look; `false` when the stream is to end.
    async fn wait(&mut self) -> bool {
        let next = async {
            tokio::time::sleep(LOOK_EVERY).await;
            // A pulse comes with each look of the process itself, which a wake-up makes sooner.
            let _ = tokio::time::timeout(LOOK_AT_LEAST, self.pulse.changed()).await;
        };
        tokio::select! {
            () = next => true,
            () = tokio::time::sleep_until(self.until) => false,
            _ = self.closing.wait_for(|closing| *closing) => false,
        }
    }
}

/// The events of one look.
fn batch(news: &News, first: bool) -> Vec<Event> {
    let mut events = Vec::new();
    // Lines first: the id of a state then covers them.
    for line in &news.lines {
        if let Ok(data) = serde_json::to_string(line) {
            events.push(
                Event::default()
                    .event("log")
                    .id(line.id.to_string())
                    .data(data),
            );
        }
    }
    for sync in &news.syncs {
        if let Ok(data) = serde_json::to_string(sync) {
            events.push(
                Event::default()
                    .event("sync")
                    .id(news.line.to_string())
                    .data(data),
            );
        }
    }
    if news.ended {
        let id = format!("{}{END}", news.line);
        events.push(Event::default().event("end").id(id).data("{}"));
    }
    if first && let Some(event) = events.pop() {
        events.push(event.retry(RETRY));
    }
    events
}
