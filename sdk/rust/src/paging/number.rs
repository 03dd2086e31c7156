//! Pages by number.

use crate::{Error, Result};

/// The number of a page, counted from the vendor's first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageNumber(pub u32);

impl PageNumber {
    /// The page that a cursor names; `first` without one.
    ///
    /// # Errors
    ///
    /// `cursor-expired` if the cursor is none of ours.
    pub fn read(cursor: Option<&str>, first: u32) -> Result<Self> {
        match cursor {
            None => Ok(Self(first)),
            Some(text) => text
                .parse()
                .map(Self)
                .map_err(|_| Error::cursor_expired("the cursor is no page number")),
        }
    }

    /// The cursor of the page behind this one.
    pub fn next(self) -> String {
        self.0.saturating_add(1).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let first = PageNumber::read(None, 1).unwrap();
        assert_eq!(first, PageNumber(1));
        assert_eq!(
            PageNumber::read(Some(&first.next()), 1).unwrap(),
            PageNumber(2)
        );
        assert!(PageNumber::read(Some("-1"), 1).is_err());
    }
}
