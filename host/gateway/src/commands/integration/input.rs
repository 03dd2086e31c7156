//! What the command line asks for, as the service takes it.

use std::time::Duration;

use portcullis_service::{CadenceInput, ModelCadenceView};

/// The models of the command line; none means all.
pub(super) fn named(models: Vec<String>) -> Option<Vec<String>> {
    (!models.is_empty()).then_some(models)
}

/// The cadence of the command line; `None` when it asks for none.
pub(super) fn cadence(
    every: Option<Duration>,
    cron: Option<String>,
    timezone: Option<String>,
    on_demand: bool,
) -> Option<CadenceInput> {
    let kind = match (every, &cron, on_demand) {
        (Some(_), ..) => "interval",
        (_, Some(_), _) => "cron",
        (.., true) => "on_demand",
        _ => return None,
    };
    Some(CadenceInput {
        kind: kind.to_owned(),
        sync_frequency: every.map(|every| i64::try_from(every.as_secs()).unwrap_or(i64::MAX)),
        sync_cadence: every.map(|_| "SECOND".to_owned()),
        cron,
        timezone,
    })
}

/// A model's schedule as it would be sent again.
pub(super) fn kept(model: ModelCadenceView) -> (String, CadenceInput) {
    let own = model.own;
    let input = CadenceInput {
        kind: own.kind.to_owned(),
        sync_frequency: own.sync_frequency,
        sync_cadence: own.sync_cadence.map(str::to_owned),
        cron: own.cron,
        timezone: own.timezone,
    };
    (model.model, input)
}
