//! Parts that several models share.

use crate::enums::PhoneType;
use crate::payload::part;

/// What a vendor has and the unified model has not, under the vendor's own names. Never a secret, a tax id or an
/// account number.
pub type CustomData = serde_json::Map<String, serde_json::Value>;

part! {
    /// A phone number.
    Phone {
        /// The number as the vendor writes it.
        number: Option<String>,
        /// The kind in the vendor's word.
        type_raw: Option<String>,
        /// The kind.
        type_normalized: Option<PhoneType>,
    }
}

part! {
    /// Whom to call when something happens to a resident.
    EmergencyContact {
        /// Full name.
        name: Option<String>,
        /// The relationship in the vendor's words.
        relationship: Option<String>,
        /// Phone number as the vendor writes it.
        phone: Option<String>,
        /// E-mail address.
        email: Option<String>,
    }
}

part! {
    /// An animal that lives, or would live, in the unit.
    Pet {
        /// The vendor's id.
        x_id: Option<String>,
        /// Name.
        name: Option<String>,
        /// Species in the vendor's word.
        #[serde(rename = "type")]
        kind: Option<String>,
        /// Breed.
        breed: Option<String>,
        /// Colour.
        color: Option<String>,
        /// Sex in the vendor's word.
        gender_raw: Option<String>,
        /// Age in years.
        age_in_years: Option<f64>,
        /// Weight in pounds.
        weight_in_pounds: Option<f64>,
        /// Whether its claws were removed.
        is_declawed: Option<bool>,
        /// Whether it is neutered.
        is_fixed: Option<bool>,
        /// Whether it is a service animal.
        is_service_animal: Option<bool>,
        /// Whether it is trained.
        is_trained: Option<bool>,
        /// Whether it is vaccinated.
        is_vaccinated: Option<bool>,
        /// Free text.
        notes: Option<String>,
    }
}
