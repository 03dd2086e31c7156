//! Answers that are sent again and again, without being copied each time.
//!
//! An answer that is kept may lie in a file in memory ([`seal`]): sealed, so that nobody can change it any more, and
//! mapped, so that whoever reads bytes reads it like any others. A connection ([`Sending`]) that is to write bytes of
//! such a file names the file to the kernel, which sends the pages as they are. Any other bytes, and any other
//! connection, TLS for one, work as ever.
//!
//! The seal is what makes this safe. The kernel sends the pages later than it says, and sends them again when a packet
//! is lost, so they must not change before the last of them is acknowledged, whoever lets go of the file meanwhile.

mod file;
mod listener;
mod stream;

pub use file::seal;
pub use listener::SendingListener;
pub use stream::Sending;

#[cfg(test)]
mod tests;
