//! The suite is right: a good component passes every clause, and one with a fault fails the clause that forbids it.

use portcullis_conformance::{CONNECTORS, FURTHER, Subject, complaints, examine_all};
use portcullis_testkit::Clause;

fn judged_rightly(subjects: &[Subject]) {
    let answers = examine_all(subjects).expect("every component is examined");
    let wrong: Vec<String> = answers
        .iter()
        .flat_map(|(subject, answer)| complaints(*subject, answer))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_fault_fails_its_clause_and_at_most_two_others() {
    let mut subjects = vec![Subject::Faulty(None)];
    subjects.extend(
        Clause::ALL
            .iter()
            .map(|clause| Subject::Faulty(Some(*clause))),
    );
    subjects.extend((0..FURTHER.len()).map(Subject::Further));
    judged_rightly(&subjects);
}

#[test]
fn connectors_pass_every_clause() {
    let all: Vec<Subject> = (0..CONNECTORS.len()).map(Subject::Connector).collect();
    judged_rightly(&all);
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
