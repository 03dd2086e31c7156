//! Connections as they come in.

use std::io;
use std::net::SocketAddr;

use axum::serve::Listener;
use tokio::net::TcpListener;

use crate::stream::Sending;

/// A port whose connections send sealed bytes without copying them, and anything at once.
#[derive(Debug)]
pub struct SendingListener {
    tcp: TcpListener,
}

impl SendingListener {
    /// Accepts on this port.
    #[must_use]
    pub fn on(tcp: TcpListener) -> Self {
        Self { tcp }
    }
}

impl Listener for SendingListener {
    type Io = Sending;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Sending, SocketAddr) {
        let (tcp, peer) = Listener::accept(&mut self.tcp).await;
        // An answer leaves when it is written; without this its last packet may wait for the one before to be
        // acknowledged. Where it is refused, the connection is over, and whoever reads it finds out.
        let _ = tcp.set_nodelay(true);
        (Sending::over(tcp), peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}
