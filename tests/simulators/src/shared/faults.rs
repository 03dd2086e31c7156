//! Faults: what goes wrong on purpose, for which requests, and how often.
//!
//! A fault waits in a list. The first one that matches a request and is not used up hits it; its `action` says what
//! happens. Actions up to `status` replace the vendor's answer, the others spoil it.

use super::seed::mix;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// One fault. Without any condition it hits every request until the faults are cleared.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Hits only paths that begin with this (the query is not part of it).
    #[serde(default)]
    pub path: Option<String>,
    /// Hits only paths with query that contain this, such as `offset=1000`.
    #[serde(default)]
    pub contains: Option<String>,
    /// Lets this many matching requests pass first.
    #[serde(default)]
    pub skip: u64,
    /// Hits this many requests, then is used up; absent means for ever.
    #[serde(default)]
    pub times: Option<u64>,
    /// Hits one in so many matching requests, chosen by the seed.
    #[serde(default)]
    pub one_in: Option<u64>,
    /// Hits only for so long after its first hit, in milliseconds: an outage that ends by itself.
    #[serde(default)]
    pub for_ms: Option<u64>,
    /// Hits only this client.
    #[serde(default)]
    pub client: Option<String>,
    /// What happens.
    pub action: Action,
}

/// What a fault does.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Accepts the request and never answers.
    Hang {},
    /// Closes the connection without an answer.
    Drop {},
    /// Answers with this status and body instead of asking the vendor.
    Status {
        /// HTTP status.
        status: u16,
        /// Body; absent means the vendor's own form of "try again later".
        #[serde(default)]
        body: Option<String>,
        /// Content type of the body; JSON when absent.
        #[serde(default)]
        content_type: Option<String>,
        /// Value of `Retry-After`.
        #[serde(default)]
        retry_after: Option<RetryAfter>,
    },
    /// Status 200 with an HTML error page.
    Html {},
    /// Waits before answering, in milliseconds.
    Delay {
        /// How long.
        ms: u64,
    },
    /// Cuts the body; the length announced is that of the cut body, so the answer looks whole.
    Truncate {
        /// How many bytes are kept.
        keep: usize,
    },
    /// Announces the whole body, sends this much and closes the connection.
    Abort {
        /// How many bytes are sent.
        keep: usize,
    },
    /// Announces a length that differs from that of the body.
    WrongContentLength {
        /// Announced length minus true length.
        delta: i64,
    },
    /// Sends the body in drops.
    SlowBody {
        /// Bytes in a drop.
        bytes: usize,
        /// Pause after each drop in milliseconds.
        every_ms: u64,
    },
    /// Sends the body gzip-compressed, whether or not the client asked for it.
    Gzip {
        /// Blanks put after the body before compression, in MiB: a bomb when large.
        #[serde(default)]
        padding_mib: usize,
    },
    /// Sends everything, heads included, one byte at a time, for the rest of the connection.
    Drip {
        /// Pause after each byte in milliseconds.
        every_ms: u64,
    },
    /// Sends the whole body at once, announces no length, and ends it only after this time.
    SlowClose {
        /// How long the end is held back, in milliseconds.
        ms: u64,
    },
    /// Writes the body in another encoding than it says: each character as one byte of Latin-1, or two of UTF-16.
    Encode {
        /// The encoding.
        charset: Charset,
    },
    /// Puts raw bytes in place of each occurrence of a text: what is no UTF-8 cannot be written in JSON.
    ReplaceBytes {
        /// What to look for.
        from: String,
        /// What to put there, as hex.
        to_hex: String,
    },
    /// Puts a run of one letter behind the first occurrence of a text: one huge string, or a number of endless digits.
    Inflate {
        /// What to look for.
        after: String,
        /// The letter.
        with: char,
        /// How many of them.
        count: usize,
    },
    /// Puts blanks behind the body: a huge page that is still JSON.
    Pad {
        /// How many, in MiB.
        mib: usize,
    },
    /// Puts bytes around the body: a byte order mark, trailing garbage.
    Wrap {
        /// Put before the body, as hex.
        #[serde(default)]
        before_hex: String,
        /// Put after the body, as hex.
        #[serde(default)]
        after_hex: String,
    },
    /// Replaces every occurrence of a text in the body, to rename fields, change types or break numbers.
    Replace {
        /// What to look for.
        from: String,
        /// What to put there.
        to: String,
    },
    /// Serves the first page, whatever page was asked for.
    RepeatPage {},
    /// Answers an empty list with a total of zero.
    EmptyList {},
    /// Answers an empty list and the true total: a hole in the middle of the pages.
    EmptyPage {},
    /// Answers only the first so many rows of a page, and the true total.
    Rows {
        /// How many rows are left.
        keep: usize,
    },
    /// Answers each row of a page so many times.
    Multiply {
        /// How many times.
        times: usize,
    },
    /// Pages that never end: an offset beyond `rows` begins again at the first row, and the total says there is more.
    /// With `fresh` the rows of each round have ids of their own, so that nothing shows it but the count.
    Endless {
        /// After how many rows the pages begin again.
        rows: u64,
        /// Ids that were never seen.
        #[serde(default)]
        fresh: bool,
    },
    /// Leaves a header out.
    WithoutHeader {
        /// Name of the header, in any case.
        name: String,
    },
    /// Announces another content type.
    ContentType {
        /// Value of the header.
        value: String,
    },
}

impl Action {
    /// Name of the kind, as in JSON.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Hang {} => "hang",
            Self::Drop {} => "drop",
            Self::Status { .. } => "status",
            Self::Html {} => "html",
            Self::Delay { .. } => "delay",
            Self::Truncate { .. } => "truncate",
            Self::Abort { .. } => "abort",
            Self::WrongContentLength { .. } => "wrong_content_length",
            Self::SlowBody { .. } => "slow_body",
            Self::Gzip { .. } => "gzip",
            Self::Wrap { .. } => "wrap",
            Self::Replace { .. } => "replace",
            Self::Drip { .. } => "drip",
            Self::SlowClose { .. } => "slow_close",
            Self::Encode { .. } => "encode",
            Self::ReplaceBytes { .. } => "replace_bytes",
            Self::Inflate { .. } => "inflate",
            Self::Pad { .. } => "pad",
            Self::RepeatPage {} => "repeat_page",
            Self::EmptyList {} => "empty_list",
            Self::EmptyPage {} => "empty_page",
            Self::Rows { .. } => "rows",
            Self::Multiply { .. } => "multiply",
            Self::Endless { .. } => "endless",
            Self::WithoutHeader { .. } => "without_header",
            Self::ContentType { .. } => "content_type",
        }
    }
}

/// An encoding that is not the one announced.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Charset {
    /// One byte a character; those beyond are question marks.
    Latin1,
    /// Two bytes a character, the low one first.
    Utf16,
}

/// What stands in `Retry-After`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "form", rename_all = "snake_case", deny_unknown_fields)]
pub enum RetryAfter {
    /// No header.
    None {},
    /// A number of seconds.
    Seconds {
        /// The number.
        seconds: u64,
    },
    /// An HTTP date so many seconds from now.
    Date {
        /// Seconds from now; negative is in the past.
        seconds: i64,
    },
    /// Any text.
    Text {
        /// The text.
        text: String,
    },
}

impl RetryAfter {
    /// The value of the header, if there is one.
    #[must_use]
    pub fn value(&self) -> Option<String> {
        match self {
            Self::None {} => None,
            Self::Seconds { seconds } => Some(seconds.to_string()),
            Self::Date { seconds } => {
                let when = chrono::Utc::now() + chrono::Duration::seconds(*seconds);
                Some(when.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
            }
            Self::Text { text } => Some(text.clone()),
        }
    }
}

struct Waiting {
    fault: Fault,
    matched: u64,
    hits: u64,
    since: Option<Instant>,
}

/// The faults in force.
#[derive(Default)]
pub struct Faults {
    waiting: Mutex<Vec<Waiting>>,
}

impl Faults {
    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a fault behind those in force.
    pub fn add(&self, fault: Fault) {
        self.waiting().push(Waiting {
            fault,
            matched: 0,
            hits: 0,
            since: None,
        });
    }

    /// Removes all faults.
    pub fn clear(&self) {
        self.waiting().clear();
    }

    /// The action for a request, given its path, its path with query, and who it claims to come from.
    pub fn hit(&self, seed: u64, path: &str, whole: &str, client: Option<&str>) -> Option<Action> {
        let mut waiting = self.waiting();
        for (number, entry) in waiting.iter_mut().enumerate() {
            let fault = &entry.fault;
            let matches = fault
                .path
                .as_ref()
                .is_none_or(|start| path.starts_with(start.as_str()))
                && fault
                    .contains
                    .as_ref()
                    .is_none_or(|part| whole.contains(part.as_str()))
                && fault
                    .client
                    .as_deref()
                    .is_none_or(|only| client == Some(only))
                && fault.for_ms.is_none_or(|ms| {
                    entry
                        .since
                        .is_none_or(|since| since.elapsed() < Duration::from_millis(ms))
                })
                && fault.times.is_none_or(|times| entry.hits < times);
            if !matches {
                continue;
            }
            entry.matched += 1;
            let chosen = fault.one_in.is_none_or(|n| {
                mix(seed, 900 + number as u64, entry.matched).is_multiple_of(n.max(1))
            });
            if entry.matched > fault.skip && chosen {
                entry.hits += 1;
                entry.since.get_or_insert_with(Instant::now);
                return Some(fault.action.clone());
            }
        }
        None
    }
}
