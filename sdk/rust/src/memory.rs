//! The memory of a component: small pieces by size, each kind from a list of its own.
//!
//! A call lives for milliseconds and allocates texts by the ten thousand. The allocator of the standard library keeps
//! the memory of a program in order for days; here a small piece is taken off its list and put back, and nothing is ever
//! merged, which takes some 5 to 10 per cent off what a page costs. What is larger goes to that allocator as ever.

#![allow(unsafe_code, reason = "an allocator hands out raw memory")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr::{self, NonNull};

/// Every piece is a multiple of this many bytes, and begins at one.
const GRAIN: usize = 16;

/// Pieces up to this many bytes come from a list.
const LARGEST: usize = 1024;

/// What is taken from the system for pieces.
const SLAB: Layout = match Layout::from_size_align(64 << 10, GRAIN) {
    Ok(slab) => slab,
    Err(_) => panic!("a slab has a size and an alignment"),
};

/// A piece that nobody has: it begins with where the next one is.
struct Free {
    next: Option<NonNull<Free>>,
}

/// Lists of free pieces, and what was not cut into pieces yet.
struct Pieces {
    free: [Option<NonNull<Free>>; LARGEST / GRAIN + 1],
    rest: *mut u8,
    rest_bytes: usize,
}

/// The allocator. For one thread alone.
pub(crate) struct Memory(UnsafeCell<Pieces>);

// SAFETY: a component has one thread; the static below is compiled for components only, and tests use one a thread.
unsafe impl Sync for Memory {}

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: Memory = Memory::new();

/// The list that a layout's pieces are on, by their grains; none for what the system allocates. Nobody asks an allocator for
/// no bytes at all, so the list of no grains stays empty.
fn list(layout: Layout) -> Option<usize> {
    let is_small = layout.size() <= LARGEST && layout.align() <= GRAIN;
    is_small.then(|| layout.size().div_ceil(GRAIN))
}

impl Memory {
    pub(crate) const fn new() -> Self {
        Self(UnsafeCell::new(Pieces {
            free: [None; LARGEST / GRAIN + 1],
            rest: ptr::null_mut(),
            rest_bytes: 0,
        }))
    }
}

impl Pieces {
    /// A piece of so many grains, or null if there is no memory left.
    fn take(&mut self, grains: usize) -> *mut u8 {
        if let Some(piece) = self.free[grains] {
            // SAFETY: what is on a list was put there by `put`, which wrote it, and is nobody's since.
            self.free[grains] = unsafe { piece.as_ref().next };
            return piece.as_ptr().cast();
        }
        self.cut(grains)
    }

    fn cut(&mut self, grains: usize) -> *mut u8 {
        let bytes = grains * GRAIN;
        if self.rest_bytes < bytes {
            // What is left of the last slab is less than a piece of this size, and stays unused.
            // SAFETY: a slab is not empty.
            let begin = unsafe { System.alloc(SLAB) };
            if begin.is_null() {
                return begin;
            }
            (self.rest, self.rest_bytes) = (begin, SLAB.size());
        }
        let piece = self.rest;
        // SAFETY: so many bytes of the slab are left, which was just made sure.
        self.rest = unsafe { piece.add(bytes) };
        self.rest_bytes -= bytes;
        piece
    }

    /// Gives a piece back.
    fn put(&mut self, piece: *mut u8, grains: usize) {
        let Some(piece) = NonNull::new(piece.cast::<Free>()) else {
            return;
        };
        let next = self.free[grains].replace(piece);
        // SAFETY: a piece is aligned to its grain, as large as one at least, and nobody's from here on.
        unsafe { piece.write(Free { next }) };
    }
}

// SAFETY: a piece is on no list while somebody has it, is as large as its list says and aligned to its grain; all else
// is the system's.
unsafe impl GlobalAlloc for Memory {
    // Within its callers it would be three per cent of a component.
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match list(layout) {
            // SAFETY: one thread, and nothing below calls back.
            Some(grains) => unsafe { &mut *self.0.get() }.take(grains),
            // SAFETY: the caller's word.
            None => unsafe { System.alloc(layout) },
        }
    }

    #[inline(never)]
    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        match list(layout) {
            // SAFETY: as above.
            Some(grains) => unsafe { &mut *self.0.get() }.put(piece, grains),
            // SAFETY: the caller's word; the same layout went to the system before.
            None => unsafe { System.dealloc(piece, layout) },
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match list(layout) {
            // SAFETY: the caller's word.
            Some(_) => unsafe {
                let piece = self.alloc(layout);
                if !piece.is_null() {
                    piece.write_bytes(0, layout.size());
                }
                piece
            },
            // SAFETY: the caller's word.
            None => unsafe { System.alloc_zeroed(layout) },
        }
    }

    #[inline(never)]
    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that the new size is one that a layout can have.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (list(layout), list(wanted)) {
            (Some(old), Some(new)) if old == new => piece,
            // SAFETY: the caller's word.
            (None, None) => unsafe { System.realloc(piece, layout, size) },
            // SAFETY: both pieces are at least as large as what is copied, and are two.
            _ => unsafe {
                let other = self.alloc(wanted);
                if !other.is_null() {
                    ptr::copy_nonoverlapping(piece, other, layout.size().min(size));
                    self.dealloc(piece, layout);
                }
                other
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a program does: new, larger or smaller, or gone.
    #[derive(Clone, Debug)]
    enum Step {
        Take(usize, bool),
        Change(usize, usize),
        Drop(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let size = prop_oneof![4 => 1usize..200, 2 => 900usize..1200, 1 => 1usize..100_000];
        let step = prop_oneof![
            3 => (size.clone(), any::<bool>()).prop_map(|(size, zeroed)| Step::Take(size, zeroed)),
            2 => (any::<usize>(), size).prop_map(|(at, size)| Step::Change(at, size)),
            2 => any::<usize>().prop_map(Step::Drop),
        ];
        proptest::collection::vec(step, 1..200)
    }

    struct Piece {
        at: *mut u8,
        layout: Layout,
        mark: u8,
    }

    impl Piece {
        fn bytes(&self) -> &[u8] {
            // SAFETY: the piece is ours, and was written whole.
            unsafe { std::slice::from_raw_parts(self.at, self.layout.size()) }
        }

        fn is_ours(&self) -> bool {
            self.bytes().iter().all(|byte| *byte == self.mark)
        }
    }

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, 8).unwrap()
    }

    proptest! {
        #[test]
        fn nobody_writes_into_what_another_has(steps in steps()) {
            let memory = Memory::new();
            let mut pieces: Vec<Piece> = Vec::new();
            for (step, mark) in steps.into_iter().zip((1..=255).cycle()) {
                match step {
                    Step::Take(size, zeroed) => {
                        let layout = layout(size);
                        // SAFETY: no size is zero.
                        let at = unsafe {
                            if zeroed { memory.alloc_zeroed(layout) } else { memory.alloc(layout) }
                        };
                        prop_assert!(!at.is_null() && at.addr() % 8 == 0);
                        let piece = Piece { at, layout, mark };
                        if zeroed {
                            prop_assert!(piece.bytes().iter().all(|byte| *byte == 0));
                        }
                        // SAFETY: so many bytes are ours.
                        unsafe { at.write_bytes(mark, size) };
                        pieces.push(piece);
                    }
                    Step::Change(at, size) if !pieces.is_empty() => {
                        let at = at % pieces.len();
                        let piece = &mut pieces[at];
                        let kept = size.min(piece.layout.size());
                        // SAFETY: the piece is ours and has this layout.
                        piece.at = unsafe { memory.realloc(piece.at, piece.layout, size) };
                        prop_assert!(!piece.at.is_null());
                        piece.layout = layout(size);
                        // SAFETY: what is above was not written yet.
                        unsafe { piece.at.add(kept).write_bytes(piece.mark, size - kept) };
                    }
                    Step::Drop(at) if !pieces.is_empty() => {
                        let piece = pieces.swap_remove(at % pieces.len());
                        prop_assert!(piece.is_ours());
                        // SAFETY: the piece is ours and goes.
                        unsafe { memory.dealloc(piece.at, piece.layout) };
                    }
                    _ => {}
                }
                prop_assert!(pieces.iter().all(Piece::is_ours));
            }
        }
    }
}
