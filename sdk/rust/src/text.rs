//! Text borrowed from the answer wherever it has no escapes.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A JSON string, borrowed from the document unless it has escapes.
///
/// `Option<Cow<str>>` always copies when derived with serde; this does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<'a>(pub Cow<'a, str>);

impl<'a> Text<'a> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text without space around it, or nothing if none is left: vendors
    /// send blanks for what is not there.
    pub fn filled(&self) -> Option<&str> {
        // Most texts have no space around them, and finding out by their ends alone is a tenth of the work.
        let is_print = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
        let bytes = self.0.as_bytes();
        if is_print(bytes.first()) && is_print(bytes.last()) {
            return Some(&self.0);
        }
        let trimmed = self.0.trim();
        (!trimmed.is_empty()).then_some(trimmed)
    }

    /// The text for keeps.
    pub fn into_owned(self) -> String {
        self.0.into_owned()
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text)))
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_escapes_is_borrowed_even_inside_an_option() {
        let json = r#"["plain","a\nb",null]"#.to_owned();
        let texts: Vec<Option<Text<'_>>> = serde_json::from_str(&json).unwrap();
        assert!(matches!(&texts[0], Some(Text(Cow::Borrowed("plain")))));
        assert!(matches!(&texts[1], Some(Text(Cow::Owned(text))) if text == "a\nb"));
        assert_eq!(texts[2], None);
    }

    #[test]
    fn blanks_are_nothing() {
        assert_eq!(Text::from(" \t").filled(), None);
        assert_eq!(Text::from(" a ").filled(), Some("a"));
    }
}
