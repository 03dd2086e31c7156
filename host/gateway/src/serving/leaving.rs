//! Answers whose parts may take their time.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

use super::moving::{Moves, UnderWay};

/// An answer that says when it is the gateway that lets the client wait for the next part, and not the other way round.
#[derive(Debug)]
pub(super) struct Leaving {
    body: Body,
    moves: Arc<Moves>,
    waiting: Option<UnderWay>,
}

impl Leaving {
    pub(super) fn new(body: Body, moves: Arc<Moves>) -> Self {
        Self {
            body,
            moves,
            waiting: None,
        }
    }
}

impl hyper::body::Body for Leaving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            self.waiting = None;
        } else if self.waiting.is_none() {
            self.waiting = Some(self.moves.wait());
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
