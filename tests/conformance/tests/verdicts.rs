//! The suite is right: a good component passes every clause, and one with a fault fails the clause that forbids it.

use portcullis_conformance::{CONNECTORS, Subject, complaints, examine_all};
use portcullis_simulators::VendorKind;
use portcullis_testkit::Clause;

fn judged_rightly(subjects: &[Subject]) {
    let answers = examine_all(subjects).expect("every component is examined");
    let wrong: Vec<String> = answers
        .iter()
        .flat_map(|(subject, answer)| complaints(*subject, answer))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn connector(vendor: VendorKind) -> Subject {
    let place = CONNECTORS.iter().position(|(_, other)| *other == vendor);
    Subject::Connector(place.expect("a connector of this vendor"))
}

#[test]
fn each_fault_fails_its_clause_and_at_most_two_others() {
    let mut subjects = vec![Subject::Faulty(None)];
    subjects.extend(
        Clause::ALL
            .iter()
            .map(|clause| Subject::Faulty(Some(*clause))),
    );
    judged_rightly(&subjects);
}

/// One that logs in and tells of deletions, and one whose records come property by property out of XML.
#[test]
fn connectors_pass_every_clause() {
    judged_rightly(&[
        connector(VendorKind::Pinegrove),
        connector(VendorKind::YardiVoyager),
    ]);
}

#[test]
fn clauses_have_names_and_sentences_of_their_own() {
    let mut ids: Vec<&str> = Clause::ALL.iter().map(|clause| clause.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), Clause::ALL.len());
    assert!(ids.len() >= 12);
    for clause in Clause::ALL {
        assert!(clause.text().ends_with('.'), "{}", clause.text());
    }
}
