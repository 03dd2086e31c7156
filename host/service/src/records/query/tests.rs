use portcullis_model::{MODELS, model};
use proptest::prelude::*;

use super::*;

fn parse(name: &str, pairs: &[(&str, &str)]) -> Result<RecordQuery, ServiceError> {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect();
    RecordQuery::parse(model(name).unwrap(), &pairs)
}

#[test]
fn the_same_question_has_one_spelling() {
    let a = parse(
        "leases",
        &[
            ("integration_id", "int_1"),
            ("order-by", "created_at:desc"),
            ("only_null_move_outs", "false"),
        ],
    );
    let b = parse(
        "leases",
        &[
            ("limit", "100"),
            ("offset", "0"),
            ("integration_id", "int_1"),
        ],
    );
    let expected =
        "/v1/leases?limit=100&offset=0&order-by=created_at:desc,id:asc&integration_id=int_1";
    assert_eq!(a.unwrap().canonical(), expected);
    assert_eq!(b.unwrap().canonical(), expected);
    let times = [
        "2026-01-31T01:00:00+01:00",
        "2026-01-31T01:00:00 01:00",
        "2026-01-31",
    ];
    for time in times {
        let query = parse("units", &[("updated_at_gte", time)]).unwrap();
        assert!(
            query
                .canonical()
                .ends_with("&updated_at_gte=2026-01-31T00:00:00Z"),
            "{time}"
        );
    }
}

#[test]
fn an_order_ends_in_id_and_in_nothing_after_it() {
    let order = |text: &str| {
        let query = parse("units", &[("order-by", text)]).unwrap();
        let parts: Vec<_> = query
            .order()
            .iter()
            .map(|o| format!("{}:{}", o.field, o.direction()))
            .collect();
        parts.join(",")
    };
    assert_eq!(order("number"), "number:asc,id:desc");
    assert_eq!(order("number:desc"), "number:desc,id:asc");
    assert_eq!(order("id:desc,number:asc"), "id:desc");
}

#[test]
fn every_problem_is_named() {
    let error = parse(
        "units",
        &[
            ("limit", "0"),
            ("offset", "-1"),
            ("order-by", "custom_data:asc"),
            ("x_id", "7"),
            ("colour", "red"),
            ("unit_number", ""),
        ],
    );
    let Err(ServiceError::Invalid(problems)) = error else {
        panic!("{error:?}")
    };
    let codes: Vec<_> = problems.iter().map(|p| p.code).collect();
    assert_eq!(
        codes,
        [
            "invalid_limit",
            "invalid_offset",
            "invalid_order_by",
            "unknown_parameter",
            "invalid_filter_value",
            "x_filter_needs_integration",
        ]
    );
}

proptest! {
    /// Whatever is sent, reading ends in a query or in coded problems, and a value never leaks into the
    /// syntax of the canonical spelling.
    #[test]
    fn the_canonical_spelling_is_unambiguous(which in 0..6usize, a in ".{1,20}", b in ".{1,20}") {
        let name = MODELS[which].name;
        let read = |value: &str| parse(name, &[("property_id", value)]).ok().map(|q| q.canonical());
        let (one, other) = (read(&a), read(&b));
        if let (Some(one), Some(other)) = (&one, &other) {
            prop_assert_eq!(one == other, a == b);
            prop_assert_eq!(one.matches('&').count(), 3);
        }
        for parameter in ["limit", "offset", "order-by", "updated_at_gte", "x_id", "integration_id"] {
            if let Err(ServiceError::Invalid(problems)) = parse(name, &[(parameter, &a)]) {
                prop_assert!(problems.iter().all(|p| crate::INPUT_CODES.contains(&p.code)));
            }
        }
    }
}
