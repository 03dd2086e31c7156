//! Lists of rows, of which a malformed one costs itself and not the page.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{Error, Result};

/// A row that is not what was expected.
#[derive(Debug)]
pub struct Unread<'a> {
    raw: &'a RawValue,
    column: usize,
}

impl Unread<'_> {
    /// The row's id under a name of the vendor's, text or number, if that much
    /// can be read.
    pub fn id(&self, name: &str) -> Option<String> {
        let row: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(self.raw.get()).ok()?;
        match row.get(name)? {
            serde_json::Value::String(id) if !id.trim().is_empty() => Some(id.trim().to_owned()),
            serde_json::Value::Number(id) => Some(id.to_string()),
            _ => None,
        }
    }

    /// What can be said of it. Its values are people's data and stay out.
    pub fn why(&self) -> String {
        format!(
            "a value of another kind than expected before byte {} of the record",
            self.column
        )
    }
}

/// The rows of a JSON array, borrowed from it.
///
/// All are read at once, and one by one only if that fails.
///
/// # Errors
///
/// `protocol` if it is no JSON array.
pub fn list<'a, T: Deserialize<'a>>(json: &'a str) -> Result<Vec<Result<T, Unread<'a>>>> {
    if let Ok(rows) = serde_json::from_str::<Vec<T>>(json) {
        return Ok(rows.into_iter().map(Ok).collect());
    }
    let rows: Vec<&'a RawValue> = serde_json::from_str(json)
        .map_err(|cause| Error::protocol(format!("the answer is no list: {cause}")))?;
    let read = |raw: &'a RawValue| {
        serde_json::from_str(raw.get()).map_err(|cause| Unread {
            raw,
            column: cause.column(),
        })
    };
    Ok(rows.into_iter().map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Row {
        id: u32,
    }

    #[test]
    fn a_malformed_row_costs_itself() {
        let rows: Vec<Result<Row, Unread<'_>>> =
            list(r#"[{"id":1},{"id":"two","ssn":"123-45-6789"},{"id":[3]},4]"#).unwrap();
        assert_eq!(rows[0].as_ref().unwrap().id, 1);
        let lost: Vec<_> = rows[1..]
            .iter()
            .map(|row| row.as_ref().unwrap_err().id("id"))
            .collect();
        assert_eq!(lost, [Some("two".to_owned()), None, None]);
        assert!(!rows[1].as_ref().unwrap_err().why().contains("123-45"));
        assert!(list::<Row>("{}").is_err());
    }
}
