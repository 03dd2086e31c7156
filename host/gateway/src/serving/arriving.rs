//! Bodies that have a time to arrive.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::Sleep;

/// Within which a body arrives whole: the longest that is read has 1 MiB.
const WITHIN: Duration = Duration::from_secs(60);

/// A body that breaks off when it does not arrive in time.
#[derive(Debug)]
pub(super) struct Arriving {
    body: Incoming,
    late: Pin<Box<Sleep>>,
}

impl Arriving {
    /// Its time begins now.
    pub(super) fn new(body: Incoming) -> Self {
        Self {
            body,
            late: Box::pin(tokio::time::sleep(WITHIN)),
        }
    }
}

impl Body for Arriving {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Pending if self.late.as_mut().poll(context).is_ready() => {
                Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::TimedOut).into())))
            }
            polled => polled.map(|frame| frame.map(|frame| frame.map_err(Into::into))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
