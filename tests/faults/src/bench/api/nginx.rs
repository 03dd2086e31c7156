//! nginx with `proxy_cache` in front of a gateway: what people would put there.

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// How long it may take to start and to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running nginx with everything of its own in one folder.
pub(super) struct Nginx {
    pub(super) base_url: String,
    server: Child,
    folder: TempDir,
}

impl Nginx {
    /// Starts it before a gateway.
    ///
    /// # Errors
    /// When it is missing or does not start, with what it said.
    pub(super) async fn start(upstream: &str) -> Result<Self> {
        let upstream = upstream.strip_prefix("http://").context("plain HTTP")?;
        // Its cache in memory: it must not wait for a disk that the gateway does not have to wait for.
        let memory = Path::new("/dev/shm");
        let folder = tempfile::Builder::new()
            .prefix("portcullis-nginx-")
            .tempdir_in(if memory.is_dir() {
                memory.to_path_buf()
            } else {
                std::env::temp_dir()
            })?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let config = folder.path().join("nginx.conf");
        std::fs::write(&config, configuration(folder.path(), port, upstream))?;
        let program = ["/usr/sbin/nginx", "/usr/local/sbin/nginx"]
            .into_iter()
            .find(|path| Path::new(path).exists())
            .unwrap_or("nginx");
        let server = Command::new(program)
            .arg("-p")
            .arg(folder.path())
            .arg("-c")
            .arg(&config)
            .arg("-e")
            .arg(folder.path().join("error.log"))
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("nginx: scripts/setup.sh --bench installs it")?;
        let nginx = Self {
            base_url: format!("http://127.0.0.1:{port}"),
            server,
            folder,
        };
        let begun = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_err()
        {
            if begun.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(nginx.folder.path().join("error.log"));
                bail!("nginx did not start: {}", log.unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(nginx)
    }

    /// Ends it, and its workers with it.
    ///
    /// # Errors
    /// When it does not end.
    pub(super) async fn end(mut self) -> Result<()> {
        let pid = self.server.id().and_then(|pid| i32::try_from(pid).ok());
        kill_process(
            pid.and_then(Pid::from_raw).context("it runs")?,
            Signal::TERM,
        )?;
        let status = tokio::time::timeout(PATIENCE, self.server.wait()).await??;
        ensure!(status.success(), "nginx ended with {status}");
        Ok(())
    }
}

/// As its handbook would have it for this: nothing logged, files kept open, connections kept alive on both sides.
///
/// The credential is part of the key, as it must be where accounts share one address. The gateway says `private`, which
/// keeps shared caches from storing, so that is ignored.
fn configuration(folder: &Path, port: u16, upstream: &str) -> String {
    let folder = folder.display();
    let user = if rustix::process::geteuid().is_root() {
        "user root;"
    } else {
        ""
    };
    format!(
        r#"{user}
daemon off;
worker_processes auto;
pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    default_type application/json;
    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_timeout 65;
    keepalive_requests 1000000000;
    open_file_cache max=1000 inactive=60s;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    proxy_cache_path {folder}/cache levels=1:2 keys_zone=answers:10m max_size=256m inactive=60m use_temp_path=off;
    upstream gateway {{ server {upstream}; keepalive 32; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://gateway;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_cache answers;
            proxy_cache_key "$request_uri|$http_authorization";
            proxy_cache_valid 200 15m;
            proxy_cache_lock on;
            proxy_ignore_headers Cache-Control Expires Vary Set-Cookie;
        }}
    }}
}}
"#
    )
}
