//! A component that does what no connector should, one thing at a time.
//!
//! `validate` accepts, `probe` grants, and `pull` does what the setting
//! `behaviour` names. Each is meant to meet one limit of the host; what comes
//! back afterwards, if anything does, is an ordinary page.

#![allow(
    clippy::panic,
    reason = "to panic is what one of the behaviours is for"
)]

use std::hint::black_box;
use std::time::Duration;

use portcullis_sdk::serde::Deserialize;
use portcullis_sdk::{
    Batch, Connector, Context, Error, Identity, Level, Page, PageRequest, ProbeRequest, Reaction,
    RecordKey, Request, Result, Verdict, serde_json,
};

struct Hostile;

#[derive(Deserialize)]
#[serde(crate = "portcullis_sdk::serde")]
struct Settings {
    behaviour: Behaviour,
}

#[derive(Deserialize)]
#[serde(crate = "portcullis_sdk::serde", rename_all = "snake_case")]
enum Behaviour {
    /// One record and the end.
    None,
    /// Computes for ever.
    Loop,
    /// Takes memory until there is none.
    Grow,
    /// One record of 200 MB.
    Huge,
    /// Executes `unreachable`.
    Trap,
    /// Panics with a message.
    Panic,
    /// Calls itself until the stack is full.
    Recurse,
    /// Asks for `http://169.254.169.254/latest`.
    Metadata,
    /// Sleeps on the clock, past any deadline.
    Sleep,
    /// Fetches `{base_url}/slow`.
    SlowFetch,
    /// Makes requests until the budget is used up, then once more.
    ManyRequests,
    /// A million records.
    ManyRecords,
    /// Payloads that are no JSON documents, and one good one.
    BadJson,
    /// The same key three times.
    DuplicateIds,
    /// A cursor of 5,000 bytes.
    LongCursor,
    /// The cursor that it was asked with, again and again.
    SameCursor,
    /// Records of a model that nobody asked for.
    ForeignModel,
    /// A million lines of log, 1 KiB each.
    LogFlood,
    /// Fetches `{base_url}/echo` with the secret and copies the answer into a
    /// record, the cursor and the log; on the second page into an error.
    Echo,
}

impl Connector for Hostile {
    fn validate(_ctx: &Context<'_>) -> Result<Identity> {
        Ok(Identity::default())
    }

    fn probe(_ctx: &Context<'_>, _request: ProbeRequest) -> Result<Verdict> {
        Ok(Verdict::granted(Some(1), Some(RecordKey::of("1"))))
    }

    fn pull(ctx: &Context<'_>, request: PageRequest) -> Result<Page> {
        let settings: Settings = ctx.settings()?;
        let mut batch = Batch::new(request.model.as_str());
        match settings.behaviour {
            Behaviour::None => batch.upsert(RecordKey::of("1"), property("1")),
            Behaviour::Loop => spin(),
            Behaviour::Grow => grow(),
            Behaviour::Huge => batch.upsert(RecordKey::of("1"), property(&"x".repeat(200_000_000))),
            Behaviour::Trap => trap(),
            Behaviour::Panic => panic!("the hostile guest panics on purpose"),
            Behaviour::Recurse => {
                batch.upsert(RecordKey::of("1"), property(&recurse(0).to_string()))
            }
            Behaviour::Metadata => {
                let answer = Request::get("http://169.254.169.254/latest").send(ctx)?;
                batch.upsert(RecordKey::of("1"), property(&format!("{answer:?}")));
            }
            Behaviour::Sleep => std::thread::sleep(Duration::from_secs(24 * 60 * 60)),
            Behaviour::SlowFetch => {
                Request::get(ctx.url("/slow")).send(ctx)?;
            }
            Behaviour::ManyRequests => {
                for _ in 0..=ctx.requests() {
                    Request::get(ctx.url("/items")).send(ctx)?;
                }
            }
            Behaviour::ManyRecords => {
                for id in 0..1_000_000 {
                    batch.upsert(RecordKey::of(id.to_string()), property("x"));
                }
            }
            Behaviour::BadJson => {
                for (id, payload) in [
                    "{",
                    "",
                    "[]",
                    "\"text\"",
                    "{\"name\":NaN}",
                    "{\"name\":\"\\u0000\"}",
                ]
                .into_iter()
                .enumerate()
                {
                    batch.upsert(RecordKey::of(format!("bad-{id}")), payload.to_owned());
                }
                batch.upsert(RecordKey::of("good"), property("good"));
            }
            Behaviour::DuplicateIds => {
                for name in ["first", "second", "third"] {
                    batch.upsert(RecordKey::of("1"), property(name));
                }
            }
            Behaviour::LongCursor => return Ok(Page::more(vec![batch], "c".repeat(5000))),
            Behaviour::SameCursor => {
                let cursor = request.cursor.unwrap_or_else(|| "again".to_owned());
                return Ok(Page::more(vec![batch], cursor));
            }
            Behaviour::ForeignModel => {
                let mut foreign = Batch::new("leases");
                foreign.upsert(RecordKey::of("1"), "{}".to_owned());
                return Ok(Page::last(vec![batch, foreign], None));
            }
            Behaviour::LogFlood => {
                let line = "x".repeat(1024);
                for _ in 0..1_000_000 {
                    ctx.log(Level::Error, &line, &[("field", &line)]);
                }
                batch.upsert(RecordKey::of("1"), property("1"));
            }
            Behaviour::Echo => return echo(ctx, &request, batch),
        }
        Ok(Page::last(vec![batch], None))
    }
}

fn echo(ctx: &Context<'_>, request: &PageRequest, mut batch: Batch) -> Result<Page> {
    let answer = Request::get(ctx.url("/echo"))
        .secret_header("x-api-key", "apiKey")
        .send(ctx)?;
    let text = format!("{answer:?} {}", String::from_utf8_lossy(&answer.body));
    ctx.log(Level::Info, &text, &[("answer", &text)]);
    if request.cursor.is_some() {
        return Err(Error::new(Reaction::Fail, text));
    }
    batch.upsert(RecordKey::of("1"), property(&text));
    Ok(Page::more(vec![batch], text.chars().take(1000).collect()))
}

fn property(name: &str) -> String {
    serde_json::json!({ "name": name }).to_string()
}

fn spin() {
    let mut turns = 0_u64;
    while black_box(true) {
        turns = black_box(turns.wrapping_add(1));
    }
}

fn grow() {
    let mut held: Vec<Vec<u8>> = Vec::new();
    while black_box(true) {
        held.push(black_box(vec![1; 1 << 20]));
    }
}

#[expect(unconditional_recursion, reason = "that is the point")]
fn recurse(depth: u64) -> u64 {
    // Next to nothing lies in memory, whose own stack would end first, and as another kind of trap.
    black_box(recurse(black_box(depth + 1))) ^ depth
}

fn trap() {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort();
}

portcullis_sdk::export_connector!(Hostile, manifest = "connector.toml");
