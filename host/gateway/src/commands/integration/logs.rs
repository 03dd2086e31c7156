//! `portcullis integration logs`: the lines of an integration's syncs, those of the past and those to come.

use std::process::ExitCode;
use std::time::Duration;

use portcullis_service::{LogLineView, Principal};
use serde_json::json;

use super::Desk;
use crate::commands::time;
use crate::failure::Failure;
use crate::signals;

/// How often `--follow` looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);

pub(super) async fn run(
    desk: &Desk<'_>,
    principal: &Principal,
    id: &str,
    lines: u32,
    follow: bool,
) -> Result<ExitCode, Failure> {
    let past = desk
        .service
        .integration_log(principal, id, lines.into())
        .await?;
    if !follow {
        desk.output.answer(&json!({"lines": past}), || {
            let lines: Vec<String> = past.iter().map(text).collect();
            match lines.is_empty() {
                true => format!("{id} has no lines yet."),
                false => lines.join("\n"),
            }
        });
        return Ok(ExitCode::SUCCESS);
    }
    let stop = signals::listen()?;
    // Without a line of the past, `None` would begin at whatever is the last one by then: nothing is missed from 0.
    let mut last = past.last().map(|line| line.id);
    if last.is_none() && lines > 0 {
        last = Some(0);
    }
    for line in &past {
        show(desk, line);
    }
    let mut feed = desk.service.follow_integration(principal, id, last).await?;
    while !stop.is_cancelled() {
        let news = feed.look().await?;
        for line in &news.lines {
            show(desk, line);
        }
        // A full page of lines means that more are waiting.
        if news.lines.is_empty() {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show(desk: &Desk<'_>, line: &LogLineView) {
    desk.output.event(&json!(line), || text(line));
}

/// `time level model message`, with control characters as their escapes: much of it was written by vendors.
fn text(line: &LogLineView) -> String {
    let message: String = line
        .message
        .chars()
        .flat_map(|letter| match letter.is_control() {
            true => letter.escape_default().collect::<Vec<_>>(),
            false => vec![letter],
        })
        .collect();
    let model = line.model.as_deref().unwrap_or("-");
    format!("{} {:5} {model:14} {message}", time(line.at), line.level)
}
