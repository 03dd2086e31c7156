//! Models and how they depend on each other.

use std::collections::{BTreeMap, BTreeSet};

use portcullis_model::MODELS;

use super::{LOWER, SNAKE, filled, refuse, word};
use crate::error::ManifestError;
use crate::manifest::{Access, Manifest};
use crate::model::{Incremental, Model};

pub(super) fn check(manifest: &Manifest) -> Result<(), ManifestError> {
    if manifest.models.is_empty() {
        return refuse("model_missing", "model", "declare at least one [[model]]");
    }
    let mut names = BTreeSet::new();
    for (index, model) in manifest.models.iter().enumerate() {
        let key = format!("model[{index}]");
        word(format!("{key}.name"), &model.name, SNAKE)?;
        if !names.insert(model.name.as_str()) {
            return refuse(
                "name_twice",
                format!("{key}.name"),
                format!("{:?} is taken", model.name),
            );
        }
        schema(&key, model)?;
        access(manifest, &key, model)?;
        parents(manifest, &key, model)?;
        if let Some(help) = &model.access_help {
            filled(format!("{key}.access-help"), help)?;
        }
        if model.full_every == Some(0) {
            return refuse(
                "number_invalid",
                format!("{key}.full-every"),
                "write a number above 0",
            );
        }
        if model.full_every.is_some() && model.incremental == Incremental::None {
            let message = "every run is full, unless `incremental` says otherwise";
            return refuse("full_every_useless", format!("{key}.full-every"), message);
        }
    }
    acyclic(manifest)
}

/// A unified model has its unified schema, and no other model has one: the host and its clients rely on it.
fn schema(key: &str, model: &Model) -> Result<(), ManifestError> {
    let key = format!("{key}.schema");
    let well_formed = model.schema.split_once('/').is_some_and(|(name, version)| {
        word("", name, LOWER).is_ok()
            && version
                .parse::<u32>()
                .is_ok_and(|number| number.to_string() == version)
    });
    if !well_formed {
        return refuse(
            "schema_invalid",
            key,
            format!("{:?} is no schema; write one such as thing/1", model.schema),
        );
    }
    let by_name = MODELS.iter().find(|spec| spec.name == model.name);
    let by_schema = MODELS.iter().find(|spec| spec.schema == model.schema);
    match (by_name, by_schema) {
        (Some(spec), _) if spec.schema != model.schema => {
            let message = format!(
                "the unified model {:?} has the schema {:?}",
                spec.name, spec.schema
            );
            refuse("schema_mismatch", key, message)
        }
        (None, Some(spec)) => {
            let message = format!(
                "{:?} belongs to the unified model {:?}",
                spec.schema, spec.name
            );
            refuse("schema_mismatch", key, message)
        }
        _ => Ok(()),
    }
}

fn access(manifest: &Manifest, key: &str, model: &Model) -> Result<(), ManifestError> {
    let key = format!("{key}.group");
    match (&model.group, manifest.access) {
        (Some(group), Access::Groups) => word(key, group, LOWER),
        (Some(_), _) => refuse(
            "access_group",
            key,
            "a model has a group only under access = \"groups\"",
        ),
        (None, Access::Groups) if model.supported => refuse(
            "access_group",
            key,
            "access = \"groups\" wants a group for every supported model",
        ),
        (None, _) => Ok(()),
    }
}

fn parents(manifest: &Manifest, key: &str, model: &Model) -> Result<(), ManifestError> {
    let supported = |key: String, name: &str| match manifest.model(name) {
        Some(other) if other.name == model.name => {
            refuse("model_self", key, "a model cannot wait for itself")
        }
        Some(other) if model.supported && !other.supported => refuse(
            "model_unsupported",
            key,
            format!("the model {name:?} is not supported"),
        ),
        Some(other) => Ok(other),
        None => refuse(
            "model_unknown",
            key,
            format!("there is no [[model]] of the name {name:?}"),
        ),
    };
    for (index, name) in model.after.iter().enumerate() {
        supported(format!("{key}.after[{index}]"), name)?;
    }
    if let Some(partition) = &model.partitioned_by {
        supported(format!("{key}.partitioned-by.model"), &partition.model)?;
        let spec = portcullis_model::model(&partition.model);
        for (index, field) in partition.fields.iter().enumerate() {
            if spec.is_some_and(|spec| !spec.payload_fields.contains(&field.as_str())) {
                let message = format!("the model {:?} has no field {field:?}", partition.model);
                return refuse(
                    "partition_field",
                    format!("{key}.partitioned-by.fields[{index}]"),
                    message,
                );
            }
        }
    }
    let Some(lead) = &model.with else {
        if model.probe {
            let message = "only a companion can have a probe of its own; every other model has one";
            return refuse("probe_useless", format!("{key}.probe"), message);
        }
        return Ok(());
    };
    let key = format!("{key}.with");
    let lead = supported(key.clone(), lead)?;
    if lead.with.is_some() {
        return refuse(
            "companion_lead",
            key,
            format!("{:?} is a companion itself", lead.name),
        );
    }
    if model.enabled && !lead.enabled {
        return refuse(
            "companion_enabled",
            key,
            format!("{:?} is off, so nothing would bring it", lead.name),
        );
    }
    if model.partitioned_by.is_some() {
        return refuse(
            "companion_partition",
            key,
            "a companion has the partitions of its lead",
        );
    }
    Ok(())
}

fn acyclic(manifest: &Manifest) -> Result<(), ManifestError> {
    // A companion's run is its lead's, so it is its lead that waits and that is waited for.
    let run_of = |name: &str| -> String {
        manifest
            .model(name)
            .and_then(|model| model.with.clone())
            .unwrap_or_else(|| name.to_owned())
    };
    let mut waits: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for model in &manifest.models {
        let run = run_of(&model.name);
        let parents = model.after.iter().chain(
            model
                .partitioned_by
                .as_ref()
                .map(|partition| &partition.model),
        );
        let parents: Vec<_> = parents.map(|parent| run_of(parent)).collect();
        if parents.contains(&run) {
            let message = format!(
                "{:?} arrives on the same pages as what it waits for",
                model.name
            );
            return refuse("model_cycle", "model", message);
        }
        waits.entry(run).or_default().extend(parents);
    }
    // Takes away what waits for nothing until nothing is left, or only a circle.
    while let Some(free) = waits
        .iter()
        .find(|(_, parents)| parents.is_empty())
        .map(|(name, _)| name.clone())
    {
        waits.remove(&free);
        waits.values_mut().for_each(|parents| {
            parents.remove(&free);
        });
    }
    if waits.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = waits.into_keys().collect();
    refuse(
        "model_cycle",
        "model",
        format!("these models wait for each other: {}", names.join(", ")),
    )
}
