//! A customer's values.

mod common;

use std::collections::BTreeMap;

use common::full;
use proptest::prelude::*;

/// Names and values, or codes and names.
type Pairs = &'static [(&'static str, &'static str)];
/// Names of settings and of secrets.
type Names = (Vec<String>, Vec<String>);

/// Code and field of each problem, or the names of settings and secrets.
fn outcome(values: &[(&str, &str)]) -> Result<Names, Vec<(&'static str, String)>> {
    let values: BTreeMap<_, _> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    match full().split_fields(&values) {
        Ok(split) => Ok((
            split.settings.into_keys().collect(),
            split.secrets.into_keys().collect(),
        )),
        Err(problems) => Err(problems
            .into_iter()
            .map(|problem| (problem.code, problem.field))
            .collect()),
    }
}

#[test]
fn good_values_are_told_apart() {
    let (settings, secrets) = outcome(&[
        ("companyId", "north"),
        ("apiKey", "0123456789"),
        ("username", ""),
    ])
    .unwrap();
    assert_eq!(
        (settings, secrets),
        (vec!["companyId".to_owned()], vec!["apiKey".to_owned()])
    );
    let (settings, secrets) = outcome(&[
        ("companyId", "north"),
        ("username", "u"),
        ("password", "correct horse"),
        ("server", "https://pms.example.com"),
        ("reportKey", "12345678"),
        ("reportSecret", "12345678"),
    ])
    .unwrap();
    assert_eq!(settings, ["companyId", "server", "username"]);
    assert_eq!(secrets, ["password", "reportKey", "reportSecret"]);
}

#[test]
fn every_problem_is_named_at_its_field() {
    let cases: &[(Pairs, Pairs)] = &[
        (&[("companyId", "north")], &[("choose_one", "apiKey")]),
        (&[("apiKey", "0123456789")], &[("missing", "companyId")]),
        (
            &[("companyId", "north"), ("apiKey", "short")],
            &[("secret_too_short", "apiKey")],
        ),
        (
            &[("companyId", "NORTH"), ("apiKey", "0123456789")],
            &[("pattern", "companyId")],
        ),
        (
            &[("companyId", "a.b"), ("apiKey", "0123456789")],
            &[("invalid_host_label", "companyId")],
        ),
        (
            &[("companyId", "north"), ("username", "u")],
            &[("missing", "password")],
        ),
        (
            &[
                ("companyId", "north"),
                ("apiKey", "0123456789"),
                ("password", "0123456789"),
            ],
            &[("only_one", "password"), ("missing", "username")],
        ),
        (
            &[
                ("companyId", "north"),
                ("apiKey", "0123456789"),
                ("reportKey", "12345678"),
            ],
            &[("missing", "reportSecret")],
        ),
        (
            &[
                ("companyId", "north"),
                ("apiKey", "0123456789"),
                ("server", "http://x.example"),
            ],
            &[("invalid_url", "server")],
        ),
        (
            &[
                ("companyId", "north"),
                ("apiKey", "0123456789"),
                ("apikey", "x"),
            ],
            &[("unknown_field", "apikey")],
        ),
        (&[], &[("choose_one", "apiKey"), ("missing", "companyId")]),
    ];
    for (values, expected) in cases {
        let problems = outcome(values).expect_err("a problem");
        let found: Vec<_> = problems
            .iter()
            .map(|(code, field)| (*code, field.as_str()))
            .collect();
        assert_eq!(found, *expected, "{values:?}");
    }
}

proptest! {
    /// No message repeats a value, which may be a secret in the wrong field.
    #[test]
    fn problems_never_hold_a_value(value in "[!-~]{3,7}[\u{1}-\u{1f}]{1,4}") {
        let names = ["companyId", "apiKey", "password", "server", "other"];
        let values: BTreeMap<_, _> = names.iter().map(|name| ((*name).to_owned(), value.clone())).collect();
        let problems = full().split_fields(&values).expect_err("a host label has no such characters");
        for problem in problems {
            prop_assert!(!problem.message.contains(&value));
        }
    }
}
