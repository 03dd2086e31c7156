//! Originals: what of a row was taken, as it came.

use portcullis_sdk::serde_json::value::RawValue;

use super::{ADDRESS, Column, Fields, Kind, PHONE, fields_of, items_of};

impl Fields<'_> {
    /// What of the object the columns name, as JSON with every value as it came.
    #[inline(never)]
    pub(crate) fn shown(
        &self,
        columns: &[Column],
        above: &str,
        mut before: char,
        out: &mut String,
    ) {
        for (name, raw) in &self.0 {
            let path = [above, name].concat();
            let mut inner: Option<&[Column]> = None;
            let mut whole = false;
            let mut below = false;
            for column in columns {
                if column.from == path {
                    match column.kind {
                        Kind::Part(columns) | Kind::Parts(columns) | Kind::SeenParts(columns) => {
                            inner = Some(columns);
                        }
                        Kind::Address => inner = Some(&ADDRESS),
                        Kind::Phones => inner = Some(&PHONE),
                        _ => whole = true,
                    }
                } else if let Some(rest) = column.from.strip_prefix(path.as_str()) {
                    below |= rest.starts_with('.');
                }
            }
            if !whole && !below && inner.is_none() {
                continue;
            }
            out.push(before);
            before = ',';
            // A name of our own table: there is nothing in it to escape.
            out.push('"');
            out.push_str(name);
            out.push_str("\":");
            match inner {
                _ if whole => out.push_str(raw.get()),
                Some(columns) => show(raw, columns, "", out),
                None => show(raw, columns, &(path + "."), out),
            }
        }
        if before == '{' {
            out.push('{');
        }
        out.push('}');
    }
}

/// As [`Fields::shown`], for an object or a list of them; what is neither is null.
fn show(raw: &RawValue, columns: &[Column], above: &str, out: &mut String) {
    if let Ok(items) = items_of(raw, "") {
        let mut before = '[';
        for item in &items {
            out.push(before);
            before = ',';
            show(item, columns, above, out);
        }
        out.push_str(if items.is_empty() { "[]" } else { "]" });
    } else if let Ok(fields) = fields_of(raw, "") {
        fields.shown(columns, above, '{', out);
    } else {
        out.push_str("null");
    }
}
