//! A way to Postgres on which notifications are lost, and nothing else: the worst that can happen to a listener, since it
//! believes that it hears.

use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixStream};
use tokio::task::JoinHandle;

/// The message that carries a notification.
const NOTIFICATION: u8 = b'A';

/// Forwards connections until it is dropped.
pub(super) struct Muffler {
    port: u16,
    forwarding: JoinHandle<()>,
}

impl Muffler {
    /// Forwards to the server of this address.
    ///
    /// # Errors
    /// When the address names no socket, or no port is free.
    pub(super) async fn start(url: &str) -> Result<Self> {
        let folder = url.split_once("host=").context("a socket's folder")?.1;
        let socket = Path::new(folder).join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let forwarding = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let _ = client.set_nodelay(true);
                tokio::spawn(forward(client, socket.clone()));
            }
        });
        Ok(Self { port, forwarding })
    }

    /// The same database, this way.
    pub(super) fn url(&self, role: &str, database: &str) -> String {
        let port = self.port;
        format!("postgres://{role}@127.0.0.1:{port}/{database}?sslmode=disable")
    }
}

impl Drop for Muffler {
    fn drop(&mut self) {
        self.forwarding.abort();
    }
}

async fn forward(client: tokio::net::TcpStream, socket: PathBuf) -> Result<()> {
    let server = UnixStream::connect(socket).await?;
    let (mut from_client, to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    tokio::select! {
        copied = tokio::io::copy(&mut from_client, &mut to_server) => { copied?; }
        muffled = muffle(from_server, to_client) => muffled?,
    }
    Ok(())
}

/// Passes on whole messages: a letter, a length that counts itself, and the rest.
async fn muffle(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> Result<()> {
    let mut from = tokio::io::BufReader::with_capacity(1 << 16, &mut from);
    loop {
        let letter = from.read_u8().await?;
        let length = from.read_u32().await?;
        let mut message = Vec::with_capacity(length as usize + 1);
        message.push(letter);
        message.extend_from_slice(&length.to_be_bytes());
        message.resize(length as usize + 1, 0);
        from.read_exact(&mut message[5..]).await?;
        if letter != NOTIFICATION {
            to.write_all(&message).await?;
        }
    }
}
