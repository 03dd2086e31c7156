//! Records inside of records: which references of a model can be expanded, under which names.
//!
//! A name is the reference's own without `_id`, behind the list that it stands in: `property`, and
//! `residents_meta_data.resident` for a resident of a lease. A list of ids is named in the plural of what it lists:
//! `associated_properties`. Of an expanded record nothing is expanded again, and no record is expanded into itself.

use std::sync::LazyLock;

use portcullis_model::{MODELS, ModelSpec, Reference};
use portcullis_store::Follow;

use crate::error::InputProblem;

/// A reference that can be expanded.
#[derive(Debug, PartialEq, Eq)]
pub struct Expansion {
    /// As `expand` names it.
    pub name: String,
    /// The member that holds the record, or the records.
    pub member: String,
    /// The list in whose objects the member stands; outermost where there is none.
    pub list: Option<&'static str>,
    /// The member beside it that holds the id, or the ids.
    pub ids: &'static str,
    /// Whether it holds several.
    pub many: bool,
    /// The model that is referred to.
    pub model: &'static str,
}

impl Expansion {
    fn of(spec: &ModelSpec, reference: &'static Reference) -> Option<Self> {
        let (list, leaf) = match reference.target.split_once("[].") {
            Some((list, leaf)) => (Some(list), leaf),
            None => (None, reference.target),
        };
        let many = leaf.ends_with("[]");
        let ids = leaf.trim_end_matches("[]");
        let referred = portcullis_model::model(reference.model)?;
        let one = format!("{}_id", referred.singular);
        // Its own id under another name.
        if referred.name == spec.name && ids == one {
            return None;
        }
        let member = if many {
            let several = format!("{one}s");
            let found = if ids.contains(&several) {
                &several
            } else {
                &one
            };
            ids.replace(found, referred.name)
        } else {
            ids.strip_suffix("_id")?.to_owned()
        };
        Some(Self {
            name: list.map_or_else(|| member.clone(), |list| format!("{list}.{member}")),
            member,
            list,
            ids,
            many,
            model: referred.name,
        })
    }

    /// The reference as the store follows it.
    pub(crate) fn follow(&self) -> Follow {
        Follow {
            model: self.model.to_owned(),
            list: self.list.map(str::to_owned),
            field: self.ids.to_owned(),
        }
    }
}

/// What can be expanded in the records of a model, in the order of its references.
pub fn expansions(spec: &ModelSpec) -> &'static [Expansion] {
    static ALL: LazyLock<Vec<Vec<Expansion>>> = LazyLock::new(|| {
        let of = |spec: &'static ModelSpec| {
            let references = spec.references.iter();
            references
                .filter_map(|it| Expansion::of(spec, it))
                .collect()
        };
        MODELS.iter().map(of).collect()
    });
    let index = MODELS.iter().position(|known| known.name == spec.name);
    index
        .and_then(|index| ALL.get(index))
        .map_or(&[], Vec::as_slice)
}

/// The named expansions, in the model's order, each once.
pub(super) fn parse(spec: &ModelSpec, text: &str) -> Result<Vec<&'static Expansion>, InputProblem> {
    let known = expansions(spec);
    let wanted: Vec<&str> = text.split(',').collect();
    if let Some(unknown) = wanted
        .iter()
        .find(|name| known.iter().all(|it| it.name != **name))
    {
        let names: Vec<&str> = known.iter().map(|it| it.name.as_str()).collect();
        let detail = if names.is_empty() {
            format!(
                "The records of {} refer to none that could be expanded.",
                spec.name
            )
        } else {
            let shown: String = unknown
                .chars()
                .filter(|c| !c.is_control())
                .take(100)
                .collect();
            format!(
                "`{shown}` cannot be expanded in {}. Those that can: {}.",
                spec.name,
                names.join(", ")
            )
        };
        return Err(invalid_expand(detail));
    }
    Ok(known
        .iter()
        .filter(|it| wanted.contains(&it.name.as_str()))
        .collect())
}

pub(super) fn invalid_expand(detail: impl Into<String>) -> InputProblem {
    InputProblem::parameter("expand", "invalid_expand", detail)
}

/// What is said when the records of a page refer to more than one answer holds.
pub(super) fn too_large() -> InputProblem {
    InputProblem::parameter(
        "expand",
        "expansion_too_large",
        "The records of this page refer to more records than one answer holds. Ask for fewer with `limit`, or expand less.",
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use portcullis_model::model;

    use super::*;

    fn names(model_name: &str) -> Vec<&'static str> {
        let spec = model(model_name).unwrap();
        expansions(spec).iter().map(|it| it.name.as_str()).collect()
    }

    #[test]
    fn names_are_those_of_the_references() {
        assert_eq!(names("units"), ["property"]);
        assert_eq!(
            names("properties"),
            ["associated_owners"],
            "not into itself"
        );
        assert_eq!(
            names("leases"),
            [
                "property",
                "unit",
                "resident",
                "residents_meta_data.resident"
            ]
        );
        assert_eq!(names("owners"), ["property", "associated_properties"]);
        assert!(names("applicants").contains(&"units_preferred"));
        assert!(names("financial_accounts").contains(&"parent"));
    }

    #[test]
    fn no_expansion_takes_the_name_of_a_field_or_of_another() {
        for spec in &MODELS {
            let mut seen = BTreeSet::new();
            for expansion in expansions(spec) {
                assert!(
                    seen.insert(&expansion.name),
                    "{}: {}",
                    spec.name,
                    expansion.name
                );
                let field = spec.fields().iter().find(|it| it.name == expansion.member);
                assert!(
                    expansion.list.is_some() || field.is_none(),
                    "{}: {}",
                    spec.name,
                    expansion.name
                );
                let holder = expansion.list.unwrap_or(expansion.ids);
                assert!(spec.fields().iter().any(|it| it.name == holder), "{holder}");
            }
        }
    }

    #[test]
    fn what_is_named_twice_is_expanded_once_and_slips_are_refused() {
        let leases = model("leases").unwrap();
        let found = parse(leases, "unit,property,unit").unwrap();
        assert!(
            found
                .iter()
                .map(|it| it.name.as_str())
                .eq(["property", "unit"])
        );
        for bad in ["", "unit_id", "property,", "property.property", "residents"] {
            assert_eq!(
                parse(leases, bad).unwrap_err().code,
                "invalid_expand",
                "{bad}"
            );
        }
        let none = parse(model("properties").unwrap(), "property").unwrap_err();
        assert_eq!(none.code, "invalid_expand");
    }
}
