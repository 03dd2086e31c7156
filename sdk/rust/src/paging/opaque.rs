//! Cursors that are the vendor's own.

use super::MAX_CURSOR;
use crate::{Error, Result};

/// Passes a vendor's own cursor or next address on.
///
/// # Errors
///
/// `protocol` if it is empty or longer than a cursor may be.
pub fn opaque(cursor: &str) -> Result<String> {
    if cursor.is_empty() || cursor.len() > MAX_CURSOR {
        return Err(Error::protocol(format!(
            "the vendor's cursor has {} bytes; 1 to {MAX_CURSOR} are possible",
            cursor.len()
        )));
    }
    Ok(cursor.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_passed_on_only_if_the_host_would_take_it() {
        assert_eq!(opaque("abc").unwrap(), "abc");
        assert!(opaque("").is_err());
        assert!(opaque(&"x".repeat(MAX_CURSOR)).is_ok());
        assert!(opaque(&"x".repeat(MAX_CURSOR + 1)).is_err());
    }
}
