//! The page of all clauses, `docs/connectors/conformance.md`, made from what is judged.

use crate::clause::Clause;

const HEAD: &str = "# Conformance

`portcullis connector test` puts a connector to the test: does it keep the contract with the gateway? It takes any component and any address, and needs no database.

```sh
portcullis connector test acme.wasm --base-url http://127.0.0.1:8081 --allow-loopback \\
  --setting site=demo --credentials-file secrets.env
```

The component runs as it does in a gateway, with every limit. The suite sits between it and the vendor, writes down what it asks, and plays the vendor's answers back with one thing changed: a word that no enumeration knows, a 503, half an answer, a secret sent back. It reads each model several times, in small pages and in large ones, asks once with credentials that are wrong on purpose, and writes nothing. With a vendor's own servers, use an account that may be read some dozen times.

A clause that cannot be judged against a vendor, say for want of records, is named as *not judged* with the reason, and is never passed for that. `--json` gives the same for programs, with what was seen of each clause that fails. Exit codes: 0 no clause fails, 1 a clause fails or the command does, 3 the vendor refuses the credentials, 4 the connector does not load or cannot validate them.

| Clause | What it demands |
| --- | --- |
";

/// The whole page, as it stands in the repository.
fn page() -> String {
    let rows = Clause::ALL
        .iter()
        .map(|clause| format!("| `{}` | {} |\n", clause.id(), clause.text()));
    format!("{HEAD}{}", rows.collect::<String>())
}

#[test]
fn the_page_names_every_clause() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/connectors/conformance.md"
    );
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &page).expect("the page is written");
    }
    let stands = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(stands, page, "UPDATE_DOCS=1 brings it up to date");
}
