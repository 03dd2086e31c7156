//! What a guest writes: structured logs and its standard streams, within one budget.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;
use portcullis_egress::Session;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

pub use crate::contract::log::Level;

/// Where the lines of a call go. The implementor adds connector, version, integration
/// and trace ids.
pub trait GuestLog: Send + Sync {
    /// Takes one line. Control characters are escaped already, so that a guest cannot
    /// forge a line of its neighbour's.
    fn write(&self, level: Level, message: &str, fields: &[(String, String)]);
}

/// A log for calls whose lines nobody wants.
#[derive(Debug, Clone, Copy, Default)]
pub struct Discard;

impl GuestLog for Discard {
    fn write(&self, _level: Level, _message: &str, _fields: &[(String, String)]) {}
}

/// At most so many fields are kept of one line.
const MAX_FIELDS: usize = 32;
/// What one line costs beside its text, so that empty lines end as well.
const LINE_COST: usize = 16;

/// The log of one call with what is left of its budget.
pub(crate) struct CallLog {
    sink: Arc<dyn GuestLog>,
    /// Masks what the guest writes. It holds no secret, but a vendor may have told it one
    /// in a way that the masking of answers does not know.
    egress: Option<Arc<Session>>,
    left: AtomicUsize,
    dropped: AtomicU64,
}

impl CallLog {
    pub(crate) fn new(
        sink: Arc<dyn GuestLog>,
        egress: Option<Arc<Session>>,
        budget_bytes: usize,
    ) -> Arc<Self> {
        Arc::new(Self {
            sink,
            egress,
            left: AtomicUsize::new(budget_bytes),
            dropped: AtomicU64::new(0),
        })
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(crate) fn write(&self, level: Level, message: &str, fields: &[(String, String)]) {
        let cost = fields
            .iter()
            .map(|(name, value)| name.len().saturating_add(value.len()))
            .fold(
                message.len().saturating_add(LINE_COST),
                usize::saturating_add,
            );
        if fields.len() > MAX_FIELDS || !self.take(cost) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let masker = self.egress.as_ref().map(|egress| egress.masker());
        let clean = |text: &str| match &masker {
            Some(masker) => printable(&masker.text(text)),
            None => printable(text),
        };
        let fields: Vec<(String, String)> = fields
            .iter()
            .map(|(name, value)| (clean(name), clean(value)))
            .collect();
        self.sink.write(level, &clean(message), &fields);
    }

    fn take(&self, cost: usize) -> bool {
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(cost)
            })
            .is_ok()
    }
}

/// `text` with every control character escaped, and every character that turns the
/// direction of text, which can forge a line just as well.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let turns_text = matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || turns_text {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}

/// Standard output or standard error of a guest: each line becomes a line of its log.
pub(crate) struct LineStream {
    log: Arc<CallLog>,
    level: Level,
    stream: &'static str,
}

impl LineStream {
    pub(crate) fn new(log: Arc<CallLog>, level: Level, stream: &'static str) -> Self {
        Self { log, level, stream }
    }
}

impl IsTerminal for LineStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LineStream {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(LineWriter {
            log: Arc::clone(&self.log),
            level: self.level,
            stream: self.stream,
            line: Vec::new(),
        })
    }

    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        // Only interfaces of WASI 0.2 are linked, and those use the stream above.
        Box::new(tokio::io::sink())
    }
}

/// How long a line may grow before it is broken, in bytes. This is all the memory that a
/// guest can make the host keep for one stream.
const LINE_BYTES: usize = 2048;

struct LineWriter {
    log: Arc<CallLog>,
    level: Level,
    stream: &'static str,
    line: Vec<u8>,
}

impl LineWriter {
    fn end_line(&mut self) {
        if self.line.is_empty() {
            return;
        }
        let message = String::from_utf8_lossy(&self.line);
        let fields = [("stream".to_owned(), self.stream.to_owned())];
        self.log.write(self.level, &message, &fields);
        self.line.clear();
    }
}

impl OutputStream for LineWriter {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        for &byte in &bytes {
            if byte == b'\n' || self.line.len() == LINE_BYTES {
                self.end_line();
            }
            if byte != b'\n' {
                self.line.push(byte);
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(LINE_BYTES)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for LineWriter {
    async fn ready(&mut self) {}
}

impl Drop for LineWriter {
    fn drop(&mut self) {
        // A panic message without a last newline is the line that matters most.
        self.end_line();
    }
}
