use crate::world::{World, record, records};
use portcullis_store::{
    Column, DocType, Environment, Filter, ListQuery, ListRows, Operand, Order, OrderBy, ReachedSum,
    RecordWrite, Target, Total,
};
use serde_json::json;

pub(crate) fn query(world: &World, filters: Vec<Filter>) -> ListQuery {
    ListQuery {
        filters,
        ..ListQuery::of(&world.account, Environment::Sandbox, "units")
    }
}

pub(crate) fn exactly(n: i64) -> Total {
    Total {
        n,
        is_lower_bound: false,
    }
}

pub(crate) fn keys(list: &ListRows) -> Vec<&str> {
    list.rows.iter().map(|r| r.external_id.as_str()).collect()
}

pub(crate) fn equals(column: Column, value: &str) -> Filter {
    Filter::Equals {
        target: Target::Column(column),
        value: Operand::Text(value.to_owned()),
    }
}

/// Records with documents that differ in ways that filters and orders must see.
fn assorted() -> Vec<RecordWrite> {
    let docs = [
        (
            1,
            json!({"name": "b", "size": 9, "furnished": true, "start_date": "2026-01-31", "other_date": null}),
        ),
        (
            2,
            json!({"name": "a", "size": 10, "furnished": false, "start_date": null, "other_date": "2026-03-01"}),
        ),
        (3, json!({"name": null, "size": null, "furnished": null})),
        (
            4,
            json!({"name": "C", "size": "not a number", "furnished": "yes", "start_date": "no date"}),
        ),
    ];
    docs.into_iter()
        .map(|(n, doc)| RecordWrite {
            doc: doc.to_string(),
            ..record(n, "")
        })
        .collect()
}

#[tokio::test]
async fn filters_find_what_they_say_whatever_documents_hold() {
    let world = World::new().await;
    let integration = world
        .with_units(&world.account, Environment::Sandbox, assorted())
        .await;
    let doc = |name: &str, kind| Target::field(name, kind);
    let text = |s: &str| Operand::Text(s.to_owned());
    let dates = || {
        vec![
            doc("start_date", DocType::Text),
            doc("other_date", DocType::Text),
        ]
    };
    let table: Vec<(Filter, &[&str])> = vec![
        (
            equals(Column::IntegrationId, &integration.id),
            &["1", "2", "3", "4"],
        ),
        (equals(Column::IntegrationId, "int_none"), &[]),
        (equals(Column::ExternalId, "2"), &["2"]),
        (equals(Column::Vendor, "EXAMPLE"), &["1", "2", "3", "4"]),
        (equals(Column::PropertyId, "prop_1"), &["1", "4"]),
        (equals(Column::XPropertyId, "0"), &["3"]),
        (equals(Column::UnitId, "x"), &[]),
        (
            Filter::Related {
                id: "prop_2".to_owned(),
            },
            &["2"],
        ),
        (
            Filter::Equals {
                target: doc("name", DocType::Text),
                value: text("a"),
            },
            &["2"],
        ),
        (
            Filter::Equals {
                target: doc("name", DocType::Text),
                value: text("' or true --"),
            },
            &[],
        ),
        (
            Filter::Equals {
                target: doc("size", DocType::Number),
                value: Operand::Integer(10),
            },
            &["2"],
        ),
        (
            Filter::Equals {
                target: doc("furnished", DocType::Bool),
                value: Operand::Bool(true),
            },
            &["1"],
        ),
        (
            Filter::DateAfter {
                targets: dates(),
                at: text("2026-01-31"),
            },
            &["1", "2", "4"],
        ),
        (
            Filter::DateBefore {
                targets: dates(),
                at: text("2026-01-31"),
            },
            &["1"],
        ),
        (
            Filter::IsNull {
                targets: vec![doc("size", DocType::Number)],
                null: true,
            },
            &["3"],
        ),
        (
            Filter::IsNull {
                targets: vec![doc("name", DocType::Text)],
                null: false,
            },
            &["1", "2", "4"],
        ),
        (
            Filter::IsNull {
                targets: vec![Target::Column(Column::UnitId)],
                null: true,
            },
            &["1", "2", "3", "4"],
        ),
    ];
    for (filter, want) in table {
        let list = world
            .store
            .list_records(&query(&world, vec![filter.clone()]))
            .await
            .unwrap();
        let mut found = keys(&list);
        found.sort_unstable();
        assert_eq!(found, want, "{filter:?}");
        assert_eq!(list.total, exactly(want.len() as i64), "{filter:?}");
    }
    let both = vec![
        equals(Column::PropertyId, "prop_1"),
        equals(Column::ExternalId, "4"),
    ];
    assert_eq!(
        keys(
            &world
                .store
                .list_records(&query(&world, both))
                .await
                .unwrap()
        ),
        ["4"]
    );
}

#[tokio::test]
async fn values_that_do_not_fit_are_refused_before_postgres_sees_them() {
    let world = World::new().await;
    let bad = [
        Filter::Equals {
            target: Target::Column(Column::CreatedAt),
            value: Operand::Text("x".to_owned()),
        },
        Filter::Equals {
            target: Target::Column(Column::Id),
            value: Operand::Integer(1),
        },
        Filter::Equals {
            target: Target::field("a'}) or (true", DocType::Text),
            value: Operand::Text("x".to_owned()),
        },
        Filter::Equals {
            target: Target::field("", DocType::Text),
            value: Operand::Text("x".to_owned()),
        },
        Filter::IsNull {
            targets: vec![Target::Doc {
                path: Vec::new(),
                kind: DocType::Text,
            }],
            null: true,
        },
        Filter::DateAfter {
            targets: Vec::new(),
            at: Operand::Text("x".to_owned()),
        },
    ];
    for filter in bad {
        let error = world
            .store
            .list_records(&query(&world, vec![filter.clone()]))
            .await
            .unwrap_err();
        assert_eq!(error.code(), "bad_filter", "{filter:?}");
    }
}

#[tokio::test]
async fn orders_end_in_the_id_and_missing_values_come_last() {
    let world = World::new().await;
    world
        .with_units(&world.account, Environment::Sandbox, assorted())
        .await;
    let by = |target: Target, order| vec![OrderBy { target, order }];
    let name = || Target::field("name", DocType::Text);
    let column = |c| Target::Column(c);
    use Order::{Ascending, Descending};
    let table: Vec<(Vec<OrderBy>, &[&str])> = vec![
        (vec![], &["1", "2", "3", "4"]),
        (
            by(column(Column::CreatedAt), Ascending),
            &["4", "3", "2", "1"],
        ),
        (
            by(column(Column::ExternalId), Descending),
            &["4", "3", "2", "1"],
        ),
        (by(name(), Ascending), &["4", "2", "1", "3"]),
        (by(name(), Descending), &["1", "2", "4", "3"]),
        (
            by(column(Column::UnitId), Descending),
            &["1", "2", "3", "4"],
        ),
        (
            by(column(Column::LastSeen), Descending),
            &["1", "2", "3", "4"],
        ),
    ];
    for (order, want) in table {
        let list = world
            .store
            .list_records(&ListQuery {
                order: order.clone(),
                ..query(&world, vec![])
            })
            .await
            .unwrap();
        assert_eq!(keys(&list), want, "{order:?}");
    }
    let size = by(Target::field("size", DocType::Number), Ascending);
    let list = world
        .store
        .list_records(&ListQuery {
            order: size,
            ..query(&world, vec![])
        })
        .await
        .unwrap();
    let sizes: Vec<_> = keys(&list)
        .into_iter()
        .filter(|k| ["1", "2"].contains(k))
        .collect();
    assert_eq!(
        (sizes, list.rows[3].external_id.as_str()),
        (vec!["1", "2"], "3"),
        "9 before 10, nothing last"
    );
}

#[tokio::test]
async fn pages_meet_without_gap_or_overlap() {
    let world = World::new().await;
    world
        .with_units(&world.account, Environment::Sandbox, records(0..25))
        .await;
    let mut seen = Vec::new();
    for offset in [0, 10, 20, 30] {
        let list = world
            .store
            .list_records(&ListQuery {
                limit: 10,
                offset,
                ..query(&world, vec![])
            })
            .await
            .unwrap();
        assert_eq!((list.has_more, list.total), (offset + 10 < 25, exactly(25)));
        seen.extend(list.rows.into_iter().map(|r| r.external_id));
    }
    let all: Vec<String> = (0..25).map(|n| n.to_string()).collect();
    assert_eq!(seen, all);
    let filtered = vec![equals(Column::PropertyId, "prop_0")];
    for (offset, rows, more) in [(0, 5, true), (5, 4, false), (50, 0, false)] {
        let list = world
            .store
            .list_records(&ListQuery {
                limit: 5,
                offset,
                ..query(&world, filtered.clone())
            })
            .await
            .unwrap();
        assert_eq!(
            (list.rows.len(), list.has_more, list.total),
            (rows, more, exactly(9))
        );
    }
}

#[tokio::test]
async fn a_filtered_total_is_exact_up_to_ten_thousand() {
    let world = World::new().await;
    let integration = world
        .with_units(&world.account, Environment::Sandbox, records(0..5))
        .await;
    world
        .execute(
            "insert into record (account_id, model, id, integration_id, external_id, environment, vendor, doc, hash, property_id)
             select account_id, model, 'more_' || n, integration_id, 'more_' || n, environment, vendor, '{}', hash, 'prop_big'
             from record, generate_series(1, 10001) n where external_id = '1'",
        )
        .await;
    let big = query(&world, vec![equals(Column::PropertyId, "prop_big")]);
    assert_eq!(
        world.store.list_records(&big).await.unwrap().total,
        Total {
            n: 10_000,
            is_lower_bound: true
        }
    );
    world
        .execute("delete from record where id = 'more_1'")
        .await;
    assert_eq!(
        world.store.list_records(&big).await.unwrap().total,
        exactly(10_000)
    );
    let named = query(&world, vec![equals(Column::IntegrationId, &integration.id)]);
    assert_eq!(
        world.store.list_records(&named).await.unwrap().total,
        exactly(5),
        "the kept count, not a scan"
    );
}

#[tokio::test]
async fn accounts_and_environments_never_mix() {
    let world = World::new().await;
    let other = world.store.create_account("Other").await.unwrap().id;
    world
        .with_units(
            &world.account,
            Environment::Sandbox,
            vec![record(1, "mine")],
        )
        .await;
    let theirs = RecordWrite {
        id: "unit_theirs".to_owned(),
        ..record(1, "theirs")
    };
    let their_integration = world
        .with_units(&other, Environment::Sandbox, vec![theirs])
        .await;
    let real = RecordWrite {
        id: "unit_real".to_owned(),
        ..record(1, "real")
    };
    world
        .with_units(&world.account, Environment::Production, vec![real])
        .await;

    let list = world
        .store
        .list_records(&query(&world, vec![]))
        .await
        .unwrap();
    assert_eq!(
        list.rows.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(),
        ["unit_00000001"]
    );
    assert_eq!(list.total, exactly(1));
    let sum = ReachedSum {
        integrations: 1,
        settled: true,
        unsettled: false,
        first_sync_running: false,
        live_rows: 1,
    };
    assert_eq!((list.reached.sum, list.reached.sync_state), (sum, vec![]));
    let named = world
        .store
        .list_records(&query(
            &world,
            vec![equals(Column::IntegrationId, &their_integration.id)],
        ))
        .await
        .unwrap();
    assert_eq!(
        (
            named.rows.len(),
            named.total,
            named.reached.sum.integrations
        ),
        (0, exactly(0), 0)
    );
    for (id, found) in [
        ("unit_00000001", true),
        ("unit_theirs", false),
        ("unit_real", false),
        ("unit_none", false),
    ] {
        let one = world
            .store
            .get_record(&query(&world, vec![]), id)
            .await
            .unwrap();
        assert_eq!(one.row.is_some(), found, "{id}");
    }
}
