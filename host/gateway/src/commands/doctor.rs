//! `portcullis doctor`: looks at everything that a gateway needs, changes nothing, and says one line about each.

mod checks;

use std::process::ExitCode;

use portcullis_store::Store;
use serde_json::json;

use crate::config::Config;
use crate::database::Database;
use crate::failure::Failure;
use crate::output::{Output, table};

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    /// It works, and somebody should look at it.
    Note,
    /// The gateway does not work, or not for long.
    Fault,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Fault => "fault",
        }
    }
}

/// One line.
#[derive(Debug)]
struct Finding {
    name: &'static str,
    state: State,
    /// What was found.
    detail: String,
    /// What to do about it; nothing where all is well.
    fix: Option<String>,
}

impl Finding {
    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self {
            name,
            state: State::Ok,
            detail: detail.into(),
            fix: None,
        }
    }

    fn bad(
        name: &'static str,
        state: State,
        detail: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            name,
            state,
            detail: detail.into(),
            fix: Some(fix.into()),
        }
    }

    /// What another part of the gateway says in its one sentence, which names the remedy.
    fn failed(name: &'static str, failure: &Failure) -> Self {
        let sentence = failure.sentence();
        let (detail, fix) = match sentence.split_once("; ") {
            Some((detail, fix)) => (detail.to_owned(), fix.to_owned()),
            None => (sentence, format!("see docs/errors/{}.md", failure.code())),
        };
        Self::bad(
            name,
            State::Fault,
            format!("{detail} ({})", failure.code()),
            fix,
        )
    }
}

/// Looks at all, prints it, and fails with exit code 1 if something is at fault.
pub(super) async fn run(config: &Config, output: Output) -> Result<ExitCode, Failure> {
    let data_dir = config.data_dir()?;
    let mut findings = vec![checks::disk(&data_dir)];
    match Database::look(config).await {
        Ok(Some(database)) => {
            let with_database = look_at(&database.store, config, &data_dir).await;
            database.close().await?;
            findings.extend(with_database);
        }
        Ok(None) => {
            findings.push(Finding::ok(
                "database",
                "none yet; the first `portcullis serve` makes one in the data folder",
            ));
            findings.push(checks::vault_key(config, &data_dir, None).await);
        }
        Err(failure) => {
            findings.push(Finding::failed("database", &failure));
            findings.push(checks::vault_key(config, &data_dir, None).await);
        }
    }
    let connectors = config.connectors_dir()?;
    findings.push(checks::connector_files(&connectors));
    if let Some(files) = config.server.tls_files()? {
        findings.push(match crate::tls::certified(&files) {
            Ok(_) => Finding::ok(
                "tls",
                format!("the certificate in {}", files.cert.display()),
            ),
            Err(failure) => Finding::failed("tls", &failure),
        });
    }
    let healthy = findings.iter().all(|it| it.state != State::Fault);
    let answer = json!({
        "healthy": healthy,
        "checks": findings.iter().map(|it| json!({
            "name": it.name, "state": it.state.as_str(), "detail": it.detail, "fix": it.fix,
        })).collect::<Vec<_>>(),
    });
    output.answer(&answer, || text(&findings));
    Ok(match healthy {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

async fn look_at(store: &Store, config: &Config, data_dir: &std::path::Path) -> Vec<Finding> {
    let (database, clock) = checks::database(store).await;
    let mut findings = vec![database, clock];
    // A database without this program's tables answers nothing else.
    if findings[0].state == State::Fault {
        findings.push(checks::vault_key(config, data_dir, None).await);
        return findings;
    }
    findings.push(checks::vault_key(config, data_dir, Some(store)).await);
    findings.push(checks::connectors(store).await);
    findings.push(checks::egress(store).await);
    findings
}

fn text(findings: &[Finding]) -> String {
    table(
        ["", "WHAT", "FOUND"],
        findings.iter().map(|it| {
            let found = match &it.fix {
                None => it.detail.clone(),
                Some(fix) => format!("{}; to do: {fix}", it.detail),
            };
            [it.state.as_str().to_owned(), it.name.to_owned(), found]
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_becomes_what_is_wrong_and_what_to_do() {
        let failure = Failure::new(
            "vault_key_open",
            "others can read it; close it with chmod 600",
        );
        let finding = Finding::failed("vault key", &failure);
        assert_eq!(finding.detail, "others can read it (vault_key_open)");
        assert_eq!(finding.fix.as_deref(), Some("close it with chmod 600"));
        let bare = Finding::failed("vault key", &Failure::new("corrupt", "all is lost"));
        assert_eq!(bare.fix.as_deref(), Some("see docs/errors/corrupt.md"));
    }
}
