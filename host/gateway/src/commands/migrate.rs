//! `portcullis migrate`: opening the database migrates it; this says to what.

use serde_json::json;

use crate::database::Database;
use crate::failure::Failure;
use crate::output::Output;

pub(super) async fn run(database: &Database, output: Output) -> Result<(), Failure> {
    let version = database.store.schema_version().await?;
    output.answer(&json!({"schema_version": version}), || {
        format!("The database has schema version {version}.")
    });
    Ok(())
}
