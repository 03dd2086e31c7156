//! Rows that a table turns into records.
//!
//! A struct of its own for every list costs some ten kilobytes of component;
//! a table of columns costs one. Lists that are read by the ten thousand have
//! structs, all others are sheets.
//!
//! Only what a table names is taken out of an answer, and an original is
//! written from the same names, so that it cannot hold more.

mod original;
mod row;

use std::fmt;

use portcullis_sdk::model::{CustomData, Timestamp};
use portcullis_sdk::serde_json::{self, Value, value::RawValue};
use portcullis_sdk::{Cents, Text, dates};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::map::{Malformed, Scene};

pub(crate) use self::row::SheetRow;

/// A list as a table.
pub(crate) struct Sheet {
    /// Where the id stands.
    pub(crate) id: &'static str,
    /// Put before the id, where a model has two lists.
    pub(crate) prefix: &'static str,
    /// Where the vendor says when the row last changed; empty if it does not.
    pub(crate) updated: &'static str,
    /// What is taken out of a row.
    pub(crate) columns: &'static [Column],
    /// What no column can say.
    pub(crate) finish: Finish,
    /// Whether a row is a record of the model at all.
    pub(crate) takes: fn(&Fields<'_>) -> bool,
    /// Whether a row belongs to the companion instead of the lead.
    pub(crate) is_companion: fn(&Fields<'_>) -> bool,
    /// Rows within the row; empty if there are none.
    pub(crate) children: &'static str,
    /// The applications that a row carries.
    pub(crate) applications: fn(&Fields<'_>) -> Vec<Carried>,
}

/// An application with its id and its original, or why it is none.
pub(crate) type Carried = (i64, String, Result<CustomData, Malformed>);

/// Adds what no column can say.
pub(crate) type Finish = fn(&Fields<'_>, &mut CustomData, &Scene) -> Result<(), Malformed>;

impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sheet")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A field of the record and where it comes from.
pub(crate) struct Column {
    /// The record's field.
    pub(crate) to: &'static str,
    /// The row's field; a dot goes into an object.
    pub(crate) from: &'static str,
    /// What becomes of it.
    pub(crate) kind: Kind,
}

/// What becomes of a field.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// A text, unless it is blank.
    Text,
    /// A member of an enumeration, unless it stands for nothing: `…_raw` and, by the
    /// table, `…_normalized`.
    Word(&'static [(&'static str, &'static str)]),
    /// A number as text.
    Id,
    /// Numbers as texts.
    Ids,
    /// Texts, behind those that are there.
    Texts,
    /// Yes or no.
    Flag,
    /// No or yes.
    NotFlag,
    /// A whole number.
    Whole,
    /// An amount.
    Cents,
    /// A day.
    Date,
    /// A moment.
    Time,
    /// Phone numbers.
    Phones,
    /// An address, in the record's own fields.
    Address,
    /// An object.
    Part(&'static [Column]),
    /// A list of objects.
    Parts(&'static [Column]),
    /// As it is, into `custom_data` under the vendor's name.
    Left,
    /// Read by [`Sheet::finish`].
    Seen,
    /// The same for an object, of which the columns are read.
    SeenParts(&'static [Column]),
}

pub(crate) const fn column(to: &'static str, from: &'static str, kind: Kind) -> Column {
    Column { to, from, kind }
}

/// An object whose fields stay text until they are asked for.
pub(crate) struct Fields<'a>(Vec<(Text<'a>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// Why a field is not what it should be.
#[inline(never)]
fn odd(path: &str, what: &str) -> Malformed {
    [path, " is no ", what].concat()
}

/// A text; without escapes, as it stands in the answer.
#[inline(never)]
fn text_of(raw: &RawValue, path: &str) -> Result<Option<String>, Malformed> {
    let json = raw.get();
    let plain = json
        .strip_prefix('"')
        .and_then(|json| json.strip_suffix('"'))
        .filter(|text| !text.contains('\\'));
    let text: Text<'_> = match plain {
        Some(plain) => plain.into(),
        None => serde_json::from_str(json).map_err(|_| odd(path, "text"))?,
    };
    Ok(text.filled().map(str::to_owned))
}

#[inline(never)]
fn whole_of(raw: &RawValue, path: &str) -> Result<i64, Malformed> {
    raw.get().parse().map_err(|_| odd(path, "whole number"))
}

#[inline(never)]
fn items_of<'a>(raw: &'a RawValue, path: &str) -> Result<Vec<&'a RawValue>, Malformed> {
    serde_json::from_str(raw.get()).map_err(|_| odd(path, "list"))
}

#[inline(never)]
fn fields_of<'a>(raw: &'a RawValue, path: &str) -> Result<Fields<'a>, Malformed> {
    Fields::of(raw.get()).map_err(|_| odd(path, "object"))
}

impl<'a> Fields<'a> {
    /// The object of some JSON text.
    pub(crate) fn of(json: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The field at a path; nothing if it or anything above it is missing or null.
    #[inline(never)]
    pub(crate) fn find(&self, path: &str) -> Result<Option<&'a RawValue>, Malformed> {
        let (name, rest) = match path.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (path, None),
        };
        let found = self.0.iter().find(|(other, _)| other.as_str() == name);
        let raw = match found {
            Some((_, raw)) if raw.get() != "null" => *raw,
            _ => return Ok(None),
        };
        match rest {
            None => Ok(Some(raw)),
            Some(rest) => fields_of(raw, name)?.find(rest),
        }
    }

    /// A text, unless it is blank or there is none.
    #[inline(never)]
    pub(crate) fn text(&self, path: &str) -> Result<Option<String>, Malformed> {
        match self.find(path)? {
            Some(raw) => text_of(raw, path),
            None => Ok(None),
        }
    }

    /// A member of an enumeration, unless it stands for nothing.
    pub(crate) fn member(&self, path: &str) -> Result<Option<String>, Malformed> {
        let text = self.text(path)?;
        Ok(text.filter(|member| !matches!(member.as_str(), "NotSet" | "None")))
    }

    /// A whole number.
    #[inline(never)]
    pub(crate) fn whole(&self, path: &str) -> Result<Option<i64>, Malformed> {
        let raw = self.find(path)?;
        raw.map(|raw| whole_of(raw, path)).transpose()
    }

    /// Yes or no.
    pub(crate) fn flag(&self, path: &str) -> Result<Option<bool>, Malformed> {
        match self.find(path)?.map(RawValue::get) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(odd(path, "yes or no")),
        }
    }

    /// An amount in cents.
    #[inline(never)]
    pub(crate) fn cents(&self, path: &str) -> Result<Option<i64>, Malformed> {
        match self.find(path)?.map(Cents::from_json_number) {
            None => Ok(None),
            Some(Ok(cents)) => Ok(Some(cents.0)),
            Some(Err(error)) => Err(format!("{path} is {error}")),
        }
    }

    /// An object.
    pub(crate) fn object(&self, path: &str) -> Result<Option<Fields<'a>>, Malformed> {
        let raw = self.find(path)?;
        raw.map(|raw| fields_of(raw, path)).transpose()
    }

    /// The items of a list; none if there is no list.
    pub(crate) fn items(&self, path: &str) -> Result<Vec<&'a RawValue>, Malformed> {
        match self.find(path)? {
            Some(raw) => items_of(raw, path),
            None => Ok(Vec::new()),
        }
    }

    /// The objects of a list.
    #[inline(never)]
    pub(crate) fn objects(&self, path: &str) -> Result<Vec<Fields<'a>>, Malformed> {
        let mut objects = Vec::new();
        for raw in self.items(path)? {
            objects.push(fields_of(raw, path)?);
        }
        Ok(objects)
    }

    /// Writes what the columns take into a record.
    #[inline(never)]
    pub(crate) fn fill(&self, columns: &[Column], doc: &mut CustomData) -> Result<(), Malformed> {
        for column in columns {
            if let Some(value) = self.value(column, doc)? {
                doc.insert(column.to.to_owned(), value);
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn value(&self, column: &Column, doc: &mut CustomData) -> Result<Option<Value>, Malformed> {
        let path = column.from;
        Ok(match column.kind {
            Kind::Text => self.text(path)?.map(Value::from),
            Kind::Word(table) => {
                if let Some(member) = self.member(path)? {
                    let known = table.iter().find(|(from, _)| *from == member);
                    let word = known.map_or("OTHER", |(_, to)| *to);
                    doc.insert([column.to, "_normalized"].concat(), word.into());
                    doc.insert([column.to, "_raw"].concat(), member.into());
                }
                None
            }
            Kind::Id => self.whole(path)?.map(|id| id.to_string().into()),
            Kind::Ids => {
                let mut ids = Vec::new();
                for raw in self.items(path)? {
                    ids.push(whole_of(raw, path)?.to_string().into());
                }
                filled(ids)
            }
            Kind::Texts => {
                let mut texts = match doc.remove(column.to) {
                    Some(Value::Array(texts)) => texts,
                    _ => Vec::new(),
                };
                for raw in self.items(path)? {
                    texts.extend(text_of(raw, path)?.map(Value::from));
                }
                filled(texts)
            }
            Kind::Flag => self.flag(path)?.map(Value::from),
            Kind::NotFlag => self.flag(path)?.map(|flag| (!flag).into()),
            Kind::Whole => self.whole(path)?.map(Value::from),
            Kind::Cents => self.cents(path)?.map(Value::from),
            Kind::Date => match self.text(path)? {
                None => None,
                Some(text) => {
                    let day = dates::date(&text).ok_or_else(|| odd(path, "date"))?;
                    Some(day.to_string().into())
                }
            },
            Kind::Time => self.time(path)?.map(|time| time.to_string().into()),
            Kind::Phones => {
                let mut phones = Vec::new();
                for fields in self.objects(path)? {
                    phones.extend(phone(&fields)?);
                }
                filled(phones)
            }
            Kind::Address => {
                if let Some(raw) = self.find(path)? {
                    fields_of(raw, path)?.address(doc)?;
                }
                None
            }
            Kind::Part(columns) => match self.object(path)? {
                None => None,
                Some(fields) => part(&fields, columns)?,
            },
            Kind::Parts(columns) => {
                let mut parts = Vec::new();
                for fields in self.objects(path)? {
                    parts.extend(part(&fields, columns)?);
                }
                filled(parts)
            }
            Kind::Left => {
                if let Some(raw) = self.find(path)? {
                    let value = match raw.get() {
                        "true" => true.into(),
                        "false" => false.into(),
                        json => match json.parse::<i64>() {
                            Ok(number) => number.into(),
                            // Amounts stay as they were sent.
                            Err(_) if !json.starts_with('"') => json.into(),
                            Err(_) => match text_of(raw, path)? {
                                Some(text) => text.into(),
                                None => return Ok(None),
                            },
                        },
                    };
                    leave(doc, path, value);
                }
                None
            }
            Kind::Seen | Kind::SeenParts(_) => None,
        })
    }

    fn time(&self, path: &str) -> Result<Option<Timestamp>, Malformed> {
        match self.text(path)? {
            None => Ok(None),
            Some(text) => dates::timestamp(&text)
                .map(Some)
                .ok_or_else(|| odd(path, "time")),
        }
    }

    fn address(&self, doc: &mut CustomData) -> Result<(), Malformed> {
        self.fill(&ADDRESS, doc)?;
        if let Some(named) = self.member(COUNTRY)? {
            match crate::country::alpha_2(&named) {
                Some(code) => {
                    doc.insert("country".to_owned(), code.into());
                }
                None => leave(doc, COUNTRY, named.into()),
            }
        }
        Ok(())
    }
}

#[inline(never)]
fn filled(list: Vec<Value>) -> Option<Value> {
    (!list.is_empty()).then_some(Value::Array(list))
}

/// An object, unless nothing is in it.
#[inline(never)]
fn part(fields: &Fields<'_>, columns: &[Column]) -> Result<Option<Value>, Malformed> {
    let mut part = CustomData::new();
    fields.fill(columns, &mut part)?;
    Ok((!part.is_empty()).then_some(Value::Object(part)))
}

fn phone(fields: &Fields<'_>) -> Result<Option<Value>, Malformed> {
    let Some(Value::Object(mut phone)) = part(fields, &PHONE)? else {
        return Ok(None);
    };
    if !phone.contains_key("number") {
        return Ok(None);
    }
    phone
        .entry("type_normalized")
        .or_insert_with(|| "OTHER".into());
    Ok(Some(Value::Object(phone)))
}

/// Keeps what the model has no field for.
#[inline(never)]
pub(crate) fn leave(doc: &mut CustomData, name: &str, value: Value) {
    let left = doc
        .entry("custom_data")
        .or_insert_with(|| Value::Object(CustomData::new()));
    if let Value::Object(left) = left {
        left.insert(name.to_owned(), value);
    }
}

const COUNTRY: &str = "Country";

pub(crate) static ADDRESS: [Column; 7] = [
    column("address_1", "AddressLine1", Kind::Text),
    column("address_2", "AddressLine2", Kind::Text),
    column("address_3", "AddressLine3", Kind::Text),
    column("city", "City", Kind::Text),
    column("state", "State", Kind::Text),
    column("zip", "PostalCode", Kind::Text),
    column("country", COUNTRY, Kind::Seen),
];

pub(crate) static PHONE: [Column; 2] = [
    column("number", "Number", Kind::Text),
    column(
        "type",
        "Type",
        Kind::Word(&[
            ("Cell", "MOBILE"),
            ("Home", "HOME"),
            ("Office", "WORK"),
            ("Fax", "FAX"),
        ]),
    ),
];
