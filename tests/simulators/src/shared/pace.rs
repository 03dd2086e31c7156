//! A connection that can be made to drip: one byte, a pause, the next byte.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// The pause after each byte, in milliseconds; 0 means none. Shared by a connection and whoever serves it.
#[derive(Clone, Default)]
pub struct Pace(Arc<AtomicU64>);

impl Pace {
    /// From now on each byte is followed by a pause.
    pub fn slow_down(&self, every_ms: u64) {
        self.0.store(every_ms, Ordering::Relaxed);
    }
}

/// A stream under a pace.
pub struct Paced<S> {
    stream: S,
    pace: Pace,
    pause: Option<Pin<Box<Sleep>>>,
}

impl<S> Paced<S> {
    /// Puts a stream under a pace.
    pub fn new(stream: S, pace: Pace) -> Self {
        Self {
            stream,
            pace,
            pause: None,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(pause) = &mut self.pause {
            if pause.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.pause = None;
        }
        let every_ms = self.pace.0.load(Ordering::Relaxed);
        if every_ms == 0 || bytes.is_empty() {
            return Pin::new(&mut self.stream).poll_write(context, bytes);
        }
        let written = Pin::new(&mut self.stream).poll_write(context, &bytes[..1]);
        if written.is_ready() {
            self.pause = Some(Box::pin(tokio::time::sleep(Duration::from_millis(
                every_ms,
            ))));
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
