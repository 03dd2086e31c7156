//! The vendor's JSON is made from XML: a single element is an object instead
//! of an array, an empty one is a text or an empty array, and numbers are
//! texts or not.

use std::borrow::Cow;
use std::collections::BTreeMap;

use portcullis_sdk::Text;
use portcullis_sdk::serde_json::{self, value::RawValue};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Elements: any number of them, whichever way the vendor wrote them.
#[derive(Debug)]
pub(crate) struct Many<T>(pub(crate) Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Many<T> {
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let read = match raw.as_bytes().first() {
            Some(b'[') => serde_json::from_str(raw),
            Some(b'{') => serde_json::from_str(raw).map(|one| vec![one]),
            _ => Ok(Vec::new()),
        };
        read.map(Self).map_err(serde::de::Error::custom)
    }
}

impl<T: Serialize> Serialize for Many<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// An element that may be there: an object, or anything else for none.
#[derive(Debug)]
pub(crate) struct Maybe<T>(pub(crate) Option<T>);

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut many = Many::deserialize(deserializer)?.0;
        many.truncate(1);
        Ok(Self(many.pop()))
    }
}

impl<T: Serialize> Serialize for Maybe<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// A text, a number or a flag, as text.
#[derive(Debug, Default)]
pub(crate) struct Scalar<'a>(Text<'a>);

impl Scalar<'_> {
    /// The text, if there is any.
    pub(crate) fn filled(&self) -> Option<&str> {
        self.0.filled()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        match raw.as_bytes().first() {
            Some(b'"') => serde_json::from_str(raw)
                .map(Self)
                .map_err(serde::de::Error::custom),
            // An empty element.
            Some(b'[' | b'{' | b'n') => Ok(Self::default()),
            _ => Ok(Self(Text(Cow::Borrowed(raw)))),
        }
    }
}

impl Serialize for Scalar<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Whether a number that only says yes or no says yes.
pub(crate) fn flag(scalar: &Scalar<'_>) -> Option<bool> {
    match scalar.filled()? {
        "1" | "true" | "True" | "Y" | "Yes" => Some(true),
        "0" | "false" | "False" | "N" | "No" => Some(false),
        _ => None,
    }
}

/// The elements at a path of names; every step may be an object, an array of
/// them, or nothing.
pub(crate) fn at<'a>(root: &'a RawValue, path: &[&str]) -> Vec<&'a RawValue> {
    let mut here = expand(root);
    for name in path {
        let mut next = Vec::new();
        for element in here {
            let members =
                serde_json::from_str::<BTreeMap<Cow<'a, str>, &'a RawValue>>(element.get());
            if let Some(member) = members.ok().and_then(|mut members| members.remove(*name)) {
                next.extend(expand(member));
            }
        }
        here = next;
    }
    here
}

fn expand(raw: &RawValue) -> Vec<&RawValue> {
    serde_json::from_str::<Many<&RawValue>>(raw.get())
        .unwrap_or_default()
        .0
}

/// The whole number that a text holds.
pub(crate) fn whole(scalar: &Scalar<'_>) -> Option<i64> {
    scalar.filled()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).expect("JSON")
    }

    #[test]
    fn elements_are_found_whichever_way_they_are_written() {
        let count = |text: &str| at(&raw(text), &["leases", "lease"]).len();
        assert_eq!(count(r#"{"leases":{"lease":[{"id":1},{"id":2}]}}"#), 2);
        assert_eq!(count(r#"{"leases":{"lease":{"id":1}}}"#), 1);
        assert_eq!(
            count(r#"{"leases":[{"lease":{"id":1}},{"lease":[{}]}]}"#),
            2
        );
        for empty in [
            r#"{"leases":{"lease":[]}}"#,
            r#"{"leases":[]}"#,
            r#"{"leases":""}"#,
            r#"{"leases":null}"#,
            "{}",
            "[]",
            "null",
        ] {
            assert_eq!(count(empty), 0, "{empty}");
        }
    }

    #[test]
    fn scalars_are_text_whatever_they_were() {
        let read = |text: &str| {
            let scalar: Scalar<'_> = serde_json::from_str(text).expect("a scalar");
            scalar.filled().map(str::to_owned)
        };
        assert_eq!(read("12"), Some("12".into()));
        assert_eq!(read("\" 12 \""), Some("12".into()));
        assert_eq!(read("true"), Some("true".into()));
        for empty in ["null", "\"\"", "[]", "{}"] {
            assert_eq!(read(empty), None, "{empty}");
        }
    }
}
