//! The first pages of every readable model.

use std::time::Duration;

use portcullis_runtime::contract::sync::{Next, Page, PageRequest, Partition, Span};
use portcullis_runtime::{CallError, CancellationToken};
use portcullis_sync::Caller;
use portcullis_sync::reaction::{Cause, WhoMustAct, decide};
use tokio::time::Instant;

use super::Line;
use crate::output::Output;

/// What a call of this command may wait for the vendor.
pub(in crate::commands) const PATIENCE: Duration = Duration::from_secs(120);
/// Records that a page is asked for, as a sync would.
const TARGET_RECORDS: u32 = 1000;
/// Bytes that a page may have.
const MAX_PAGE_BYTES: u32 = 16 << 20;

/// Pulls the first pages of every readable model; companions come on the pages of their lead.
pub(super) async fn pull_all(caller: &Caller, lines: &mut [Line], pages: u32, log: Option<Output>) {
    let models = caller.loaded().manifest().models.clone();
    for model in &models {
        let companions: Vec<String> = models
            .iter()
            .filter(|other| other.with.as_ref() == Some(&model.name))
            .map(|m| m.name.clone())
            .collect();
        let wanted = lines.iter().any(|line| {
            (line.model == model.name || companions.contains(&line.model)) && line.readable()
        });
        if model.with.is_some() || !wanted {
            continue;
        }
        let partition = match &model.partitioned_by {
            None => None,
            Some(parent) => {
                let sample = lines
                    .iter()
                    .find(|line| line.model == parent.model)
                    .and_then(|line| line.sample.clone());
                let Some(key) = sample else {
                    note(lines, &model.name, no_parent(&parent.model));
                    continue;
                };
                Some(Partition {
                    key,
                    fields: "{}".to_owned(),
                })
            }
        };
        let first = PageRequest {
            model: model.name.clone(),
            companions,
            span: Span::Full,
            partition,
            cursor: None,
            started_at: chrono::Utc::now().timestamp_millis(),
            target_records: TARGET_RECORDS,
            max_bytes: MAX_PAGE_BYTES,
            originals: false,
            extras: Vec::new(),
        };
        if let Err(error) = pull(caller, lines, first, pages, log).await {
            note(lines, &model.name, decide(&error).1);
        }
    }
}

async fn pull(
    caller: &Caller,
    lines: &mut [Line],
    mut request: PageRequest,
    pages: u32,
    log: Option<Output>,
) -> Result<(), CallError> {
    for number in 1..=pages {
        let begin = Instant::now();
        let pulled = caller
            .pull(1, PATIENCE, &CancellationToken::new(), request.clone())
            .await;
        if let Some(log) = log {
            let took = begin.elapsed().as_millis();
            log.progress(&said(&request.model, number, took, pulled.result.as_ref()));
        }
        let page = pulled.result?;
        let ended = matches!(page.next, Next::Complete(_));
        count(lines, &page, ended);
        match page.next {
            Next::More(next) => request.cursor = Some(next),
            Next::Complete(_) => break,
        }
    }
    Ok(())
}

/// What a page brought, on one line.
fn said(model: &str, number: u32, took_ms: u128, page: Result<&Page, &CallError>) -> String {
    let page = match page {
        Ok(page) => page,
        Err(error) => {
            let cause = decide(error).1;
            return format!(
                "{model} page {number}: {} ({}), {took_ms} ms",
                cause.message, cause.code
            );
        }
    };
    let batches = page.batches.iter().map(|batch| {
        let mut text = format!("{} {}", batch.upserts.len(), batch.model);
        for (count, what) in [
            (batch.tombstones.len(), "gone"),
            (batch.omissions.len(), "left out"),
        ] {
            if count > 0 {
                text.push_str(&format!(", {count} {what}"));
            }
        }
        if let Some(first) = batch.omissions.first() {
            text.push_str(&format!(" ({})", first.message));
        }
        text
    });
    let batches: Vec<String> = batches.collect();
    let next = match page.next {
        Next::More(_) => "more follows",
        Next::Complete(_) => "the end",
    };
    format!(
        "{model} page {number}: {}; {next}, {took_ms} ms",
        batches.join("; ")
    )
}

fn count(lines: &mut [Line], page: &Page, ended: bool) {
    for batch in &page.batches {
        let Some(line) = lines.iter_mut().find(|line| line.model == batch.model) else {
            continue;
        };
        line.pages += 1;
        line.records += batch.upserts.len() as u64;
        line.omissions += batch.omissions.len() as u64;
        line.total = batch.total.or(line.total);
        line.ended = ended;
        if line.sample.is_none() {
            line.sample = batch.upserts.first().map(|upsert| upsert.key.clone());
        }
    }
}

fn note(lines: &mut [Line], model: &str, cause: Cause) {
    if let Some(line) = lines.iter_mut().find(|line| line.model == model) {
        line.failure = Some(cause);
    }
}

fn no_parent(parent: &str) -> Cause {
    Cause {
        code: "no_parent",
        message: format!(
            "it is read for each of the {parent}, and none was seen; check {parent} too"
        ),
        who: WhoMustAct::Operator,
    }
}
