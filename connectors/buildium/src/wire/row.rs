//! How a row is read and written: an object by its names, and nothing but an object.
//!
//! What serde derives reads a row from an array, too, and by numbers and bytes in place of names. That is a tenth of
//! the component, and the vendor sends none of it.

use serde::de::{DeserializeSeed, Deserializer, Error, Visitor};
use std::fmt;

/// Declares rows: each field is named as the vendor names it, in Pascal case, unless `as` says otherwise.
macro_rules! rows {
    ($($(#[$meta:meta])* $name:ident { $($field:ident $(as $other:literal)?: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub(crate) struct $name<'a> {
            $(pub(crate) $field: $type,)*
        }

        impl $name<'_> {
            const NAMES: &'static [&'static str] = &[$($crate::wire::row::name!($field $($other)?)),*];
        }

        impl<'de: 'a, 'a> serde::Deserialize<'de> for $name<'a> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Object<'a>(std::marker::PhantomData<&'a ()>);

                impl<'de: 'a, 'a> serde::de::Visitor<'de> for Object<'a> {
                    type Value = $name<'a>;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(stringify!($name))
                    }

                    fn visit_map<M: serde::de::MapAccess<'de>>(self, mut map: M) -> Result<$name<'a>, M::Error> {
                        $(let mut $field: Option<$type> = None;)*
                        let mut names = $crate::wire::row::Names::of($name::NAMES);
                        while let Some(found) = map.next_key_seed(&mut names)? {
                            let mut number = 0;
                            $(
                                if found == number {
                                    $field = Some(map.next_value()?);
                                    continue;
                                }
                                number += 1;
                            )*
                            let _ = number;
                            map.next_value::<serde::de::IgnoredAny>()?;
                        }
                        Ok($name {
                            $($field: $crate::wire::row::Absent::or_absent(
                                $field,
                                $crate::wire::row::name!($field $($other)?),
                            )?,)*
                        })
                    }
                }

                deserializer.deserialize_map(Object(std::marker::PhantomData))
            }
        }

        impl serde::Serialize for $name<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(Some(Self::NAMES.len()))?;
                $(map.serialize_entry($crate::wire::row::name!($field $($other)?), &self.$field)?;)*
                map.end()
            }
        }
    )*};
}

/// The vendor's name of a field: `unit_number` is `UnitNumber`.
macro_rules! name {
    ($field:ident) => {{
        const SNAKE: &str = stringify!($field);
        const PASCAL: [u8; $crate::wire::row::length(SNAKE)] = $crate::wire::row::pascal(SNAKE);
        const NAME: &str = match std::str::from_utf8(&PASCAL) {
            Ok(name) => name,
            Err(_) => panic!("a field's name is ASCII"),
        };
        NAME
    }};
    ($field:ident $other:literal) => {
        $other
    };
}

pub(super) use {name, rows};

/// Where a name's letters begin: a field may be a raw identifier.
const fn begin(snake: &[u8]) -> usize {
    if snake.len() > 2 && snake[1] == b'#' {
        2
    } else {
        0
    }
}

/// How long the vendor's name of a field is.
pub(super) const fn length(snake: &str) -> usize {
    let snake = snake.as_bytes();
    let (mut length, mut at) = (0, begin(snake));
    while at < snake.len() {
        if snake[at] != b'_' {
            length += 1;
        }
        at += 1;
    }
    length
}

/// The vendor's name of a field.
pub(super) const fn pascal<const LENGTH: usize>(snake: &str) -> [u8; LENGTH] {
    let snake = snake.as_bytes();
    let mut pascal = [0; LENGTH];
    let (mut length, mut at, mut starts) = (0, begin(snake), true);
    while at < snake.len() {
        if snake[at] == b'_' {
            starts = true;
        } else {
            pascal[length] = if starts {
                snake[at].to_ascii_uppercase()
            } else {
                snake[at]
            };
            length += 1;
            starts = false;
        }
        at += 1;
    }
    pascal
}

/// Finds names among those of a row. The vendor writes them in the same order in every row, so the search begins
/// behind the last one that was found.
pub(super) struct Names {
    names: &'static [&'static str],
    next: usize,
}

impl Names {
    pub(super) fn of(names: &'static [&'static str]) -> Self {
        Self { names, next: 0 }
    }

    fn find(&mut self, name: &str) -> usize {
        let is_next = self.names.get(self.next).is_some_and(|it| same(it, name));
        let found = match is_next {
            true => Some(self.next),
            false => self.names.iter().position(|it| same(it, name)),
        };
        match found {
            Some(at) => {
                self.next = at + 1;
                at
            }
            None => usize::MAX,
        }
    }
}

/// Eight bytes at a time: `==` goes byte by byte in a component.
fn same(one: &str, other: &str) -> bool {
    let (one, other) = (
        one.as_bytes().as_chunks::<8>(),
        other.as_bytes().as_chunks::<8>(),
    );
    let eight = |it: &[u8; 8]| u64::from_ne_bytes(*it);
    one.0.len() == other.0.len()
        && one.1.len() == other.1.len()
        && one.0.iter().map(eight).eq(other.0.iter().map(eight))
        && one.1.iter().eq(other.1)
}

impl<'de> DeserializeSeed<'de> for &mut Names {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for &mut Names {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        Ok(self.find(name))
    }
}

/// What a field is that the row does not have.
pub(super) trait Absent: Sized {
    fn or_absent<E: Error>(found: Option<Self>, name: &'static str) -> Result<Self, E>;
}

impl Absent for i64 {
    fn or_absent<E: Error>(found: Option<Self>, name: &'static str) -> Result<Self, E> {
        found.ok_or_else(|| E::missing_field(name))
    }
}

impl<T> Absent for Option<T> {
    fn or_absent<E: Error>(found: Option<Self>, _: &'static str) -> Result<Self, E> {
        Ok(found.flatten())
    }
}
