//! Live panels over server-sent events: a panel is sent when it differs from what was sent last.
//!
//! The truth is in the database, where any worker may have changed it, so it is looked at again and again: often while
//! something is going on, seldom otherwise. A stream ends with the process, with the session, and with the browser.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::extract::{Path, Query, RawQuery, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt as _, stream};
use maud::Markup;
use portcullis_service::{Environment, Principal};
use serde_json::json;

use crate::ConsoleState;
use crate::fault::Fault;
use crate::pages::integration::{head, notices, principal_of, see};
use crate::pages::job::{self, Lines, see_job};
use crate::pages::jobs::Older;
use crate::pages::vendor::Shown;
use crate::pages::{access, data, environment_of, jobs, vendor};
use crate::visitor::Visitor;

/// Between two looks while something is going on: people see it as at once.
const OFTEN: Duration = Duration::from_millis(300);
/// Between two looks otherwise.
const SELDOM: Duration = Duration::from_secs(2);
/// How often it is asked whether the session still stands.
const SESSION_CHECK: Duration = Duration::from_secs(20);
/// A stream is not older than this: the browser opens another one.
const LONGEST: Duration = Duration::from_secs(1800);

/// Which page is kept alive.
#[derive(Debug, Clone)]
enum Watched {
    Integration(String),
    Job(String, Lines),
    /// The jobs of an integration.
    Jobs(String, Older),
    /// The customers of a vendor in an environment.
    Customers(String, Environment, Shown),
    /// Records, by the query of their page.
    Records(String),
}

/// What a look found: the panels by their ids, and whether to look again soon.
struct Look {
    panels: Vec<(&'static str, String)>,
    is_busy: bool,
    /// Nothing will change any more.
    is_over: bool,
    /// What is said then.
    end: &'static str,
}

/// A stream's own memory.
struct Watch {
    state: ConsoleState,
    visitor: Visitor,
    principal: Principal,
    watched: Watched,
    /// The time by which panels are drawn: were it the present one, every panel would differ at every look.
    drawn_at: DateTime<Utc>,
    sent: Vec<(&'static str, String)>,
    began: Instant,
    asked: Instant,
    pause: Duration,
    is_over: bool,
}

type Events = Sse<
    axum::response::sse::KeepAliveStream<
        std::pin::Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>>,
    >,
>;

pub(crate) async fn integration(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Events, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    Ok(watch(state, visitor, principal, Watched::Integration(id)))
}

pub(crate) async fn job(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path((id, sync)): Path<(String, String)>,
    Query(shown): Query<Lines>,
) -> Result<Events, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    Ok(watch(state, visitor, principal, Watched::Job(sync, shown)))
}

pub(crate) async fn jobs_list(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(older): Query<Older>,
) -> Result<Events, Fault> {
    let principal = principal_of(&state, &visitor, &id).await?;
    Ok(watch(state, visitor, principal, Watched::Jobs(id, older)))
}

pub(crate) async fn customers(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    Path((vendor, environment)): Path<(String, String)>,
    Query(shown): Query<Shown>,
) -> Result<Events, Fault> {
    let environment = environment_of(&environment)?;
    let principal = visitor.principal(environment);
    let watched = Watched::Customers(vendor, environment, shown);
    Ok(watch(state, visitor, principal, watched))
}

pub(crate) async fn records(
    State(state): State<ConsoleState>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Events, Fault> {
    let principal = visitor.anywhere();
    let watched = Watched::Records(query.unwrap_or_default());
    Ok(watch(state, visitor, principal, watched))
}

fn watch(state: ConsoleState, visitor: Visitor, principal: Principal, watched: Watched) -> Events {
    let stop = state.stop.clone();
    let watch = Watch {
        state,
        visitor,
        principal,
        watched,
        drawn_at: Utc::now(),
        sent: Vec::new(),
        began: Instant::now(),
        asked: Instant::now(),
        // The page was drawn just now.
        pause: OFTEN,
        is_over: false,
    };
    let batches = stream::unfold(watch, |mut watch| async move {
        if watch.is_over || watch.began.elapsed() > LONGEST {
            return None;
        }
        tokio::time::sleep(watch.pause).await;
        let events = watch.events().await;
        Some((stream::iter(events.into_iter().map(Ok)), watch))
    });
    let events: std::pin::Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>> =
        Box::pin(batches.flatten().take_until(stop.cancelled_owned()));
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

impl Watch {
    async fn events(&mut self) -> Vec<Event> {
        if self.asked.elapsed() > SESSION_CHECK {
            self.asked = Instant::now();
            let session = self.state.service.session(&self.visitor.token).await;
            // What the page shows is of one account, which may have been taken from the user meanwhile.
            let may_go_on = session.map_or(true, |session| {
                session.is_some_and(|now| {
                    let own = &self.visitor.user.account.id;
                    now.accounts.iter().any(|account| account.id == *own)
                })
            });
            if !may_go_on {
                self.is_over = true;
                return vec![Event::default().event("signed-out").data("")];
            }
        }
        let began = Instant::now();
        let look = match self.look().await {
            Ok(look) => look,
            Err(fault) => {
                // The database may be away for a moment; the next look tells.
                tracing::debug!(detail = fault.detail(), "live.look_failed");
                self.pause = SELDOM;
                return Vec::new();
            }
        };
        // Where nothing is going on, what costs the database much is looked at less often.
        self.pause = if look.is_busy {
            OFTEN
        } else {
            SELDOM.max(began.elapsed() * 9)
        };
        let mut events = Vec::new();
        for (id, html) in look.panels {
            let known = self.sent.iter_mut().find(|(known, _)| *known == id);
            match known {
                Some((_, sent)) if *sent == html => continue,
                Some((_, sent)) => sent.clone_from(&html),
                None => self.sent.push((id, html.clone())),
            }
            let data = json!({"id": id, "html": html}).to_string();
            events.push(Event::default().event("panel").data(data));
        }
        if look.is_over {
            self.is_over = true;
            events.push(Event::default().event("say").data(look.end));
            events.push(Event::default().event("over").data(""));
        }
        events
    }

    async fn look(&self) -> Result<Look, Fault> {
        let text = |markup: Markup| markup.into_string();
        match &self.watched {
            Watched::Integration(id) => {
                let mut seen = see(&self.state, &self.principal, id).await?;
                seen.now = seen.now.max(self.drawn_at);
                let is_busy = seen.is_busy();
                // What moves by itself, such as a rate, is drawn by the present; all else by the stream's begin.
                if !is_busy {
                    seen.now = self.drawn_at;
                }
                let panels = vec![
                    ("integration-head", text(head(&self.visitor, &seen))),
                    ("integration-notices", text(notices(&self.visitor, &seen))),
                    ("data-access", text(access::panel(&self.visitor, &seen))),
                    ("jobs", text(jobs::panel(&self.visitor, &seen))),
                ];
                Ok(Look {
                    panels,
                    is_busy,
                    is_over: false,
                    end: "",
                })
            }
            Watched::Job(id, shown) => {
                let seen = see_job(&self.state, &self.principal, id, *shown).await?;
                let is_over = seen.is_over();
                let job = job::job(&self.visitor, &seen);
                Ok(Look {
                    panels: vec![("job", text(job))],
                    is_busy: true,
                    is_over,
                    end: "The job has ended.",
                })
            }
            Watched::Jobs(id, older) => {
                let mut seen = see(&self.state, &self.principal, id).await?;
                let syncs = jobs::see_jobs(&self.state, &self.principal, id, *older).await?;
                let is_busy = seen.is_busy();
                if !is_busy {
                    seen.now = self.drawn_at;
                }
                let list = jobs::all(id, &syncs, *older, seen.now);
                let panels = vec![
                    ("integration-head", text(head(&self.visitor, &seen))),
                    ("job-list", text(list)),
                ];
                Ok(Look {
                    panels,
                    is_busy,
                    is_over: false,
                    end: "",
                })
            }
            Watched::Customers(vendor, environment, shown) => {
                let (state, visitor) = (&self.state, &self.visitor);
                let vendor = state.service.get_vendor(&self.principal, vendor).await?;
                let seen =
                    vendor::see_customers(state, visitor, &vendor, *environment, shown).await?;
                let list =
                    vendor::list(visitor, &vendor, *environment, shown, &seen, self.drawn_at);
                Ok(Look {
                    panels: vec![("customer-list", text(list))],
                    is_busy: false,
                    is_over: false,
                    end: "",
                })
            }
            Watched::Records(query) => {
                let look = data::look(&self.state, &self.visitor, query, self.drawn_at);
                let (list, is_over) = look.await?;
                Ok(Look {
                    panels: vec![("record-list", text(list))],
                    is_busy: false,
                    is_over,
                    end: "Records have arrived.",
                })
            }
        }
    }
}
