//! Ways in which vendors page, as cursors that fit the contract: text of at
//! most 4 KiB that says all that the next call needs.

mod link;
mod number;
mod offset;
mod opaque;
mod resume;

pub use link::next_link;
pub use number::PageNumber;
pub use offset::{OffsetCursor, Overlap, Step};
pub use opaque::opaque;
pub use resume::ResumeAt;

/// The longest cursor that the host takes, in bytes.
pub const MAX_CURSOR: usize = 4096;
