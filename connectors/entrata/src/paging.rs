//! Where a page begins: by number where the vendor has pages, behind an id
//! where it sends everything at once.

use portcullis_sdk::{Error, Result};

/// The most rows that a page may have.
pub(crate) const MOST_ROWS: u32 = 500;

/// The beginning of a page of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// Behind so many rows of one of the vendor's pages. The size stands here
    /// because a number means nothing without it.
    Page { number: u32, size: u32, skip: u32 },
    /// Behind this id, in the order of [`rank`].
    Behind(String),
}

impl Cursor {
    /// The cursor of a method with pages.
    pub(crate) fn page(text: Option<&str>, target: u32) -> Result<Self> {
        let Some(text) = text else {
            return Ok(Self::Page {
                number: 1,
                size: target.clamp(1, MOST_ROWS),
                skip: 0,
            });
        };
        let parts: Vec<u32> = text
            .split(':')
            .filter_map(|part| part.parse().ok())
            .collect();
        match parts[..] {
            [number, size, skip] if number > 0 && (1..=MOST_ROWS).contains(&size) => {
                Ok(Self::Page { number, size, skip })
            }
            _ => Err(Error::cursor_expired("the cursor is no page")),
        }
    }

    /// The cursor of a method without pages.
    pub(crate) fn behind(text: Option<&str>) -> Self {
        Self::Behind(text.unwrap_or_default().to_owned())
    }

    /// The cursor as text.
    pub(crate) fn write(&self) -> String {
        match self {
            Self::Page { number, size, skip } => format!("{number}:{size}:{skip}"),
            Self::Behind(id) => id.clone(),
        }
    }
}

/// The order of ids: short ones first, so that numbers stand in theirs. An
/// empty id comes before all others.
pub(crate) fn rank(id: &str) -> (usize, &str) {
    (id.len(), id)
}
