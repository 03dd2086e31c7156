use super::*;
use serde_json::json;

fn facts(name: &str, lead: Option<&str>) -> ModelFacts {
    ModelFacts {
        name: name.to_owned(),
        supported: name != "leases",
        on_by_default: name != "charges",
        lead: lead.map(str::to_owned),
        after: Vec::new(),
    }
}

fn access(model: &str, verdict: Verdict) -> DataAccessRow {
    DataAccessRow {
        model: model.to_owned(),
        verdict,
        message: None,
        record_count: None,
        sample: None,
        restrictions: json!([]),
        evidence: json!([]),
        checked_at: DateTime::UNIX_EPOCH,
        check_id: "chk_1".to_owned(),
    }
}

fn stopped(model: &str, sync_id: &str, status: Status, cursor: Option<&str>) -> RunRow {
    RunRow {
        account_id: "acc_1".to_owned(),
        integration_id: "int_1".to_owned(),
        sync_id: sync_id.to_owned(),
        id: format!("run_{model}"),
        model: model.to_owned(),
        lead_run_id: None,
        after: Vec::new(),
        status,
        span: json!({}),
        cursor: cursor.map(str::to_owned),
        state_format: 1,
        started_at: None,
        attempt: 1,
        failures: 0,
        next_at: DateTime::UNIX_EPOCH,
        pages: 1,
        rows_new: 0,
        rows_changed: 0,
        rows_unchanged: 0,
        rows_deleted: 0,
        rows_dead: 0,
        requests: 0,
        waited_ms: 0,
        partitions_done: None,
        partitions_total: None,
        total: None,
        error_code: None,
        error_message: None,
        who_must_act: None,
        connector_digest: None,
        connector_version: None,
        created_at: DateTime::UNIX_EPOCH,
        due_again_at: None,
        finished_at: None,
    }
}

fn skips(plan: &Plan) -> Vec<(&str, &str)> {
    let skips = plan.skipped.iter();
    skips
        .map(|s| (s.model.as_str(), s.status.as_str()))
        .collect()
}

fn planned(
    models: &[ModelFacts],
    state_format: i32,
    access: &[DataAccessRow],
    before: &[RunRow],
) -> Plan {
    let given = Given {
        models,
        state_format,
        access,
        switches: &[],
        before,
    };
    plan(given, &Wish::default())
}

fn read(plan: &Plan) -> Vec<&str> {
    plan.runs.iter().map(|run| run.model.as_str()).collect()
}

#[test]
fn only_what_is_wanted_and_switched_on_has_a_run() {
    let models = [
        facts("units", None),
        facts("charges", None),
        facts("applicants", None),
        facts("applications", Some("applicants")),
    ];
    let switch = |model: &str, enabled| ModelSwitchRow {
        model: model.to_owned(),
        enabled,
    };
    let of = |switches: &[ModelSwitchRow], wanted: Option<&[&str]>| {
        let names: Option<Vec<String>> =
            wanted.map(|names| names.iter().map(|&name| name.to_owned()).collect());
        let given = Given {
            models: &models,
            state_format: 1,
            access: &[],
            switches,
            before: &[],
        };
        let wish = Wish {
            models: names.as_deref(),
            span: None,
        };
        plan(given, &wish)
    };
    let all = of(&[], None);
    assert_eq!(read(&all), ["units", "applicants", "applications"]);
    assert_eq!(all.off, ["charges"]);
    let on = of(&[switch("charges", true), switch("units", false)], None);
    assert_eq!(read(&on), ["charges", "applicants", "applications"]);
    assert_eq!(on.off, ["units"]);
    let fallen = of(&[switch("applicants", false)], None);
    assert_eq!(read(&fallen), ["units"]);
    assert_eq!(fallen.off, ["charges", "applicants", "applications"]);
    assert_eq!(read(&of(&[], Some(&["applicants"]))), ["applicants"]);
    assert_eq!(
        read(&of(&[], Some(&["applications"]))),
        ["applicants", "applications"],
        "a companion brings its lead"
    );
    let nothing = of(&[], Some(&["charges"]));
    assert!(nothing.runs.is_empty() && !nothing.reads_anything);
}

#[test]
fn what_cannot_be_read_is_skipped_with_its_word_and_the_rest_is_tried() {
    let models = [
        "properties",
        "units",
        "leases",
        "residents",
        "owners",
        // Off unless switched on: no run at all.
        "charges",
    ]
    .map(|m| facts(m, None));
    let known = [
        access("properties", Verdict::Granted),
        access("units", Verdict::Denied),
        access("residents", Verdict::NotLicensed),
    ];
    let plan = planned(&models, 1, &known, &[]);
    assert!(plan.reads_anything);
    assert_eq!(plan.runs.len(), 5);
    assert_eq!(
        skips(&plan),
        [
            ("units", "skipped_no_access"),
            ("leases", "skipped_unsupported"),
            ("residents", "skipped_not_licensed")
        ]
    );
}

#[test]
fn a_companion_stands_behind_its_lead_and_falls_with_it() {
    let models = [
        facts("applications", Some("applicants")),
        facts("applicants", None),
    ];
    let good = planned(&models, 1, &[], &[]);
    assert_eq!(good.runs[1].lead.as_deref(), Some("applicants"));
    assert!(good.skipped.is_empty());
    let denied = planned(&models, 1, &[access("applicants", Verdict::Denied)], &[]);
    assert!(!denied.reads_anything);
    assert_eq!(
        skips(&denied),
        [
            ("applicants", "skipped_no_access"),
            ("applications", "skipped_no_access")
        ]
    );
}

#[test]
fn failed_probes_alone_are_nothing_to_read_with() {
    let plan = planned(
        &[facts("units", None)],
        1,
        &[access("units", Verdict::Error)],
        &[],
    );
    assert!(!plan.reads_anything && plan.skipped.is_empty());
}

#[test]
fn a_stopped_run_goes_on_unless_something_would_be_missing() {
    let models = [
        facts("applicants", None),
        facts("applications", Some("applicants")),
    ];
    let resumed = |before: &[RunRow], format: i32| {
        planned(&models, format, &[], before).runs[0]
            .resume_from
            .clone()
    };
    let lead = stopped("applicants", "syn_1", Status::Cancelled, Some("c"));
    let companion = stopped("applications", "syn_1", Status::Cancelled, None);
    let both = [lead.clone(), companion.clone()];
    assert_eq!(resumed(&both, 1).as_deref(), Some("run_applicants"));
    assert_eq!(resumed(&both, 2), None);
    assert_eq!(resumed(std::slice::from_ref(&lead), 1), None);
    let skipped = RunRow {
        status: Status::SkippedNoAccess,
        ..companion
    };
    assert_eq!(resumed(&[lead.clone(), skipped], 1), None);
    let ended = RunRow {
        status: Status::Succeeded,
        ..lead
    };
    assert_eq!(resumed(&[ended], 1), None);
}

#[test]
fn a_model_goes_by_its_own_schedule_and_a_companion_with_its_lead() {
    let models = [
        facts("units", None),
        facts("applicants", None),
        facts("applications", Some("applicants")),
    ];
    let schedule = |model: &str, due: bool| ScheduleRow {
        model: model.to_owned(),
        kind: portcullis_store::ScheduleKind::Interval,
        every_s: Some(60),
        cron: None,
        zone: None,
        next_due_at: due.then_some(DateTime::UNIX_EPOCH),
    };
    let of = |schedules: &[ScheduleRow]| {
        let due = due_models(&models, schedules, DateTime::UNIX_EPOCH);
        let names: Vec<String> = due.schedules.iter().map(|s| s.model.clone()).collect();
        (names, due.models)
    };
    let names = |names: &[&str]| -> Vec<String> { names.iter().map(|&n| n.to_owned()).collect() };
    assert_eq!(of(&[schedule("", true)]), (names(&[""]), None));
    assert_eq!(
        of(&[schedule("", true), schedule("applicants", false)]),
        (names(&[""]), Some(names(&["units"])))
    );
    assert_eq!(
        of(&[schedule("", false), schedule("applicants", true)]),
        (
            names(&["applicants"]),
            Some(names(&["applicants", "applications"]))
        )
    );
    assert_eq!(
        of(&[schedule("", true), schedule("applicants", true)]).1,
        Some(names(&["units", "applicants", "applications"]))
    );
}
