//! Which probes a check makes, and for which models each of them speaks.

use portcullis_manifest::{Access, Manifest};
use std::collections::BTreeMap;

/// One probe of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The model that is asked for.
    pub model: String,
    /// Models that get the same word: companions, a group, or all of them.
    pub speaks_for: Vec<String>,
    /// The model whose sample this probe needs.
    pub parent: Option<String>,
}

/// The probes of a check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// In the order of the manifest.
    pub probes: Vec<Probe>,
    /// Models that the connector declares but does not support.
    pub unsupported: Vec<String>,
}

impl Plan {
    /// What `manifest` asks for.
    pub fn of(manifest: &Manifest) -> Self {
        let mut plan = Self::default();
        // What one word covers, by the name of that cover.
        let mut covers: BTreeMap<String, usize> = BTreeMap::new();
        let mut followers = Vec::new();
        for model in &manifest.models {
            if !model.supported {
                plan.unsupported.push(model.name.clone());
                continue;
            }
            let cover = match manifest.access {
                Access::AllOrNothing => Some("all".to_owned()),
                Access::Groups => model.group.clone(),
                Access::PerModel => None,
            };
            if let Some(cover) = cover {
                if let Some(&at) = covers.get(&cover) {
                    plan.probes[at].speaks_for.push(model.name.clone());
                    continue;
                }
                covers.insert(cover, plan.probes.len());
            } else if let (Some(lead), false) = (&model.with, model.probe) {
                followers.push((lead.clone(), model.name.clone()));
                continue;
            }
            plan.probes.push(Probe {
                model: model.name.clone(),
                speaks_for: Vec::new(),
                parent: model
                    .partitioned_by
                    .as_ref()
                    .map(|parent| parent.model.clone()),
            });
        }
        for (lead, companion) in followers {
            if let Some(probe) = plan.probes.iter_mut().find(|probe| probe.model == lead) {
                probe.speaks_for.push(companion);
            }
        }
        plan
    }
}
