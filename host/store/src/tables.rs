//! What the database itself says about its tables: their order, for those who empty or fill all of them.

use crate::StoreError;
use sqlx::PgConnection;

/// A table and another one that it refers to.
pub(crate) type Reference = (String, String);

/// Every reference between two tables.
pub(crate) async fn references(
    connection: &mut PgConnection,
) -> Result<Vec<Reference>, StoreError> {
    Ok(sqlx::query_as(
        "select distinct conrelid::regclass::text, confrelid::regclass::text from pg_constraint
         where contype = 'f' and conrelid <> confrelid",
    )
    .fetch_all(connection)
    .await?)
}

/// The tables in an order in which each comes before those that it refers to.
///
/// # Errors
/// `Corrupt` when tables refer to each other in a circle: no migration makes such.
pub(crate) fn children_first(
    mut waiting: Vec<String>,
    references: &[Reference],
) -> Result<Vec<String>, StoreError> {
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let (blocked, free): (Vec<String>, Vec<String>) =
            waiting.iter().cloned().partition(|table| {
                references
                    .iter()
                    .any(|(from, to)| to == table && waiting.contains(from))
            });
        if free.is_empty() {
            return Err(StoreError::Corrupt(
                "tables refer to each other in a circle",
            ));
        }
        ordered.extend(free);
        waiting = blocked;
    }
    Ok(ordered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn each_comes_before_what_it_refers_to() {
        let refers = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        let references = [
            refers("run", "sync"),
            refers("sync", "integration"),
            refers("secret", "data_key"),
            refers("data_key", "integration"),
        ];
        let tables = texts(&["data_key", "integration", "run", "secret", "sync"]);
        let ordered = children_first(tables.clone(), &references).unwrap();
        let place = |name: &str| ordered.iter().position(|it| it == name).unwrap();
        for (from, to) in &references {
            assert!(place(from) < place(to), "{ordered:?}");
        }
        let circle = [refers("run", "sync"), refers("sync", "run")];
        assert!(children_first(tables, &circle).is_err());
    }
}
