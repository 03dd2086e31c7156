//! What a manifest may say and what it may not.

mod common;

use std::collections::BTreeMap;

use common::{FULL, changed, full};
use portcullis_manifest::{Environment, Manifest, Version, manifest_schema};
use proptest::prelude::*;

/// Set to write the schema instead of comparing it.
const UPDATE: &str = "PORTCULLIS_UPDATE_GENERATED";

fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn each_rule_refuses_with_its_code_and_key() {
    #[rustfmt::skip]
    let cases: &[(&str, &str, &str, &str)] = &[
        // What is replaced, by what, the code, the key.
        ("id = \"acme\"", "id = acme", "manifest_syntax", "line 2"),
        ("manifest = 1", "", "manifest_version", "manifest"),
        ("manifest = 1", "manifest = 2", "manifest_version", "manifest"),
        ("access = \"groups\"", "access = \"some\"", "manifest_key", "access"),
        ("state-format = 2", "state_format = 2", "manifest_key", "state_format"),
        ("publisher = \"Acme\"", "", "manifest_key", ""),
        ("per = \"1s\"", "per = \"often\"", "manifest_key", "limit[0].per"),
        ("full-every = 24", "full-evry = 24", "manifest_key", "model[0].full-evry"),
        ("version = \"1.2.3\"", "version = \"1.2\"", "manifest_key", "version"),
        ("id = \"acme\"", "id = \"Acme\"", "name_invalid", "id"),
        ("publisher = \"Acme\"", "publisher = \"Ac\\u0000me\"", "text_invalid", "publisher"),
        ("vendor = \"ACME\"", "vendor = \"acme\"", "name_invalid", "vendor"),
        ("https://help.acme.example/api\"", "http://help.acme.example\"", "help_url_invalid", "help-url"),
        ("data:image/svg+xml;base64,PHN2Zy8+", "https://acme.example/logo.svg", "logo_invalid", "logo"),
        ("\"/tax_id\"", "\"tax_id\"", "pointer_invalid", "redact[0]"),
        ("account~1number", "account~number", "pointer_invalid", "redact[1]"),
        ("pattern = \"[a-z0-9-]{2,40}\"", "pattern = \"[a-z\"", "pattern_invalid", "field[0].pattern"),
        ("pattern = \"[a-z0-9-]{2,40}\"", "", "host_setting", "egress[1].host"),
        ("name = \"username\"", "name = \"server\"", "name_twice", "field[3].name"),
        ("name = \"username\"", "name = \"user-name\"", "name_invalid", "field[3].name"),
        ("name = \"token\"", "name = \"apiKey\"", "name_twice", "session.secret[0].name"),
        ("when-secret = \"password\"", "when-secret = \"username\"", "secret_unknown", "session.when-secret"),
        ("label = \"User name and password\"\none-of = \"login\"", "label = \"x\"\none-of = \"other\"", "alternative_single", "group[0].one-of"),
        ("group = \"key\"", "group = \"keys\"", "group_empty", "group[0]"),
        ("hosts-of = [\"server\"]\ngroup = \"user\"", "group = \"users\"", "group_unknown", "field[4].group"),
        ("hosts = [\"auth.acme.example\"]\nhosts-of = [\"server\"]\n", "", "secret_hosts_missing", "field[4].hosts"),
        ("hosts = [\"auth.acme.example\"]", "hosts = [\"auth.evil.example\"]", "secret_hosts_outside", "field[4].hosts[0]"),
        ("hosts = [\"auth.acme.example\"]", "hosts = [\"a.b.acme.example\"]", "secret_hosts_outside", "field[4].hosts[0]"),
        ("label = \"User name\"\n", "label = \"User name\"\nhosts = [\"auth.acme.example\"]\n", "setting_hosts", "field[3].hosts"),
        ("host = \"*.acme.example\"", "host = \"*.example\"", "host_invalid", "egress[0].host"),
        ("host = \"*.acme.example\"", "host = \"api.*.acme.example\"", "host_invalid", "egress[0].host"),
        ("host = \"*.acme.example\"", "host = \"*.{companyId}.acme.example\"", "host_invalid", "egress[0].host"),
        ("host = \"*.acme.example\"", "host = \"acme.{companyId}\"", "host_invalid", "egress[0].host"),
        ("host = \"*.acme.example\"", "host = \"10.0.0.1\"", "host_invalid", "egress[0].host"),
        ("host = \"*.acme.example\"", "host = \"Api.acme.example\"", "host_invalid", "egress[0].host"),
        ("host = \"*.acme.example\"", "host = \"api.acme.example:443\"", "host_invalid", "egress[0].host"),
        ("host = \"*.acme.example\"", "host = \"{username}.acme.example\"", "host_setting", "egress[0].host"),
        ("host = \"*.acme.example\"", "host = \"{apiKey}.acme.example\"", "host_setting", "egress[0].host"),
        ("host = \"*.acme.example\"", "port = 443", "egress_ambiguous", "egress[0]"),
        ("host-of = \"server\"", "host-of = \"username\"", "url_setting", "egress[2].host-of"),
        ("host-of = \"server\"", "host = \"api.acme.example\"", "secret_hosts_outside", "field[4].hosts-of[0]"),
        ("port = 8443", "port = 0", "number_invalid", "egress[1].port"),
        ("https://sandbox.acme.example/v1/", "http://sandbox.acme.example", "base_url_invalid", "environments.sandbox.base-url"),
        ("https://sandbox.acme.example/v1/", "https://acme.example", "base_url_outside", "environments.sandbox.base-url"),
        ("https://sandbox.acme.example/v1/", "https://u:p@x.acme.example", "base_url_invalid", "environments.sandbox.base-url"),
        ("https://sandbox.acme.example/v1/", "https://x.acme.example/?a=b", "base_url_invalid", "environments.sandbox.base-url"),
        ("base-url = \"https://{companyId}.acme.example\"", "", "base_url_ambiguous", "environments.production"),
        ("base-url = \"https://{companyId}.acme.example\"", "base-url-setting = \"companyId\"", "url_setting", "environments.production.base-url-setting"),
        ("[environments.production]", "[environments.staging]", "manifest_key", "environments"),
        ("requests = 10\n", "requests = 0\n", "number_invalid", "limit[0].requests"),
        ("per = \"1s\"", "per = \"0s\"", "number_invalid", "limit[0].per"),
        ("concurrency = 4", "concurrency = 0", "number_invalid", "limit[0].concurrency"),
        ("name = \"reports\"\nrequests", "name = \"default\"\nrequests", "name_twice", "limit[1].name"),
        ("opens = 10", "opens = 0", "number_invalid", "session.minting.opens"),
        ("memory-mib = 64", "memory-mib = 0", "number_invalid", "budget.memory-mib"),
        ("memory-mib = 64", "memory-mib = 5000", "number_invalid", "budget.memory-mib"),
        ("memory-mib = 64", "memory-mib = -1", "manifest_key", "budget.memory-mib"),
        ("name = \"parking_spots\"", "name = \"parking-spots\"", "name_invalid", "model[4].name"),
        ("name = \"parking_spots\"", "name = \"leases\"", "name_twice", "model[4].name"),
        ("schema = \"acme-parking/3\"", "schema = \"acme-parking\"", "schema_invalid", "model[4].schema"),
        ("schema = \"acme-parking/3\"", "schema = \"acme-parking/03\"", "schema_invalid", "model[4].schema"),
        ("schema = \"acme-parking/3\"", "schema = \"unit/1\"", "schema_mismatch", "model[4].schema"),
        ("schema = \"lease/1\"", "schema = \"acme-lease/1\"", "schema_mismatch", "model[2].schema"),
        ("after = [\"units\"]\ngroup = \"people\"", "", "access_group", "model[2].group"),
        ("access = \"groups\"", "access = \"per-model\"", "access_group", "model[0].group"),
        ("after = [\"units\"]", "after = [\"owners\"]", "model_unknown", "model[2].after[0]"),
        ("after = [\"units\"]", "after = [\"leases\"]", "model_self", "model[2].after[0]"),
        ("after = [\"units\"]", "after = [\"applicants\"]", "model_unsupported", "model[2].after[0]"),
        ("after = [\"units\"]", "after = [\"residents\"]", "model_cycle", "model"),
        ("model = \"properties\", fields", "model = \"owners\", fields", "model_unknown", "model[1].partitioned-by.model"),
        ("model = \"properties\", fields", "model = \"residents\", fields", "partition_field", "model[1].partitioned-by.fields[0]"),
        ("{ model = \"properties\", fields = [\"code\"] }", "{ model = \"residents\" }", "model_cycle", "model"),
        ("unique-within = \"property\"", "unique-within = \"building\"", "manifest_key", "model[1].unique-within"),
        ("with = \"leases\"\nprobe = true", "probe = true", "probe_useless", "model[3].probe"),
        ("with = \"leases\"", "with = \"lease\"", "model_unknown", "model[3].with"),
        ("schema = \"acme-parking/3\"\nincremental = \"date\"", "schema = \"acme-parking/3\"\nwith = \"residents\"", "companion_lead", "model[4].with"),
        ("name = \"leases\"\n", "name = \"leases\"\nenabled = false\n", "companion_enabled", "model[3].with"),
        ("with = \"leases\"", "with = \"leases\"\npartitioned-by = { model = \"units\" }", "companion_partition", "model[3].with"),
        ("incremental = \"timestamp\"\n", "", "full_every_useless", "model[0].full-every"),
        ("[x-notes]", "[notes]", "manifest_key", "notes"),
    ];
    for (from, to, code, key) in cases {
        let error = changed(from, to).expect_err(&format!("{from} -> {to}"));
        assert_eq!(
            (error.code(), error.key.as_str()),
            (*code, *key),
            "{from} -> {to}: {error}"
        );
        assert!(!error.message.is_empty());
    }
}

#[test]
fn a_manifest_answers_what_the_host_asks() {
    let manifest = full();
    assert!(manifest.version > Version::new(1, 2, 2));
    assert_eq!(manifest.state_format, 2);
    assert_eq!(
        (manifest.budget.memory_mib, manifest.budget.wall_s),
        (64, 60)
    );
    assert!(
        manifest.model("residents").unwrap().probe
            && !manifest.model("applicants").unwrap().supported
    );

    let none = BTreeMap::new();
    let all = settings(&[
        ("companyId", "north"),
        ("server", "https://pms.north.example:9443/reports"),
    ]);
    let sandbox = Some("https://sandbox.acme.example/v1".to_owned());
    assert_eq!(manifest.base_url(Environment::Sandbox, &none), sandbox);
    assert_eq!(manifest.base_url(Environment::Production, &none), None);
    assert_eq!(
        manifest.base_url(Environment::Production, &all).as_deref(),
        Some("https://north.acme.example")
    );

    assert_eq!(manifest.egress_hosts(&none), ["*.acme.example"]);
    assert_eq!(
        manifest.egress_hosts(&all),
        [
            "*.acme.example",
            "north.acme.example:8443",
            "pms.north.example:9443"
        ]
    );
    assert_eq!(
        manifest.secret_hosts("password", &all),
        ["auth.acme.example", "pms.north.example:9443"]
    );
    assert_eq!(
        manifest.secret_hosts("token", &none),
        ["sandbox.acme.example"]
    );
    assert!(manifest.secret_hosts("other", &all).is_empty());

    // A value that would name another host names none.
    let hostile = settings(&[
        ("companyId", "evil.example/"),
        ("server", "http://pms.north.example"),
    ]);
    assert_eq!(manifest.base_url(Environment::Production, &hostile), None);
    assert_eq!(manifest.egress_hosts(&hostile), ["*.acme.example"]);
}

#[test]
fn a_loopback_base_url_may_be_plain() {
    for url in [
        "http://127.0.0.1:8080",
        "http://localhost:1",
        "http://[::1]:9/x",
    ] {
        let manifest = changed("https://sandbox.acme.example/v1/", url).unwrap();
        assert_eq!(
            manifest
                .base_url(Environment::Sandbox, &BTreeMap::new())
                .as_deref(),
            Some(url)
        );
    }
}

#[test]
fn a_manifest_survives_json_and_the_schema_takes_it() {
    let manifest = full();
    let json = serde_json::to_value(&manifest).unwrap();
    assert_eq!(json["limit"][0]["per"], "1s");
    let schema = jsonschema::validator_for(&manifest_schema()).unwrap();
    assert!(
        schema.is_valid(&json),
        "{:?}",
        schema
            .iter_errors(&json)
            .next()
            .map(|error| error.to_string())
    );
    let mut unknown = json.clone();
    unknown["nots"] = 1.into();
    assert!(!schema.is_valid(&unknown));
    unknown.as_object_mut().unwrap().remove("nots");
    unknown["x-notes"] = serde_json::json!({ "any": 1 });
    assert!(schema.is_valid(&unknown));
    assert_eq!(serde_json::from_value::<Manifest>(json).unwrap(), manifest);
}

#[test]
fn the_committed_schema_is_current() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("manifest.schema.json");
    let text = serde_json::to_string_pretty(&manifest_schema()).unwrap() + "\n";
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "stale; run the test again with {UPDATE}=1"
    );
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        let _ = Manifest::parse(&format!("manifest = 1\n{text}"));
    }

    /// Lines of a good manifest, some gone, some twice, some with a value of another line.
    #[test]
    fn no_shuffled_manifest_panics(edits in prop::collection::vec((0_usize..160, 0_usize..160, 0_u8..3), 1..8)) {
        let mut lines: Vec<&str> = FULL.lines().collect();
        let mut owned: Vec<String> = Vec::new();
        for (at, other, kind) in edits {
            let (at, other) = (at % lines.len(), other % lines.len());
            match kind {
                0 => { lines.remove(at); }
                1 => lines.insert(at, lines[other]),
                _ => if let (Some((key, _)), Some((_, value))) = (lines[at].split_once(" = "), lines[other].split_once(" = ")) {
                    owned.push(format!("{key} = {value}"));
                    lines[at] = "";
                },
            }
        }
        let text = lines.join("\n") + "\n" + &owned.join("\n");
        if let Ok(manifest) = Manifest::parse(&text) {
            let values = settings(&[("companyId", "north"), ("server", "https://x.example")]);
            // Whatever was accepted holds its promise: a secret goes nowhere that requests may not go.
            let egress = manifest.egress_hosts(&values);
            for field in &manifest.fields {
                for host in manifest.secret_hosts(&field.name, &values) {
                    let (_, parent) = host.split_once('.').unwrap();
                    prop_assert!(egress.contains(&host) || egress.contains(&format!("*.{parent}")), "{host} {egress:?}");
                }
            }
        }
    }
}
