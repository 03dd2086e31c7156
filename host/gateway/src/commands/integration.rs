//! `portcullis integration …`: the use cases of the service, as an operator.

mod input;
mod logs;
mod tables;
mod upkeep;

use std::process::ExitCode;
use std::time::Duration;

use portcullis_service::{
    CreateIntegration, IntegrationFilter, Principal, ScheduleInput, Service, ServiceConfig,
    StartBackSync, StartSync, SyncView,
};
use portcullis_store::{Environment, IntegrationRow};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use self::input::{cadence, kept, named};
use self::tables::{access_exit, access_table, list, schedule_table, sync_table};
use super::{LOOK_EVERY, NOBODY_WORKS};
use crate::cli::{Integration, OnOff, Which};
use crate::config::Config;
use crate::database::Database;
use crate::failure::Failure;
use crate::output::Output;

/// Integrations that one list shows.
const MOST: u64 = 10_000;
/// Exit code: some models.
const PARTIAL: u8 = 2;
/// Exit code: the vendor refuses the credentials.
const REFUSED: u8 = 3;

pub(super) async fn run(
    command: Integration,
    config: &Config,
    database: &Database,
    output: Output,
) -> Result<ExitCode, Failure> {
    let vault = database.vault(config, output).await?;
    let service_config = ServiceConfig {
        allow_loopback: config.egress.allow_loopback,
    };
    let desk = Desk {
        service: Service::new(&database.store, vault, service_config),
        database,
        output,
    };
    match command {
        Integration::Add {
            name,
            account,
            vendor,
            environment,
            values,
            base_url,
            wait,
        } => {
            let account = database.account(account.account.as_deref()).await?;
            let principal = Principal::operator(account.id, environment.into());
            let fields = values.secrets()?.into_iter().chain(values.settings);
            let input = CreateIntegration {
                name,
                vendor,
                environment: None,
                base_url,
                credentials: fields
                    .map(|(name, value)| (name, Value::String(value)))
                    .collect::<Map<_, _>>(),
            };
            let view = desk.service.create_integration(&principal, input).await?;
            if wait.wait {
                output.progress(&format!(
                    "Added {} ({}); checking its credentials",
                    view.id, view.name
                ));
                return desk.watch_check(&principal, &view.id).await;
            }
            output.answer(&json!(view), || {
                format!(
                    "Added {} ({}). Its credentials are being checked: portcullis integration check {0} --wait",
                    view.id, view.name
                )
            });
            Ok(ExitCode::SUCCESS)
        }
        Integration::List {
            account,
            environment,
        } => {
            let account = database.account(account.account.as_deref()).await?;
            let environments = match environment {
                Some(one) => vec![Environment::from(one)],
                None => vec![Environment::Sandbox, Environment::Production],
            };
            let mut views = Vec::new();
            for environment in environments {
                let principal = Principal::operator(account.id.clone(), environment);
                let filter = IntegrationFilter::default();
                views.extend(
                    desk.service
                        .list_integrations(&principal, &filter, MOST, 0)
                        .await?
                        .0,
                );
            }
            output.answer(&json!({"integrations": views}), || list(&views));
            Ok(ExitCode::SUCCESS)
        }
        Integration::Check(one) => {
            let principal = desk.principal(&one.which).await?;
            let id = &one.which.id;
            let running = desk
                .service
                .data_access(&principal, id)
                .await?
                .data_access_check_in_process;
            // The check that adding it started is as good as a new one.
            if !(running && one.wait.wait) {
                desk.service.check_data_access(&principal, id).await?;
            }
            if one.wait.wait {
                return desk.watch_check(&principal, id).await;
            }
            let access = desk.service.data_access(&principal, id).await?;
            output.answer(&json!(access), || format!("The check of {id} has begun."));
            Ok(ExitCode::SUCCESS)
        }
        Integration::Enable(one) => {
            let principal = desk.principal(&one.which).await?;
            let enabled = desk
                .service
                .enable_integration(&principal, &one.which.id)
                .await?;
            for skipped in &enabled.will_skip {
                output.progress(&format!(
                    "{} is left out ({}): {}",
                    skipped.model, skipped.label, skipped.message
                ));
            }
            if one.wait.wait {
                return desk.watch_sync(&principal, &enabled.sync_id).await;
            }
            output.answer(&json!(enabled), || {
                format!(
                    "Enabled {}. Sync {} reads {}.",
                    one.which.id,
                    enabled.sync_id,
                    enabled.will_read.join(", ")
                )
            });
            Ok(ExitCode::SUCCESS)
        }
        Integration::Disable { which } => {
            let principal = desk.principal(&which).await?;
            let view = desk
                .service
                .disable_integration(&principal, &which.id)
                .await?;
            output.answer(&json!(view), || {
                format!("Disabled {}. Its data and cursors stay.", view.id)
            });
            Ok(ExitCode::SUCCESS)
        }
        Integration::Sync { one, models } => {
            let principal = desk.principal(&one.which).await?;
            let start = StartSync {
                models: named(models),
            };
            let id = &one.which.id;
            let sync = desk.service.start_sync(&principal, id, start).await?;
            desk.begun(&principal, sync, one.wait.wait).await
        }
        Integration::BackSync {
            one,
            models,
            start,
            end,
        } => {
            let principal = desk.principal(&one.which).await?;
            let start = StartBackSync {
                models: named(models),
                start,
                end,
            };
            let id = &one.which.id;
            let sync = desk.service.start_back_sync(&principal, id, start).await?;
            desk.begun(&principal, sync, one.wait.wait).await
        }
        Integration::Cancel { which } => {
            let principal = desk.principal(&which).await?;
            let (syncs, _) = desk
                .service
                .list_syncs(&principal, &which.id, 10, 0)
                .await?;
            let mut stopped = Vec::new();
            for sync in syncs.iter().filter(|sync| sync.finished_at.is_none()) {
                stopped.push(desk.service.cancel_sync(&principal, &sync.id).await?);
            }
            output.answer(&json!({"syncs": stopped}), || {
                let ids: Vec<&str> = stopped.iter().map(|sync| sync.id.as_str()).collect();
                match ids.is_empty() {
                    true => "Nothing is running.".to_owned(),
                    false => format!("Told to stop: {}.", ids.join(", ")),
                }
            });
            Ok(ExitCode::SUCCESS)
        }
        Integration::Logs {
            which,
            lines,
            follow,
        } => {
            let principal = desk.principal(&which).await?;
            logs::run(&desk, &principal, &which.id, lines, follow).await
        }
        Integration::Rename { which, name } => {
            let principal = desk.principal(&which).await?;
            let view = desk
                .service
                .rename_integration(&principal, &which.id, &name)
                .await?;
            output.answer(&json!(view), || {
                format!("{} is called {}.", view.id, view.name)
            });
            Ok(ExitCode::SUCCESS)
        }
        Integration::Originals { which, keep } => {
            let principal = desk.principal(&which).await?;
            let view = desk
                .service
                .keep_originals(&principal, &which.id, keep == OnOff::On)
                .await?;
            output.answer(&json!(view), || match view.keeps_originals {
                true => format!("{} keeps the vendor's own records from now on.", view.id),
                false => format!("{} keeps none of the vendor's own records.", view.id),
            });
            Ok(ExitCode::SUCCESS)
        }
        Integration::Erase { which, name } => {
            let principal = desk.principal(&which).await?;
            let erased = desk
                .service
                .erase_integration(&principal, &which.id, &name)
                .await?;
            output.answer(&json!(erased), || tables::erased(&erased));
            Ok(ExitCode::SUCCESS)
        }
        Integration::Credentials { one, values } => {
            let principal = desk.principal(&one.which).await?;
            let fields = values.secrets()?.into_iter().chain(values.settings);
            let fields: Map<String, Value> = fields
                .map(|(name, value)| (name, Value::String(value)))
                .collect();
            let id = &one.which.id;
            let access = desk
                .service
                .replace_credentials(&principal, id, &fields)
                .await?;
            if one.wait.wait {
                return desk.watch_replacement(&principal, id).await;
            }
            output.answer(&json!(access), || {
                format!(
                    "The new credentials of {id} are being checked; the old ones stay meanwhile."
                )
            });
            Ok(ExitCode::SUCCESS)
        }
        Integration::Schedule {
            which,
            every,
            cron,
            timezone,
            on_demand,
        } => {
            let principal = desk.principal(&which).await?;
            let wanted = cadence(every, cron, timezone, on_demand);
            let view = match wanted {
                None => desk.service.schedule(&principal, &which.id).await?,
                Some(own) => {
                    // What models have of their own stays.
                    let before = desk.service.schedule(&principal, &which.id).await?;
                    let input = ScheduleInput {
                        own,
                        models: before.models.into_iter().map(kept).collect(),
                    };
                    desk.service
                        .set_schedule(&principal, &which.id, input)
                        .await?
                }
            };
            output.answer(&json!(view), || schedule_table(&view));
            Ok(ExitCode::SUCCESS)
        }
        Integration::Deletes {
            which,
            confirm,
            reject,
        } => desk.deletes(&which, confirm, reject).await,
        Integration::DeadLetters {
            one,
            model,
            all,
            retry,
        } => desk.dead_letters(&one, model, all, retry).await,
        Integration::Properties {
            which,
            on,
            off,
            new,
        } => desk.properties(&which, on, off, new).await,
        Integration::Changes {
            which,
            from,
            to,
            record,
        } => desk.changes(&which, (from, to), record).await,
    }
}

/// What every subcommand here works with.
struct Desk<'d> {
    service: Service,
    database: &'d Database,
    output: Output,
}

/// An integration of an account.
pub(super) async fn row(
    database: &Database,
    account_id: &str,
    id: &str,
) -> Result<IntegrationRow, Failure> {
    let found = database.store.get_integration(account_id, id).await;
    found.map_err(|error| match error {
        portcullis_store::StoreError::NotFound => Failure::new(
            "integration_not_found",
            format!(
                "account {account_id} has no integration {id}; see `portcullis integration list`"
            ),
        ),
        other => other.into(),
    })
}

impl Desk<'_> {
    /// The operator, in the account and the environment of the integration.
    async fn principal(&self, which: &Which) -> Result<Principal, Failure> {
        let account = self
            .database
            .account(which.account.account.as_deref())
            .await?;
        let row = row(self.database, &account.id, &which.id).await?;
        Ok(Principal::operator(account.id, row.environment))
    }

    /// A sync was queued.
    async fn begun(
        &self,
        principal: &Principal,
        sync: SyncView,
        wait: bool,
    ) -> Result<ExitCode, Failure> {
        if wait {
            return self.watch_sync(principal, &sync.id).await;
        }
        self.output
            .answer(&json!(sync), || format!("Sync {} has begun.", sync.id));
        Ok(ExitCode::SUCCESS)
    }

    async fn watch_check(&self, principal: &Principal, id: &str) -> Result<ExitCode, Failure> {
        let begin = Instant::now();
        let mut told: Vec<String> = Vec::new();
        loop {
            let access = self.service.data_access(principal, id).await?;
            for (model, found) in &access.models {
                if let Some(verdict) = found.verdict
                    && found.checked_at.is_some()
                    && !told.contains(model)
                {
                    self.output.progress(&format!("  {model}: {verdict}"));
                    told.push(model.clone());
                }
            }
            if !access.data_access_check_in_process {
                self.output.answer(&json!(access), || access_table(&access));
                return Ok(access_exit(&access));
            }
            let claimed = access
                .check
                .as_ref()
                .is_some_and(|check| check.started_at.is_some());
            nobody_works(claimed, begin)?;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Waits for the word on new credentials.
    async fn watch_replacement(
        &self,
        principal: &Principal,
        id: &str,
    ) -> Result<ExitCode, Failure> {
        let begin = Instant::now();
        loop {
            let access = self.service.data_access(principal, id).await?;
            let check = access.check.as_ref();
            if let Some(check) = check.filter(|check| check.finished_at.is_some()) {
                let taken = check.outcome.as_deref() == Some("valid");
                self.output.answer(&json!(access), || {
                    let why = check.message.as_deref().unwrap_or_default();
                    match taken {
                        true => format!("{id} uses the new credentials."),
                        false => format!("The old credentials stay. {why}"),
                    }
                });
                return Ok(match taken {
                    true => ExitCode::SUCCESS,
                    false => ExitCode::from(REFUSED),
                });
            }
            nobody_works(check.is_some_and(|check| check.started_at.is_some()), begin)?;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn watch_sync(&self, principal: &Principal, sync_id: &str) -> Result<ExitCode, Failure> {
        let begin = Instant::now();
        let mut told = String::new();
        loop {
            let sync = self.service.get_sync(principal, sync_id).await?;
            if sync.finished_at.is_some() {
                self.output.answer(&json!(sync), || sync_table(&sync));
                return Ok(match sync.status {
                    "succeeded" | "succeeded_empty" => ExitCode::SUCCESS,
                    "partial" => ExitCode::from(PARTIAL),
                    _ => ExitCode::FAILURE,
                });
            }
            let line = progress(&sync);
            if line != told {
                self.output.progress(&line);
                told = line;
            }
            nobody_works(sync.started_at.is_some(), begin)?;
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// Waiting for a worker that is not there would last for ever.
fn nobody_works(claimed: bool, begin: Instant) -> Result<(), Failure> {
    if claimed || begin.elapsed() < NOBODY_WORKS {
        return Ok(());
    }
    Err(Failure::new(
        "no_worker",
        format!(
            "nobody has taken this up for {} s; is a gateway serving from this database (`portcullis serve`)?",
            Duration::as_secs(&NOBODY_WORKS)
        ),
    ))
}

fn progress(sync: &SyncView) -> String {
    let runs: Vec<String> = sync
        .runs
        .iter()
        .map(|run| {
            let rows = run.rows_new + run.rows_changed + run.rows_unchanged;
            let total = run
                .total
                .map_or_else(String::new, |total| format!("/{total}"));
            format!("{} {rows}{total} {}", run.model, run.status)
        })
        .collect();
    format!("  {}", runs.join(" · "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_without_anybody_is_enough() {
        let now = Instant::now();
        assert!(nobody_works(false, now).is_ok());
        let begin = now.checked_sub(NOBODY_WORKS).unwrap();
        assert!(nobody_works(true, begin).is_ok());
        let failure = nobody_works(false, begin).unwrap_err();
        assert_eq!(failure.code(), "no_worker");
        portcullis_test_codes::record(failure.code());
    }
}
