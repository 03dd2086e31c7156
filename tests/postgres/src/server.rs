//! The private server that test processes share.
//!
//! Everything lies in one folder under `/tmp`. `lock` is held while the server is started or stopped; each test process
//! holds `users` shared for as long as it lives. A guard beside the server waits until nobody holds `users`, gives late
//! comers some seconds, and stops the server while it holds `lock`.

use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Seconds that the server outlives its last user: the next test process comes well before.
const IDLE_SECONDS: u32 = 20;

static SHARED: OnceLock<(String, File)> = OnceLock::new();

/// The URL of the shared server, which is started when it does not run.
pub(crate) fn shared() -> Result<String> {
    if let Some((url, _)) = SHARED.get() {
        return Ok(url.clone());
    }
    let own_uid = fs::metadata("/proc/self")?.uid();
    let home = PathBuf::from(format!("/tmp/portcullis-test-postgres-{own_uid}"));
    fs::create_dir_all(&home)?;
    if fs::metadata(&home)?.uid() != own_uid {
        bail!("{} belongs to somebody else", home.display());
    }
    fs::set_permissions(&home, fs::Permissions::from_mode(0o755))?;
    let open = |name: &str| {
        File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(home.join(name))
    };
    let lock = open("lock")?;
    lock.lock()?;
    let users = open("users")?;
    users.lock_shared()?;
    let url = format!(
        "postgres://postgres@localhost/postgres?host={}",
        home.join("run").display()
    );
    if !is_alive(&home) {
        start(&home, own_uid == 0)?;
    }
    drop(lock);
    // Held until the process ends; of two threads that come here at once one keeps its file.
    Ok(SHARED.get_or_init(|| (url, users)).0.clone())
}

/// Whether the postmaster that wrote the pid file lives and has its socket.
fn is_alive(home: &Path) -> bool {
    let Ok(text) = fs::read_to_string(home.join("data/postmaster.pid")) else {
        return false;
    };
    let Some(pid) = text
        .lines()
        .next()
        .and_then(|line| line.trim().parse::<u32>().ok())
    else {
        return false;
    };
    let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    command.contains("postgres") && home.join("run/.s.PGSQL.5432").exists()
}

fn start(home: &Path, as_root: bool) -> Result<()> {
    let bin = binaries()?;
    let (data, run) = (home.join("data"), home.join("run"));
    // Whatever an earlier server left is of no use.
    for folder in [&data, &run] {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir(folder)?;
        if as_root {
            let (uid, gid) = (id("-u")?, id("-g")?);
            chown(folder, Some(uid), Some(gid))?;
        }
    }
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700))?;
    let initdb = as_postgres(as_root, &bin.join("initdb"))
        .args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "--pgdata",
        ])
        .arg(&data)
        .stdin(Stdio::null())
        .output()?;
    if !initdb.status.success() {
        bail!("initdb failed: {}", String::from_utf8_lossy(&initdb.stderr));
    }
    let log = File::create(home.join("log"))?;
    let mut server = as_postgres(as_root, &bin.join("postgres"));
    server.arg("-D").arg(&data).arg("-k").arg(&run);
    // Nothing here outlives a power cut, so nothing waits for the disk.
    for setting in [
        "listen_addresses=",
        "fsync=off",
        "full_page_writes=off",
        "max_connections=400",
        "shared_buffers=128MB",
        "max_wal_size=2GB",
    ] {
        server.arg("-c").arg(setting);
    }
    server
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    // A group of its own: Ctrl-C at the tests is not for the server.
    let mut child = server
        .process_group(0)
        .spawn()
        .context("starting postgres")?;
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_ready(&bin, &run) {
        if let Some(status) = child.try_wait()? {
            bail!(
                "postgres ended with {status}; see {}",
                home.join("log").display()
            );
        }
        if Instant::now() > deadline {
            bail!(
                "postgres is not ready after 30 s; see {}",
                home.join("log").display()
            );
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    guard(home, &bin, as_root)
}

fn is_ready(bin: &Path, run: &Path) -> bool {
    Command::new(bin.join("pg_isready"))
        .args(["--quiet", "--host"])
        .arg(run)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Starts the process that stops the server when nobody uses it any more.
fn guard(home: &Path, bin: &Path, as_root: bool) -> Result<()> {
    const SCRIPT: &str = r#"
        stop() { flock -n -x users $3 "$2/pg_ctl" stop --pgdata="$1/data" --mode=fast; }
        cd "$1" || exit 1
        while :; do
            flock -x users true
            sleep "$4"
            exec 9> lock
            flock -x 9
            test -e data/postmaster.pid || exit 0
            stop "$@" && break
            exec 9>&-
        done"#;
    Command::new("sh")
        .args(["-c", SCRIPT, "guard"])
        .arg(home)
        .arg(bin)
        .arg(if as_root {
            "runuser -u postgres --"
        } else {
            ""
        })
        .arg(IDLE_SECONDS.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .context("starting the server's guard")?;
    Ok(())
}

/// Postgres refuses to run as root, so root hands over to the user that its package made.
fn as_postgres(as_root: bool, program: &Path) -> Command {
    if as_root {
        let mut command = Command::new("runuser");
        command
            .args(["-u", "postgres", "--"])
            .arg(program)
            .current_dir("/tmp");
        command
    } else {
        Command::new(program)
    }
}

pub(crate) fn id(flag: &str) -> Result<u32> {
    let output = Command::new("id").args([flag, "postgres"]).output()?;
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .context("there is no user postgres")
}

/// The newest server's programs.
pub(crate) fn binaries() -> Result<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            Some((version, path.join("bin")))
        })
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    found.sort();
    if let Some((_, bin)) = found.pop() {
        return Ok(bin);
    }
    let output = Command::new("pg_config")
        .arg("--bindir")
        .output()
        .context("no Postgres programs found")?;
    let bin = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if bin.join("initdb").exists() {
        Ok(bin)
    } else {
        bail!("no Postgres server in {}", bin.display())
    }
}
