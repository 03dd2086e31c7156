//! What lies within what was approved.

mod common;

use std::collections::BTreeSet;

use common::{changed, full};
use portcullis_manifest::{Egress, Grants, LimitScope, Manifest, SecretGrant, Widening};
use proptest::prelude::*;

fn imports() -> Vec<String> {
    vec![
        "portcullis:connector/http@0.1.0".to_owned(),
        "wasi:io/streams@0.2.6".to_owned(),
    ]
}

fn of(manifest: &Manifest) -> Grants {
    Grants::of(manifest, &imports())
}

fn widened(approved: &Grants, wanted: &Grants) -> BTreeSet<&'static str> {
    approved
        .difference(wanted)
        .iter()
        .map(|difference| difference.what.as_str())
        .collect()
}

#[test]
fn each_widening_is_named() {
    let cases = [
        (
            "host = \"*.acme.example\"",
            "host = \"*.acme.example\"\n[[egress]]\nhost = \"a.b.acme.example\"",
            Widening::Egress,
        ),
        ("port = 8443", "port = 9443", Widening::Egress),
        (
            "hosts = [\"auth.acme.example\"]",
            "hosts = [\"*.acme.example\"]",
            Widening::SecretHosts,
        ),
        (
            "name = \"token\"",
            "name = \"ticket\"",
            Widening::SecretHosts,
        ),
        (
            "pattern = \"[a-z0-9-]{2,40}\"",
            "pattern = \".*\"",
            Widening::HostSetting,
        ),
        ("requests = 10\n", "requests = 11\n", Widening::Limit),
        (
            "per = \"1h\"\nscope",
            "per = \"59m\"\nscope",
            Widening::Limit,
        ),
        ("concurrency = 4", "", Widening::Limit),
        ("scope = \"connector\"", "", Widening::Limit),
        ("memory-mib = 64", "memory-mib = 65", Widening::Budget),
        ("requests = 40", "requests = 41", Widening::Budget),
    ];
    let approved = of(&full());
    for (from, to, what) in cases {
        let wider = of(&changed(from, to).unwrap());
        assert_eq!(
            widened(&approved, &wider),
            BTreeSet::from([what.as_str()]),
            "{from} -> {to}"
        );
    }
    let more = Grants::of(&full(), &["wasi:filesystem/types@0.2.6".to_owned()]);
    assert_eq!(widened(&approved, &more), BTreeSet::from(["import"]));
}

#[test]
fn what_narrows_or_stays_is_no_difference() {
    let approved = of(&full());
    for (from, to) in [
        ("version = \"1.2.3\"", "version = \"2.0.0\""),
        ("requests = 10\n", "requests = 9\n"),
        ("per = \"1s\"", "per = \"2s\""),
        ("concurrency = 4", "concurrency = 1"),
        ("memory-mib = 64", "memory-mib = 32"),
        (
            "[[egress]]\nhost = \"*.acme.example\"",
            "[[egress]]\nhost = \"*.acme.example\"\n[[egress]]\nhost = \"api.acme.example\"",
        ),
    ] {
        let narrower = of(&changed(from, to).unwrap());
        assert_eq!(approved.difference(&narrower), [], "{from} -> {to}");
    }
    // A later patch of the same interface is the same import; another minor version of 0.x is not.
    let rebuilt = Grants::of(
        &full(),
        &[
            "portcullis:connector/http@0.1.7".to_owned(),
            "wasi:io/streams@0.2.9".to_owned(),
        ],
    );
    assert_eq!(approved.difference(&rebuilt), []);
    let later = Grants::of(&full(), &["portcullis:connector/http@0.2.0".to_owned()]);
    assert_eq!(widened(&approved, &later), BTreeSet::from(["import"]));
}

#[test]
fn nothing_lies_within_no_approval_and_json_keeps_all() {
    let wanted = of(&full());
    let kinds = widened(&Grants::default(), &wanted);
    assert_eq!(
        kinds,
        BTreeSet::from(["budget", "egress", "host_setting", "import", "secret_hosts"])
    );
    let json = serde_json::to_string(&wanted).unwrap();
    assert_eq!(serde_json::from_str::<Grants>(&json).unwrap(), wanted);
}

/// Hosts of a small world, so that wildcards meet what they cover.
fn host() -> impl Strategy<Value = String> {
    (
        prop::sample::select(vec!["*", "a", "b", "{s}"]),
        prop::sample::select(vec!["x.example", "y.example"]),
    )
        .prop_map(|(first, rest)| format!("{first}.{rest}"))
}

fn grants() -> impl Strategy<Value = Grants> {
    let egress = prop::collection::vec((host(), prop::option::of(440_u16..445)), 0..4);
    let secrets = prop::collection::btree_map("[pq]", prop::collection::vec(host(), 1..3), 0..3);
    let limit = (
        1_u32..20,
        1_u64..5_000,
        prop::option::of(1_u32..9),
        any::<bool>(),
    );
    let numbers = (1_u32..200, 1_u64..20_000);
    (
        egress,
        secrets,
        prop::collection::btree_map("[lm]", limit, 0..3),
        numbers,
        prop::collection::btree_set("[e-h]", 0..4),
    )
        .prop_map(|(egress, secrets, limits, (memory_mib, cpu_ms), imports)| {
            let mut grants = of(&full());
            grants.egress = egress
                .into_iter()
                .map(|(host, port)| Egress {
                    host: Some(host),
                    host_of: None,
                    port,
                })
                .collect();
            grants.secrets = secrets
                .into_iter()
                .map(|(name, hosts)| {
                    (
                        name,
                        SecretGrant {
                            hosts,
                            hosts_of: Vec::new(),
                        },
                    )
                })
                .collect();
            let template = grants.limits.remove(0);
            grants.limits = limits
                .into_iter()
                .map(|(name, (requests, per_ms, concurrency, shared))| {
                    let scope = if shared {
                        LimitScope::Connector
                    } else {
                        LimitScope::Credential
                    };
                    let mut limit = template.clone();
                    (limit.name, limit.requests, limit.per_ms) = (name, requests, per_ms);
                    (limit.concurrency, limit.scope) = (concurrency, scope);
                    limit
                })
                .collect();
            let budget = grants.budget.as_mut().expect("a manifest has a budget");
            (budget.memory_mib, budget.cpu_ms) = (memory_mib, cpu_ms);
            grants.imports = imports;
            grants
        })
}

proptest! {
    #[test]
    fn grants_lie_within_themselves(grants in grants()) {
        prop_assert_eq!(grants.difference(&grants), []);
    }

    /// Approving in steps admits no more than approving at once.
    #[test]
    fn lying_within_is_transitive(a in grants(), b in grants(), c in grants()) {
        if a.difference(&b).is_empty() && b.difference(&c).is_empty() {
            prop_assert_eq!(a.difference(&c), []);
        }
    }

    #[test]
    fn widening_any_part_is_a_difference(approved in grants(), part in 0_u8..7) {
        let mut wanted = approved.clone();
        match part {
            0 => wanted.egress.push(Egress { host: Some("z.example".to_owned()), ..Egress::default() }),
            1 => { wanted.secrets.entry("p".to_owned()).or_default().hosts.push("c.z.example".to_owned()); }
            2 => { wanted.host_settings.insert("s".to_owned(), ".*".to_owned()); }
            3 => { wanted.imports.insert("z".to_owned()); }
            4 => wanted.budget.as_mut().unwrap().memory_mib += 1,
            5 => wanted.budget.as_mut().unwrap().cpu_ms += 1,
            _ => {
                prop_assume!(!approved.limits.is_empty());
                wanted.limits[0].requests += 1;
            }
        }
        prop_assert!(!approved.difference(&wanted).is_empty());
    }
}
