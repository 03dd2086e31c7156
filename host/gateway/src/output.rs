//! Answers on standard output, errors on standard error; with `--json` both are JSON.

use std::io::Write;
use std::process::ExitCode;

use clap::CommandFactory;
use comfy_table::Table;
use serde_json::{Value, json};

use crate::failure::Failure;

/// The exit code of a command line that cannot be understood (`EX_USAGE`): 2 already says "partial" elsewhere.
const USAGE: u8 = 64;

/// Where a subcommand's answer goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// An answer: as JSON, or as the text that `text` makes.
    pub(crate) fn answer(self, json: &Value, text: impl FnOnce() -> String) {
        if self.json {
            write_out(&format!("{json:#}"));
        } else {
            write_out(text().trim_end());
        }
    }

    /// Something that happened while serving: as JSON one line, so that programs can read line by line.
    pub(crate) fn event(self, json: &Value, text: impl FnOnce() -> String) {
        if self.json {
            write_out(&json.to_string());
        } else {
            write_out(&text());
        }
    }

    /// A line about what is going on, for people alone.
    pub(crate) fn progress(self, line: &str) {
        if !self.json {
            write_err(line);
        }
    }

    /// What went wrong.
    pub(crate) fn failure(self, failure: &Failure) {
        if self.json {
            let error = json!({"error": {"code": failure.code(), "message": failure.sentence()}});
            write_out(&error.to_string());
        }
        write_err(&format!(
            "error: {} ({})",
            failure.sentence(),
            failure.code()
        ));
    }
}

/// Prints what clap has to say: help and version as answers, the rest as one sentence and the usage.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        write_err(error.render().to_string().trim_end());
        ExitCode::from(USAGE)
    } else {
        write_out(error.render().to_string().trim_end());
        ExitCode::SUCCESS
    }
}

/// Prints the completions of a shell. They are a program: `--json` changes nothing about them.
pub(crate) fn completions(shell: clap_complete::Shell) {
    let mut text = Vec::new();
    clap_complete::generate(
        shell,
        &mut crate::cli::Cli::command(),
        "portcullis",
        &mut text,
    );
    write_out(String::from_utf8_lossy(&text).trim_end());
}

/// A table without frames, as `ps` and `ls` print them.
pub(crate) fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(header);
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

/// Writes a line; a reader that has gone away (`| head`) is no error.
fn write_out(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

fn write_err(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_align() {
        let text = table(
            ["MODEL", "N"],
            [
                ["units".to_owned(), "2".to_owned()],
                ["x".to_owned(), "30".to_owned()],
            ],
        );
        assert_eq!(text, "MODEL  N\nunits  2\nx      30\n");
    }
}
