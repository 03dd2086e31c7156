//! The allocator, tuned to give memory back.
//!
//! A sync moves pages of some megabytes through a handful of tasks. glibc keeps what they freed in one arena per
//! thread: after a first sync of 270,000 records 50 MiB of 62 MiB stayed with an idle process. Here freed pages go
//! back within half a second, by a thread of the allocator's own.

#![expect(
    unsafe_code,
    reason = "the allocator reads its settings from a symbol of a fixed name"
)]

use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// What the allocator reads when the process starts.
#[repr(transparent)]
struct Settings(*const u8);

// SAFETY: the pointer is to a constant with the program's life, and nobody writes through it.
unsafe impl Sync for Settings {}

// SAFETY: the allocator declares this symbol as a pointer to a text that ends in NUL, and no other code defines it.
#[unsafe(export_name = "_rjem_malloc_conf")]
static SETTINGS: Settings = Settings(
    c"background_thread:true,dirty_decay_ms:500,muzzy_decay_ms:0,narenas:4"
        .as_ptr()
        .cast(),
);
