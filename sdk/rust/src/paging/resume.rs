//! Places inside an answer that did not fit into one page.

use super::MAX_CURSOR;
use crate::{Error, Result};

/// A vendor's own page, named by its address or number, and how many of its
/// rows were delivered before: for answers that are larger than a page may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResumeAt {
    /// Rows of the answer to pass over.
    pub skip: usize,
    /// The vendor's page.
    pub page: String,
}

impl ResumeAt {
    /// The beginning of a page.
    pub fn start(page: impl Into<String>) -> Self {
        Self {
            skip: 0,
            page: page.into(),
        }
    }

    /// The place that a cursor names.
    ///
    /// # Errors
    ///
    /// `cursor-expired` if the cursor is none of ours.
    pub fn read(cursor: &str) -> Result<Self> {
        let place = cursor.split_once(':').and_then(|(skip, page)| {
            Some(Self {
                skip: skip.parse().ok()?,
                page: page.to_owned(),
            })
        });
        place.ok_or_else(|| Error::cursor_expired("the cursor names no place"))
    }

    /// The cursor of this place.
    ///
    /// # Errors
    ///
    /// `protocol` if it is longer than a cursor may be.
    pub fn write(&self) -> Result<String> {
        let cursor = format!("{}:{}", self.skip, self.page);
        if cursor.len() > MAX_CURSOR {
            return Err(Error::protocol(format!(
                "the vendor's page has a name of {} bytes; {MAX_CURSOR} are possible",
                self.page.len()
            )));
        }
        Ok(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_its_cursor() {
        let place = ResumeAt {
            skip: 7,
            page: "/units?a=b:c".into(),
        };
        assert_eq!(ResumeAt::read(&place.write().unwrap()).unwrap(), place);
        assert_eq!(ResumeAt::start("2").write().unwrap(), "0:2");
        assert!(ResumeAt::read("x:2").is_err() && ResumeAt::read("2").is_err());
        assert!(ResumeAt::start("x".repeat(MAX_CURSOR)).write().is_err());
    }
}
