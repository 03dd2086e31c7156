//! What people see, and what programs read from `demo.json`.

use std::collections::BTreeMap;
use std::io::Write;

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

/// Everything that somebody needs to use the running demonstration.
#[derive(Debug, Serialize)]
pub(crate) struct Ready {
    pub(crate) base_url: String,
    pub(crate) api_key: String,
    pub(crate) admin_key: String,
    pub(crate) console_url: String,
    pub(crate) account_id: String,
    pub(crate) integration_id: String,
    pub(crate) simulator_url: String,
    pub(crate) simulator_control_url: String,
    pub(crate) counts: BTreeMap<String, u64>,
}

/// A line on standard output. A reader that has gone away is no error.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// A line on standard error.
pub(crate) fn error(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// The heading of a step.
pub(crate) fn step(number: u8, what: &str) {
    say(&format!("\n{number}. {what}"));
}

/// Prints what was read beside what is there; true when both are equal.
pub(crate) fn table(counts: &BTreeMap<String, u64>, truth: &BTreeMap<String, u64>) -> bool {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(["MODEL", "READ BY API", "IN THE PMS", ""]);
    let models: std::collections::BTreeSet<&String> = counts.keys().chain(truth.keys()).collect();
    for model in models {
        let (read, there) = (counts.get(model), truth.get(model));
        let number = |n: Option<&u64>| n.map_or_else(|| "-".to_owned(), ToString::to_string);
        let word = if read == there { "equal" } else { "DIFFERENT" };
        table.add_row([model.clone(), number(read), number(there), word.to_owned()]);
    }
    for column in table.column_iter_mut().skip(1).take(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    say(&format!("\n{table}"));
    counts == truth
}

/// What to do next, ready to paste.
pub(crate) fn next_steps(ready: &Ready) {
    let Ready {
        base_url,
        api_key,
        admin_key,
        console_url,
        integration_id,
        ..
    } = ready;
    say(&format!(
        "
Everything is ready. Try:

  curl -s -H 'Authorization: Bearer {api_key}' '{base_url}/v1/units/?limit=2'
  curl -s -H 'Authorization: Bearer {api_key}' '{base_url}/v1/leases/?order-by=created_at:asc&limit=1'
  curl -s -H 'Authorization: Bearer {admin_key}' '{base_url}/v1/admin/integrations/{integration_id}/data-access'
  curl -s -H 'Authorization: Bearer {admin_key}' '{base_url}/v1/admin/integrations/{integration_id}/syncs'

  console        {console_url}
                 (this link makes your user, once; then it is {base_url}/)
  reference      {base_url}/docs
  addresses      .portcullis/demo.json

Ctrl-C ends it."
    ));
}
