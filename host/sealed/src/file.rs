//! Bytes in sealed files, and where they lie.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use bytes::Bytes;
use memmap2::{Mmap, MmapOptions};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::process::{Resource, getrlimit};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Below this many bytes a file of its own for an answer is not worth it.
const WORTH: usize = 16 * 1024;

/// Most files at once, where the process may open so many.
const MOST: usize = 4096;

/// They take this part of what the process may open, at most: one in so many.
const SHARE: u64 = 4;

/// Bytes of a sealed file.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The file.
    pub(crate) file: Arc<File>,
    /// Where in it they begin, in bytes.
    pub(crate) offset: u64,
}

/// A sealed file as bytes.
#[derive(Debug)]
struct Sealed {
    map: Mmap,
    _room: SemaphorePermit<'static>,
}

impl AsRef<[u8]> for Sealed {
    fn as_ref(&self) -> &[u8] {
        &self.map
    }
}

impl Drop for Sealed {
    fn drop(&mut self) {
        let mut places = PLACES.write().unwrap_or_else(PoisonError::into_inner);
        places.remove(&address(&self.map));
    }
}

/// Where each file is mapped: by its first address, its length and the file.
static PLACES: RwLock<BTreeMap<usize, (usize, Arc<File>)>> = RwLock::new(BTreeMap::new());

/// Room for so many more files.
static ROOM: LazyLock<Semaphore> = LazyLock::new(|| {
    let limit = getrlimit(Resource::Nofile).current;
    let share = limit.and_then(|limit| usize::try_from(limit / SHARE).ok());
    Semaphore::new(share.unwrap_or(MOST).min(MOST))
});

fn address(bytes: &[u8]) -> usize {
    bytes.as_ptr().addr()
}

/// The same bytes, in a sealed file if that is worth it and the system has room for one more.
#[must_use]
pub fn seal(bytes: Bytes) -> Bytes {
    if bytes.len() < WORTH {
        return bytes;
    }
    // A system that has no such files, or no more of them, sends as ever.
    let room = ROOM.try_acquire().ok();
    let sealed = room.and_then(|room| in_file(&bytes, room).ok());
    sealed.map_or(bytes, Bytes::from_owner)
}

fn in_file(bytes: &[u8], room: SemaphorePermit<'static>) -> io::Result<Sealed> {
    let mut file = File::from(memfd_create(
        "answer",
        MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING,
    )?);
    file.write_all(bytes)?;
    let all = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
    fcntl_add_seals(&file, all)?;
    #[expect(
        unsafe_code,
        reason = "a mapping is memory as long as its file stays as it is"
    )]
    // SAFETY: the file has no name and is sealed against writing, shrinking and growing, for ever, so the mapped bytes
    // neither change nor end while they are mapped.
    // Private, since kernels before 6.7 take a shared mapping of what is sealed for one that might write; the pages are
    // the file's own all the same.
    let map = unsafe { MmapOptions::new().map_copy_read_only(&file) }?;
    let mut places = PLACES.write().unwrap_or_else(PoisonError::into_inner);
    places.insert(address(&map), (map.len(), Arc::new(file)));
    drop(places);
    Ok(Sealed { map, _room: room })
}

/// The file that these bytes lie in, if they do and it is worth it.
#[must_use]
pub(crate) fn place(bytes: &[u8]) -> Option<Place> {
    if bytes.len() < WORTH {
        return None;
    }
    let begin = address(bytes);
    let places = PLACES.read().unwrap_or_else(PoisonError::into_inner);
    let (first, (length, file)) = places.range(..=begin).next_back()?;
    let offset = begin - first;
    // Whoever holds the bytes holds their mapping too, so an address within one is no other's.
    (offset + bytes.len() <= *length).then(|| Place {
        file: Arc::clone(file),
        offset: offset as u64,
    })
}
