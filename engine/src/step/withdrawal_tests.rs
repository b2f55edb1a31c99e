//! Signers who take back their own vote while the round runs (拿回).

use serde_json::json;

use super::allowed_operations;
use super::signing_tests::{begin, open_people, task_of};
use super::tests::{Case, names, person};
use crate::command::{Command, Content};
use crate::event::{Event, Placement};
use crate::ids::Key;
use crate::instance::Waiting;
use crate::operation::Operation;

fn panel(keys: &str) -> Case {
    begin(&format!(
        "  panel: {{ type: userTask, people: '=[\"a\", \"b\", \"c\"]', operations: [takeBack, addSigner], {keys}, outcomes: {{ agree: 同意, no: {{ label: 不同意, to: not }} }} }}
  end: {{ type: endEvent, outcome: done }}
  not: {{ type: endEvent, outcome: not }}"
    ))
}

/// A person votes; their task.
fn vote(case: &mut Case, who: &str, outcome: &str) -> Key {
    let task = task_of(case, who);
    case.complete_key(task, Some(outcome), who).unwrap_or_else(|code| panic!("{who}: {code}"));
    task
}

fn take_back(case: &mut Case, who: &str, task: Key) -> Result<(), String> {
    case.give(person(who), Command::TakeBack { task, reason: "too soon".into() })
}

/// Why a task cannot be taken back; none where it can.
fn refused(case: &Case, who: &str, task: Key) -> Option<&'static str> {
    let all = allowed_operations(&case.definition, &case.instance, task, (&person(who), case.now));
    let [one] = &all[..] else { panic!("expected one answer, found {all:?}") };
    assert_eq!(one.operation, Operation::TakeBack);
    one.refused.as_ref().map(crate::rejection::Rejection::code)
}

fn tally(case: &Case) -> Vec<(String, u32)> {
    let passed = case.instance.passed("panel").expect("it was reached");
    passed.tally.iter().map(|(outcome, count)| (outcome.to_string(), *count)).collect()
}

#[test]
fn a_vote_is_taken_back_while_the_round_runs_and_counts_no_more() {
    for sign in ["all", "{ rule: vote, pass: 2/3 }"] {
        let mut case = panel(&format!("sign: {sign}"));
        let first = vote(&mut case, "a", "agree");
        assert_eq!(tally(&case), [("agree".to_owned(), 1)]);
        assert_eq!(refused(&case, "a", first), None, "{sign}");
        assert_eq!(refused(&case, "b", first), Some("NOT_CANDIDATE"));
        assert_eq!(take_back(&mut case, "b", first), Err("NOT_CANDIDATE".into()));
        case.events.clear();
        take_back(&mut case, "a", first).expect("nothing followed");
        assert_eq!(names(&case.events), ["voteWithdrawn", "nodeActivated", "taskCreated"]);
        let Event::VoteWithdrawn { round, person: who, outcome, reason, .. } = &case.events[0]
        else {
            panic!("{:?}", case.events)
        };
        assert_eq!(
            (*round, who.as_str(), outcome.clone(), reason.as_str()),
            (1, "a", Some("agree".into()), "too soon")
        );
        assert_eq!(tally(&case), []);
        assert_eq!(case.instance.passed("panel").and_then(|it| it.outcome.clone()), None);
        assert_eq!(open_people(&case), ["b", "c", "a"]);
        assert_eq!(
            take_back(&mut case, "a", first),
            Err("NOTHING_TO_TAKE_BACK".into()),
            "it is none any more"
        );
        // The rest of the round, as if the first vote had never been.
        vote(&mut case, "b", "agree");
        vote(&mut case, "c", "agree");
        assert_eq!(open_people(&case), ["a"], "a has not voted");
        let again = vote(&mut case, "a", "agree");
        assert_eq!(case.ended(), Some("done"));
        assert_ne!(again, first);
    }
}

#[test]
fn what_is_voted_anew_may_be_something_else() {
    let mut case = panel("sign: all");
    let first = vote(&mut case, "a", "agree");
    take_back(&mut case, "a", first).expect("nothing followed");
    vote(&mut case, "a", "no");
    assert_eq!(case.ended(), Some("not"));
}

#[test]
fn in_order_only_who_is_asked_next_may_have_not_voted() {
    let mut case = panel("sign: inOrder");
    let first = vote(&mut case, "a", "agree");
    assert_eq!(open_people(&case), ["b"]);
    case.events.clear();
    take_back(&mut case, "a", first).expect("b has not voted");
    let expected = ["nodeTerminated", "voteWithdrawn", "nodeActivated", "taskCreated"];
    assert_eq!(names(&case.events), expected);
    assert_eq!(open_people(&case), ["a"], "b is asked after a");
    let first = vote(&mut case, "a", "agree");
    assert_eq!(open_people(&case), ["b"], "b is asked again");
    let second = vote(&mut case, "b", "agree");
    assert_eq!(open_people(&case), ["c"]);
    assert_eq!(refused(&case, "a", first), Some("SOMETHING_FOLLOWED"));
    assert_eq!(take_back(&mut case, "a", first), Err("SOMETHING_FOLLOWED".into()));
    take_back(&mut case, "b", second).expect("c has not voted");
    assert_eq!(open_people(&case), ["b"]);
    take_back(&mut case, "a", first).expect("b has taken theirs back");
    assert_eq!(open_people(&case), ["a"]);
    for who in ["a", "b", "c"] {
        vote(&mut case, who, "agree");
    }
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn a_decided_round_is_not_reopened_by_one_of_its_votes() {
    let mut case = begin(
        "  panel: { type: userTask, people: '=[\"a\", \"b\"]', sign: all, operations: takeBack, outcomes: { agree: 同意, no: 不 } }
  next: { type: userTask, role: clerk }
  end: { type: endEvent, outcome: done }",
    );
    let first = vote(&mut case, "a", "agree");
    vote(&mut case, "b", "agree");
    assert_eq!(case.at(), ["next"]);
    assert_eq!(take_back(&mut case, "a", first), Err("NOTHING_TO_TAKE_BACK".into()));
}

#[test]
fn who_may_not_take_back_is_told_why() {
    let mut case = begin(
        "  panel: { type: userTask, people: '=[\"a\", \"b\"]', sign: all, outcomes: { agree: 同意, no: 不 } }
  end: { type: endEvent, outcome: done }",
    );
    let first = vote(&mut case, "a", "agree");
    assert_eq!(refused(&case, "a", first), Some("OPERATION_NOT_ALLOWED"));
    assert_eq!(take_back(&mut case, "a", first), Err("OPERATION_NOT_ALLOWED".into()));
}

fn add(case: &mut Case, by: &str, who: &str, place: Placement) {
    let (task, people) = (task_of(case, by), vec![who.into()]);
    let command = Command::AddSigners { task, people, place, reason: String::new() };
    case.give(person(by), command).expect("more may sign");
}

#[test]
fn signers_who_were_added_take_back_and_wait_as_they_were_added() {
    // After: who is asked only then waits again.
    let mut case = panel("sign: all");
    add(&mut case, "a", "wu", Placement::After);
    let first = vote(&mut case, "a", "agree");
    assert_eq!(open_people(&case), ["b", "c", "wu"]);
    take_back(&mut case, "a", first).expect("wu has not voted");
    assert_eq!(open_people(&case), ["b", "c", "a"]);
    let first = vote(&mut case, "a", "agree");
    let after = vote(&mut case, "wu", "agree");
    assert_eq!(refused(&case, "a", first), Some("SOMETHING_FOLLOWED"));
    take_back(&mut case, "wu", after).expect("nobody is after wu");
    take_back(&mut case, "a", first).expect("wu has taken theirs back");
    for who in ["a", "wu", "b", "c"] {
        vote(&mut case, who, "agree");
    }
    assert_eq!(case.ended(), Some("done"));

    // Before: the other waits again.
    let mut case = panel("sign: all");
    add(&mut case, "a", "wu", Placement::Before);
    let before = vote(&mut case, "wu", "agree");
    take_back(&mut case, "wu", before).expect("a has not voted");
    let own = task_of(&case, "a");
    assert_eq!(case.complete_key(own, Some("agree"), "a"), Err("SIGNERS_PENDING".into()));
    let before = vote(&mut case, "wu", "agree");
    vote(&mut case, "a", "agree");
    assert_eq!(refused(&case, "wu", before), Some("SOMETHING_FOLLOWED"));
}

#[test]
fn what_came_with_a_vote_goes_with_it() {
    let mut case = panel("sign: all, edit: came");
    let write = |case: &mut Case, who: &str, text: &str| {
        let task = task_of(case, who);
        let documents = [("came".into(), Content::new(json!({ "text": text })))].into();
        let outcome = Some("agree".into());
        let command = Command::CompleteTask {
            task,
            outcome,
            documents,
            comment: None,
            seen: std::collections::BTreeMap::new(),
        };
        case.give(person(who), command).expect("it is theirs");
        task
    };
    let entries = |case: &Case| case.instance.documents()["came"].current.len();
    let first = write(&mut case, "a", "first");
    write(&mut case, "b", "other");
    assert_eq!(entries(&case), 2);
    take_back(&mut case, "a", first).expect("nothing followed");
    assert_eq!(entries(&case), 1);
    let kept = Content::new(json!({ "text": "other" })).hash;
    assert_eq!(case.instance.documents()["came"].current, [kept]);
    write(&mut case, "a", "second");
    assert_eq!(entries(&case), 2);
    assert_eq!(case.instance.documents()["came"].version, 3, "no number is used twice");
}

#[test]
fn who_voted_for_another_has_the_task_again_and_is_asked() {
    let mut case = begin(
        "  panel: { type: userTask, people: '=[\"a\", \"b\"]', sign: all, dedupe: everyTime, operations: [takeBack, transfer], outcomes: { agree: 同意, no: 不 } }
  end: { type: endEvent, outcome: done }",
    );
    let task = task_of(&case, "a");
    let (to, reason) = ("wu".into(), String::new());
    case.give(person("a"), Command::TransferTask { task, to, reason }).expect("a may");
    vote(&mut case, "wu", "agree");
    take_back(&mut case, "wu", task).expect("nothing followed");
    assert_eq!(open_people(&case), ["b", "wu"], "asked, though wu agreed before");
}

#[test]
fn a_vote_belongs_to_its_round_and_is_taken_back_in_it_alone() {
    let mut case = begin(
        "  draft: { type: userTask, role: clerk }
  panel: { type: userTask, people: '=[\"a\", \"b\"]', sign: all, operations: [takeBack, return], outcomes: { agree: 同意, no: 不 } }
  end: { type: endEvent, outcome: done }",
    );
    case.complete("draft", None).expect("it is open");
    let first = vote(&mut case, "a", "agree");
    let (task, to) = (task_of(&case, "b"), vec!["draft".into()]);
    let command = Command::ReturnTask { task, to, then: None, reason: "anew".into() };
    case.give(person("b"), command).expect("it was done before");
    case.complete("draft", None).expect("it is open again");
    assert_eq!(take_back(&mut case, "a", first), Err("NOTHING_TO_TAKE_BACK".into()));
    let second = vote(&mut case, "a", "agree");
    take_back(&mut case, "a", second).expect("nothing followed");
    let withdrawn = case.events.iter().rev().find_map(|event| match event {
        Event::VoteWithdrawn { round, .. } => Some(*round),
        _ => None,
    });
    assert_eq!(withdrawn, Some(2));
    let votes = case.instance.activations().values().find_map(|one| match &one.waiting {
        Waiting::Items { votes, .. } => Some(votes.len()),
        _ => None,
    });
    assert_eq!(votes, Some(0));
}
