//! `portcullis export`: every record of a model on standard output, as `GET /v1/{model}?format=…` answers it.

use std::io::{ErrorKind, Write as _};

use portcullis_api::Exporting;
use portcullis_model::MODELS;
use portcullis_service::{Principal, RecordQuery, Service, ServiceConfig};

use crate::cli::Export;
use crate::config::Config;
use crate::database::Database;
use crate::failure::Failure;
use crate::output::Output;

pub(super) async fn run(
    wanted: Export,
    config: &Config,
    database: &Database,
    output: Output,
) -> Result<(), Failure> {
    let Some(model) = MODELS.iter().find(|model| model.name == wanted.model) else {
        let names: Vec<&str> = MODELS.iter().map(|model| model.name).collect();
        return Err(Failure::new(
            "unknown_model",
            format!(
                "there is no model {}; there are {}",
                wanted.model,
                names.join(", ")
            ),
        ));
    };
    let account = database.account(wanted.account.account.as_deref()).await?;
    let environment = match &wanted.integration {
        // The integration says which environment it is of.
        Some(id) => {
            super::integration::row(database, &account.id, id)
                .await?
                .environment
        }
        None => wanted.environment.into(),
    };
    let mut pairs = wanted.with;
    pairs.push(("format".to_owned(), wanted.format.as_str().to_owned()));
    pairs.extend(
        wanted
            .integration
            .map(|id| ("integration_id".to_owned(), id)),
    );
    let names: std::collections::BTreeSet<&str> =
        pairs.iter().map(|(name, _)| name.as_str()).collect();
    if names.len() < pairs.len() {
        return Err(Failure::new(
            "duplicate_parameter",
            "a parameter is given more than once; --integration and --format have options of their own",
        ));
    }
    let query = RecordQuery::parse(model, &pairs)?;
    let vault = database.vault(config, output).await?;
    let service_config = ServiceConfig {
        allow_loopback: config.egress.allow_loopback,
    };
    let service = Service::new(&database.store, vault, service_config);
    let principal = Principal::operator(account.id, environment);
    let mut exporting = Exporting::start(&service, &principal, query, ()).await?;
    while let Some(bytes) = exporting.next().await? {
        let mut out = std::io::stdout().lock();
        match out.write_all(&bytes).and_then(|()| out.flush()) {
            Ok(()) => {}
            // Whoever reads has seen enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
            Err(error) => {
                return Err(Failure::new(
                    "file_unwritable",
                    format!("standard output takes no more: {error}"),
                ));
            }
        }
    }
    Ok(())
}
