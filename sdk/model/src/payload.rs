//! The two macros that give every document of the model the same shape.

/// Whether a field has nothing to say and is left out of the document.
pub(crate) trait Absent {
    fn absent(&self) -> bool;
}

impl<T> Absent for Option<T> {
    fn absent(&self) -> bool {
        self.is_none()
    }
}

impl<T> Absent for Vec<T> {
    fn absent(&self) -> bool {
        self.is_empty()
    }
}

/// A document, or a part of one: every field may be absent, and an absent field is not written.
macro_rules! part {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(default)]
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[serde(skip_serializing_if = "crate::payload::Absent::absent")]
                pub $field: $type,
            )*
        }
    };
}

/// The payload of a model: a part that knows the names of its fields, in the order in which they are written.
macro_rules! payload {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        $crate::payload::part! { $(#[$meta])* $name { $($(#[$field_meta])* $field: $type,)* } }

        impl $name {
            /// The names of the fields on the wire, in the order in which they are written.
            pub const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];
        }
    };
}

pub(crate) use {part, payload};
