//! Compilation in a child process.
//!
//! A component from outside may make the code generator run for hours or take all the
//! memory, and the makers of wasmtime do not count that as a defect. So it happens in a
//! process that limits itself before it reads the component, and that can be killed.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, setrlimit};
use tokio::io::AsyncReadExt as _;
use tokio::process::Child;

use crate::engine::compiling_engine;
use crate::gate::MAX_COMPONENT_BYTES;
use crate::refusal::{Refusal, RefusalCode};

/// Address space of the compiling child, in bytes. A Python connector takes 350 MiB.
const CHILD_ADDRESS_SPACE: u64 = 4 << 30;
/// The largest file it may write, in bytes. A JavaScript connector makes 40 MB.
const CHILD_FILE_SIZE: u64 = 512 << 20;
/// Processor time, in seconds, over all its threads.
const CHILD_CPU_SECONDS: u64 = 300;
/// How much of what the child says is kept, in bytes.
const CHILD_MESSAGE_BYTES: u64 = 4096;

/// How long to wait where the machine is short of something.
const SHORTAGE: Duration = Duration::from_millis(500);

/// Who compiles.
#[derive(Debug, Clone)]
pub enum CompilerCommand {
    /// A child process: this command line, followed by the path of the component and
    /// the path to write to. It has to run [`compile_child`].
    Child(Vec<OsString>),
    /// This very process, without limits: for tests and for components of one's own.
    InProcess,
}

/// What the compiling child runs: limits itself, reads the component, writes the code.
///
/// # Errors
///
/// Whatever stood in the way, in words for the author of the component.
pub fn compile_child(wasm_path: &Path, out_path: &Path) -> io::Result<()> {
    for (resource, limit) in [
        (Resource::As, CHILD_ADDRESS_SPACE),
        (Resource::Fsize, CHILD_FILE_SIZE),
        (Resource::Cpu, CHILD_CPU_SECONDS),
        (Resource::Core, 0),
    ] {
        setrlimit(
            resource,
            Rlimit {
                current: Some(limit),
                maximum: Some(limit),
            },
        )?;
    }
    let length = std::fs::metadata(wasm_path)?.len();
    if length > MAX_COMPONENT_BYTES {
        return Err(io::Error::other("the component is too large"));
    }
    compile_to(&std::fs::read(wasm_path)?, out_path)
}

fn compile_to(wasm: &[u8], out_path: &Path) -> io::Result<()> {
    let engine = compiling_engine().map_err(|error| io::Error::other(format!("{error:#}")))?;
    let code = engine
        .precompile_component(wasm)
        .map_err(|error| io::Error::other(format!("{error:#}")))?;
    std::fs::write(out_path, code)
}

/// Starts the compiling child, with the component in a file of its own.
async fn start(
    program: &OsStr,
    arguments: &[OsString],
    wasm: &Arc<[u8]>,
    out_path: &Path,
) -> io::Result<(tempfile::NamedTempFile, Child)> {
    let wasm = Arc::clone(wasm);
    let source = tokio::task::spawn_blocking(move || {
        let mut source = tempfile::NamedTempFile::new()?;
        io::Write::write_all(&mut source, &wasm)?;
        Ok::<_, io::Error>(source)
    })
    .await
    .map_err(io::Error::other)??;
    let child = tokio::process::Command::new(program)
        .args(arguments)
        .arg(source.path())
        .arg(out_path)
        // The environment holds the operator's secrets, and the child needs none of it.
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    Ok((source, child))
}

/// Whether the machine is short of something that may be there again soon: files, memory, processes, room.
fn is_shortage(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::AGAIN | Errno::NOSPC)
    )
}

/// Has `wasm` compiled to `out_path`, in `time_limit` at most once the compiler is started; a shortage is waited for as
/// long at most.
pub(crate) async fn compile(
    command: &CompilerCommand,
    wasm: Arc<[u8]>,
    out_path: &Path,
    time_limit: Duration,
) -> Result<(), Refusal> {
    let failed = |error: io::Error| Refusal::new(RefusalCode::CompileFailed, error.to_string());
    let argv = match command {
        CompilerCommand::Child(argv) => argv,
        CompilerCommand::InProcess => {
            let out_path = out_path.to_owned();
            return tokio::task::spawn_blocking(move || compile_to(&wasm, &out_path))
                .await
                .map_err(|panic| Refusal::new(RefusalCode::CompileFailed, panic.to_string()))?
                .map_err(failed);
        }
    };
    let Some((program, arguments)) = argv.split_first() else {
        return Err(Refusal::new(
            RefusalCode::CompileFailed,
            "the compiler has no command line",
        ));
    };
    let begun = Instant::now();
    // The source lies there until the child has ended.
    let (_source, mut child) = loop {
        match start(program, arguments, &wasm, out_path).await {
            Ok(started) => break started,
            // The component cannot help it, and nobody puts it there a second time.
            Err(error) if is_shortage(&error) && begun.elapsed() < time_limit => {
                tracing::warn!(%error, "the compiler cannot be started now");
                tokio::time::sleep(SHORTAGE).await;
            }
            Err(error) => return Err(failed(error)),
        }
    };
    let stderr = child.stderr.take();
    let finished = tokio::time::timeout(time_limit, async {
        let mut message = String::new();
        if let Some(stderr) = stderr {
            // What comes after the first page is read and thrown away, so that a chatty
            // child does not block on a full pipe.
            let mut kept = stderr.take(CHILD_MESSAGE_BYTES);
            let mut bytes = Vec::new();
            kept.read_to_end(&mut bytes).await?;
            tokio::io::copy(&mut kept.into_inner(), &mut tokio::io::sink()).await?;
            message = String::from_utf8_lossy(&bytes).trim().to_owned();
        }
        Ok::<_, io::Error>((child.wait().await?, message))
    })
    .await;
    match finished {
        Ok(Ok((status, _))) if status.success() => Ok(()),
        Ok(Ok((status, message))) => Err(Refusal::new(
            RefusalCode::CompileFailed,
            format!("the compiler ended with {status}: {message}"),
        )),
        Ok(Err(error)) => Err(failed(error)),
        Err(_elapsed) => {
            // The child went with the future that owned it.
            Err(Refusal::new(
                RefusalCode::CompileTimeout,
                format!("not compiled within {} s", time_limit.as_secs()),
            ))
        }
    }
}
