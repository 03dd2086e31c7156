//! How a model is described as data.

/// All that host and clients must know of a model beyond its fields.
#[derive(Debug)]
pub struct ModelSpec {
    /// Name, plural, as everywhere in manifest, database and API: `units`.
    pub name: &'static str,
    /// Name of one: `unit`.
    pub singular: &'static str,
    /// Segment of the API's path under `/v1/`.
    pub path: &'static str,
    /// Name and version of the payload's schema, as a manifest writes it: `unit/1`.
    pub schema: &'static str,
    /// First letters of our ids: `unit` gives `unit_…`.
    pub id_prefix: &'static str,
    /// The fields of the payload, in the order in which they are written.
    pub payload_fields: &'static [&'static str],
    /// Which fields of the payload name other records.
    pub references: &'static [Reference],
    /// Fields that are served as `null` until there is a model to fill them.
    pub reserved: &'static [Reserved],
    /// Fields that are served under a second name.
    pub aliases: &'static [Alias],
    /// JSON pointers (RFC 6901) into the record, for fields that say something about a living person.
    pub personal: &'static [&'static str],
    /// What a list may be filtered by.
    pub filters: &'static [Filter],
}

impl ModelSpec {
    /// The filter of this name.
    #[must_use]
    pub fn filter(&self, name: &str) -> Option<&'static Filter> {
        self.filters.iter().find(|filter| filter.name == name)
    }
}

/// A vendor's id in the payload, and where the host writes our id of the record that it names.
///
/// A path is a field's name, `array[]` for an array of texts, or `array[].field` for a field of each object in an
/// array. `path` and `target` always stand in the same array. A model may refer to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Where the vendor's id stands: `x_unit_id`, `residents_meta_data[].x_resident_id`.
    pub path: &'static str,
    /// Where our id goes: `unit_id`, `residents_meta_data[].resident_id`.
    pub target: &'static str,
    /// The model that is named, one of [`MODELS`](crate::MODELS).
    pub model: &'static str,
}

/// A field of the record that refers to a model which is not unified yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// Name.
    pub name: &'static str,
    /// Type that it will have.
    pub kind: FieldType,
}

/// A field that is served under a second name, because clients know both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The second name, a path as in [`Reference`].
    pub name: &'static str,
    /// The payload's field, a path in the same array.
    pub source: &'static str,
}

/// The type of a field, coarse enough for a column, a form or a table's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldType {
    /// Text.
    Text,
    /// A 64-bit integer.
    Integer,
    /// A number with a fraction; never money.
    Number,
    /// True or false.
    Boolean,
    /// A day, `YYYY-MM-DD`.
    Date,
    /// A moment, RFC 3339 in UTC.
    Timestamp,
    /// A list.
    Array,
    /// An object.
    Object,
}

impl FieldType {
    /// The type as a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "bool",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// A query parameter that narrows a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The parameter's name.
    pub name: &'static str,
    /// What it compares.
    pub kind: FilterKind,
}

/// What a filter compares its value with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FilterKind {
    /// The record's own id.
    OwnId,
    /// The integration's id.
    Integration,
    /// The integration's vendor.
    Vendor,
    /// Our id of another record.
    Reference {
        /// The model that the id names; it may be one that is not unified yet, then nothing matches.
        model: &'static str,
        /// Paths of the record as in [`Reference::target`]; one equal value is enough.
        targets: &'static [&'static str],
    },
    /// A vendor's id. Vendors number alike, so it demands the filter `integration_id` beside it.
    External {
        /// The field: `x_id` is the record's key, any other stands in the payload.
        field: &'static str,
    },
    /// A text that must be equal.
    Text {
        /// The field.
        field: &'static str,
    },
    /// A member of a closed set.
    OneOf {
        /// The field.
        field: &'static str,
        /// The members.
        values: &'static [&'static str],
    },
    /// `true` or `false`.
    Bool {
        /// The field.
        field: &'static str,
    },
    /// A day: the first of the fields that is there lies before it.
    DateBefore {
        /// The fields, coalesced in this order.
        fields: &'static [&'static str],
    },
    /// A day: the first of the fields that is there lies after it.
    DateAfter {
        /// The fields, coalesced in this order.
        fields: &'static [&'static str],
    },
    /// A day: the field is it or later.
    DateAtLeast {
        /// The field.
        field: &'static str,
    },
    /// A day: the field is it or earlier.
    DateAtMost {
        /// The field.
        field: &'static str,
    },
    /// A moment: the field is at it or later.
    TimeAtLeast {
        /// The field, one of the host's.
        field: &'static str,
    },
    /// A moment: the field is at it or earlier.
    TimeAtMost {
        /// The field, one of the host's.
        field: &'static str,
    },
    /// `true` keeps only records without any of the fields, `false` keeps all.
    OnlyNull {
        /// The fields, coalesced.
        fields: &'static [&'static str],
    },
}
