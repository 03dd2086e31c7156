//! Bytes in sealed files, and where they lie.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use bytes::Bytes;
use memmap2::Mmap;
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::process::{Resource, getrlimit};

/// Below this many bytes a copy costs less than what saves it. By measurement: at 16 KiB both are alike.
const WORTH: usize = 16 * 1024;

/// Most files at once, where the process may open so many.
const MOST: u64 = 4096;

/// A file takes this share of what the process may open, at most.
const SHARE: u64 = 4;

/// Bytes of a sealed file.
#[derive(Debug, Clone)]
pub struct Place {
    /// The file.
    pub file: Arc<File>,
    /// Where in it they begin, in bytes.
    pub offset: u64,
}

/// A sealed file as bytes.
#[derive(Debug)]
struct Sealed {
    map: Mmap,
    _room: Room,
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

static OPEN: AtomicU64 = AtomicU64::new(0);

static ALLOWED: LazyLock<u64> = LazyLock::new(|| {
    let limit = getrlimit(Resource::Nofile).current;
    limit.map_or(MOST, |limit| (limit / SHARE).min(MOST))
});

/// One of the files that may be open.
#[derive(Debug)]
struct Room;

impl Room {
    fn take() -> Option<Self> {
        // Made first: where there is no room, its end gives back what was taken too much.
        let before = OPEN.fetch_add(1, Ordering::Relaxed);
        let room = Self;
        (before < *ALLOWED).then_some(room)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}

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
    let sealed = Room::take().and_then(|room| in_file(&bytes, room).ok());
    sealed.map_or(bytes, Bytes::from_owner)
}

fn in_file(bytes: &[u8], room: Room) -> io::Result<Sealed> {
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
    let map = unsafe { Mmap::map(&file) }?;
    let mut places = PLACES.write().unwrap_or_else(PoisonError::into_inner);
    places.insert(address(&map), (map.len(), Arc::new(file)));
    drop(places);
    Ok(Sealed { map, _room: room })
}

/// The file that these bytes lie in, if they do and it is worth it.
#[must_use]
pub fn place(bytes: &[u8]) -> Option<Place> {
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
