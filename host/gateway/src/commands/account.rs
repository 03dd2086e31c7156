//! `portcullis account …`.

use serde_json::json;

use crate::cli::Account;
use crate::database::Database;
use crate::failure::Failure;
use crate::output::{Output, table};

pub(super) async fn run(
    command: Account,
    database: &Database,
    output: Output,
) -> Result<(), Failure> {
    match command {
        Account::Create { name } => {
            let account = database.store.create_account(&name).await?;
            let detail = json!({"name": name});
            super::audit(
                database,
                Some(&account.id),
                "account.create",
                &account.id,
                detail,
            )
            .await?;
            output.answer(&json!(account), || {
                format!(
                    "Created account {} ({name}).\nIts first key: portcullis key create admin --role admin --account {0}",
                    account.id
                )
            });
        }
        Account::List => {
            let accounts = database.store.list_accounts().await?;
            output.answer(&json!({"accounts": accounts}), || {
                table(
                    ["ID", "NAME", "CREATED"],
                    accounts.iter().map(|account| {
                        [
                            account.id.clone(),
                            account.name.clone(),
                            super::time(account.created_at),
                        ]
                    }),
                )
            });
        }
    }
    Ok(())
}
