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
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, setrlimit};
use tempfile::TempPath;
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
) -> io::Result<(TempPath, Child)> {
    let wasm = Arc::clone(wasm);
    let source = TempPath::try_from_path(out_path.with_extension("wasm"))?;
    let source = tokio::task::spawn_blocking(move || {
        std::fs::write(&source, &wasm)?;
        Ok::<_, io::Error>(source)
    })
    .await
    .map_err(io::Error::other)??;
    let child = tokio::process::Command::new(program)
        .args(arguments)
        .arg(&source)
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

/// Why there is no machine code.
#[derive(Debug)]
pub(crate) enum CompileError {
    /// The machine is short of something that may be there again soon: files, memory, processes, room.
    Shortage(io::Error),
    /// The component is not loaded.
    Refused(Refusal),
}

impl From<io::Error> for CompileError {
    fn from(error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::AGAIN | Errno::NOSPC) => {
                Self::Shortage(error)
            }
            _ => Self::Refused(failed(error.to_string())),
        }
    }
}

impl From<Refusal> for CompileError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

pub(crate) fn failed(detail: impl Into<String>) -> Refusal {
    Refusal::new(RefusalCode::CompileFailed, detail)
}

/// Has `wasm` compiled to `out_path`, in `time_limit` at most.
pub(crate) async fn compile(
    command: &CompilerCommand,
    wasm: &Arc<[u8]>,
    out_path: &Path,
    time_limit: Duration,
) -> Result<(), CompileError> {
    let argv = match command {
        CompilerCommand::Child(argv) => argv,
        CompilerCommand::InProcess => {
            let (wasm, out_path) = (Arc::clone(wasm), out_path.to_owned());
            let compiled = tokio::task::spawn_blocking(move || compile_to(&wasm, &out_path));
            return Ok(compiled
                .await
                .map_err(|panic| failed(panic.to_string()))??);
        }
    };
    let Some((program, arguments)) = argv.split_first() else {
        return Err(failed("the compiler has no command line").into());
    };
    // The source lies there until the child has ended.
    let (_source, mut child) = start(program, arguments, wasm, out_path).await?;
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
        Ok(Ok((status, message))) => {
            Err(failed(format!("the compiler ended with {status}: {message}")).into())
        }
        Ok(Err(error)) => Err(error.into()),
        Err(_elapsed) => {
            // The child went with the future that owned it.
            Err(Refusal::new(
                RefusalCode::CompileTimeout,
                format!("not compiled within {} s", time_limit.as_secs()),
            )
            .into())
        }
    }
}
