//! Writes down which error codes the tests were really answered with.
//!
//! Each code is an empty file in `target/raised-codes`. After all tests `scripts/raised-codes.sh` compares them with
//! the pages of `docs/errors`: a code that no test ever met is a failure.

use std::path::PathBuf;

use serde_json::Value;

/// A folder below the target folder that this test was built in.
fn folder(name: &str) -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    // `target/debug/deps/TEST`
    Some(program.ancestors().nth(3)?.join(name))
}

/// Leaves a figure of a test in `target/api/NAME.json`, where `make api-check` puts the figures together.
///
/// # Panics
///
/// When it cannot be written.
pub fn report(name: &str, figures: &Value) {
    let Some(folder) = folder("api") else { return };
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(folder.join(format!("{name}.json")), format!("{figures}\n")))
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
}

/// Writes down one code.
///
/// # Panics
///
/// When the file cannot be written: a code that is lost would be taken for one that is never raised.
pub fn record(code: &str) {
    let name = !code.is_empty()
        && code
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let Some(folder) = folder("raised-codes").filter(|_| name) else {
        return;
    };
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(folder.join(code), ""))
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
}

/// Writes down every `code` and `error_code` of an answer, however deep.
pub fn record_all(answer: &Value) {
    match answer {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(code) if name == "code" || name == "error_code" => record(code),
                    other => record_all(other),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(record_all),
        _ => {}
    }
}

/// Writes down the code at the end of a command's one sentence, `error: … (code)`.
pub fn record_sentence(sentence: &str) {
    if let Some((_, code)) = sentence.trim_end().rsplit_once('(') {
        record(code.trim_end_matches(')'));
    }
}
