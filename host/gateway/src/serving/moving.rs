//! Whether anything moves on a connection.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What moved on a connection: requests that arrived, and answers that left. What a client sends of a request that never
/// becomes whole is no move.
#[derive(Debug, Default)]
pub(super) struct Moves {
    count: AtomicU64,
    under_way: AtomicUsize,
}

impl Moves {
    /// A request has arrived, and is under way until what this gives is dropped.
    pub(super) fn request(self: &Arc<Self>) -> UnderWay {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.wait()
    }

    /// The client waits for the gateway until what this gives is dropped.
    pub(super) fn wait(self: &Arc<Self>) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(self))
    }

    /// How much has moved so far.
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Whether somebody waits for an answer, or for the next part of one.
    pub(super) fn is_under_way(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 0
    }
}

/// Somebody who waits for the gateway.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Moves>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection that counts what it sends.
#[derive(Debug)]
pub(super) struct Moving<I> {
    io: I,
    moves: Arc<Moves>,
}

impl<I> Moving<I> {
    pub(super) fn new(io: I, moves: Arc<Moves>) -> Self {
        Self { io, moves }
    }

    fn counted(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if matches!(written, Poll::Ready(Ok(1..))) {
            self.moves.count.fetch_add(1, Ordering::Relaxed);
        }
        written
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Moving<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Moving<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(context, bytes);
        self.counted(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(context, slices);
        self.counted(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
