//! The runtime against guests that behave and guests that do not: one program, since linking is what costs.

mod guest;
mod handles;
mod hostile;
mod limits;
mod loading;
#[cfg(feature = "memory-dump")]
mod memory_dump;
