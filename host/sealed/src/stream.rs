//! A connection that sends sealed bytes without copying them.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustix::fs::sendfile;
use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

use crate::file::{Place, place};

/// A TCP connection that names sealed files to the kernel in place of their bytes.
#[derive(Debug)]
pub struct Sending {
    tcp: TcpStream,
}

impl Sending {
    /// Sends over this connection.
    #[must_use]
    pub fn over(tcp: TcpStream) -> Self {
        Self { tcp }
    }

    /// Makes one system call when the connection takes bytes, and again until it did not come too early.
    fn poll_call(
        &self,
        context: &mut Context<'_>,
        mut call: impl FnMut(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.tcp.poll_write_ready(context))?;
            match self.tcp.try_io(Interest::WRITABLE, || call(&self.tcp)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
        }
    }

    fn poll_file(
        &self,
        context: &mut Context<'_>,
        place: &Place,
        length: usize,
    ) -> Poll<io::Result<usize>> {
        self.poll_call(context, |tcp| {
            let mut offset = place.offset;
            Ok(sendfile(tcp, &*place.file, Some(&mut offset), length)?)
        })
    }

    /// Bytes that a file follows: they wait for it, so that both leave in the same packets.
    fn poll_lead(
        &self,
        context: &mut Context<'_>,
        lead: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_call(context, |tcp| {
            let flags = SendFlags::MORE | SendFlags::NOSIGNAL;
            Ok(sendmsg(
                tcp,
                lead,
                &mut SendAncillaryBuffer::default(),
                flags,
            )?)
        })
    }
}

impl AsyncRead for Sending {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(context, buffer)
    }
}

impl AsyncWrite for Sending {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match place(bytes) {
            Some(place) => self.poll_file(context, &place, bytes.len()),
            None => Pin::new(&mut self.tcp).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut places = slices.iter().map(|bytes| place(bytes)).enumerate();
        match places.find_map(|(at, place)| Some((at, place?))) {
            Some((0, place)) => self.poll_file(context, &place, slices[0].len()),
            Some((at, _)) => self.poll_lead(context, &slices[..at]),
            None => Pin::new(&mut self.tcp).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}
