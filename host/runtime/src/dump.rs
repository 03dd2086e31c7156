//! Test instrument: the linear memory of every finished instance, appended to a file.
//!
//! A test lets a canary secret pass through the gateway and then looks for it in that
//! file: a guest must never have held it. The pool shows its memories to nobody, so the
//! dumping process allocates them here. Compiled in by the feature `memory-dump` only.

#![expect(unsafe_code, reason = "memory for wasmtime is raw memory")]

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

/// Names the file; without it nothing is dumped.
const VARIABLE: &str = "PORTCULLIS_TEST_MEMORY_DUMP";

pub(crate) fn creator_from_environment() -> Option<Arc<dyn MemoryCreator>> {
    let path = std::env::var_os(VARIABLE)?;
    Some(Arc::new(Creator {
        file: Arc::new(DumpFile {
            path: path.into(),
            turn: Mutex::new(()),
        }),
    }))
}

struct DumpFile {
    path: PathBuf,
    /// Instances end on many threads at once; their bytes must not interleave.
    turn: Mutex<()>,
}

impl DumpFile {
    fn append(&self, bytes: &[u8]) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = append(&self.path, bytes) {
            tracing::error!(path = %self.path.display(), %error, "cannot dump a guest's memory");
        }
    }
}

fn append(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)?
        .write_all(bytes)
}

struct Creator {
    file: Arc<DumpFile>,
}

// SAFETY: every memory is one private mapping of the reservation and the guard, of which
// only the bytes that wasmtime asked for are accessible. It is zero-filled, never moves,
// and is unmapped when wasmtime drops it.
unsafe impl MemoryCreator for Creator {
    fn new_memory(
        &self,
        _ty: MemoryType,
        minimum: usize,
        _maximum: Option<usize>,
        reserved_size_in_bytes: Option<usize>,
        guard_size_in_bytes: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        let reserved = reserved_size_in_bytes.ok_or("this host always reserves memories")?;
        let length = reserved
            .checked_add(guard_size_in_bytes)
            .ok_or("the reservation overflows")?;
        // SAFETY: a fresh anonymous mapping at an address of the kernel's choice.
        let base = unsafe {
            mmap_anonymous(
                std::ptr::null_mut(),
                length,
                ProtFlags::empty(),
                MapFlags::PRIVATE | MapFlags::NORESERVE,
            )
        }
        .map_err(|error| error.to_string())?;
        let mut memory = DumpedMemory {
            base: base.cast::<u8>(),
            size: 0,
            reserved,
            length,
            file: Arc::clone(&self.file),
        };
        memory.grow_to(minimum).map_err(|error| error.to_string())?;
        Ok(Box::new(memory))
    }
}

struct DumpedMemory {
    base: *mut u8,
    size: usize,
    reserved: usize,
    length: usize,
    file: Arc<DumpFile>,
}

// SAFETY: the mapping belongs to this value alone and no thread is tied to it.
unsafe impl Send for DumpedMemory {}
// SAFETY: through a shared reference only figures and the base address can be read.
unsafe impl Sync for DumpedMemory {}

// SAFETY: `as_ptr` stays the base of a mapping whose first `byte_size` bytes are
// accessible; growth within the reservation does not move it.
unsafe impl LinearMemory for DumpedMemory {
    fn byte_size(&self) -> usize {
        self.size
    }

    fn byte_capacity(&self) -> usize {
        self.reserved
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        if new_size > self.reserved {
            return Err(wasmtime::Error::msg("beyond the reservation"));
        }
        // SAFETY: the range lies within this value's own mapping.
        unsafe {
            mprotect(
                self.base.cast(),
                new_size,
                MprotectFlags::READ | MprotectFlags::WRITE,
            )
        }?;
        self.size = new_size;
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.base
    }
}

impl Drop for DumpedMemory {
    fn drop(&mut self) {
        // SAFETY: the first `size` bytes are mapped and readable, and the instance that
        // wrote to them is gone.
        self.file
            .append(unsafe { std::slice::from_raw_parts(self.base, self.size) });
        // SAFETY: nobody holds the address any more. A failure leaks address space in a
        // test process, which is of no concern.
        let _ = unsafe { munmap(self.base.cast(), self.length) };
    }
}
