//! Several signers of one task: rules, rounds, signers added and removed, tasks handed on, and
//! tasks that nobody is asked. Definitions of these tests are read without places, which sorts keys:
//! the passing outcome is the first in the alphabet.

use std::sync::Arc;

use super::allowed_operations;
use super::tests::{Case, names, person};
use crate::actor::Member;
use crate::command::Command;
use crate::event::{Event, Placement};
use crate::ids::{Key, PersonId};
use crate::instance::Waiting;
use crate::operation::Operation;
use crate::rejection::Rejection;

/// A case whose directory knows everybody that these tests name.
pub(super) fn begin(nodes: &str) -> Case {
    let mut case = Case::begin_with(nodes, |facts| {
        for (id, manager) in [
            ("a", None),
            ("b", None),
            ("c", None),
            ("wu", None),
            ("li", Some("boss")),
            ("boss", None),
        ] {
            let mut fields = serde_json::Map::new();
            if let Some(manager) = manager {
                fields.insert("manager".into(), manager.into());
            }
            let member =
                Member { id: id.into(), name: id.into(), unit: None, fields, held_for: None };
            facts.people.insert(id.into(), Some(Arc::new(member)));
        }
        facts.people.insert("nobody".into(), None);
        let members: Vec<Member> =
            facts.people.values().flatten().take(3).map(|member| (**member).clone()).collect();
        facts.members.insert("expert".into(), Arc::new(members));
        let clerks = ["a", "b", "c", "wu", "li"].map(PersonId::from);
        let clerks = clerks.iter().filter_map(|id| facts.people[id].as_deref().cloned());
        facts.members.insert("clerk".into(), Arc::new(clerks.collect()));
        facts.members.insert("head".into(), Arc::new(Vec::new()));
    });
    case.events.clear();
    case
}

/// The open task of a person.
pub(super) fn task_of(case: &Case, who: &str) -> Key {
    let open = case.instance.activations().iter().find(|(_, one)| {
        matches!(&one.waiting, Waiting::Task { assignee: Some(person), .. } if person.as_str() == who)
    });
    *open.unwrap_or_else(|| panic!("{who} has no task")).0
}

pub(super) fn open_people(case: &Case) -> Vec<String> {
    let people = case.instance.activations().values().filter_map(|one| match &one.waiting {
        Waiting::Task { assignee, .. } => assignee.as_ref().map(ToString::to_string),
        _ => None,
    });
    people.collect()
}

/// Plays `who:outcome` votes; the outcome of the panel where it is decided.
fn vote(case: &mut Case, votes: &str) -> Option<String> {
    for one in votes.split_whitespace() {
        let (who, outcome) = one.split_once(':').expect("who:outcome");
        let task = task_of(case, who);
        case.complete_key(task, Some(outcome), who).unwrap_or_else(|code| panic!("{one}: {code}"));
    }
    case.events.iter().rev().find_map(|event| match event {
        Event::SignDecided { outcome, .. } => Some(outcome.to_string()),
        _ => None,
    })
}

fn panel(sign: &str) -> String {
    format!(
        "  draft: {{ type: userTask, role: clerk }}\n  panel: {{ type: userTask, people: '=[\"a\", \"b\", \"c\"]', sign: {sign}, outcomes: {{ agree: 同意, disagree: {{ label: 不同意, to: draft }} }} }}\n  end: {{ type: endEvent, outcome: done }}"
    )
}

#[test]
fn several_signers_decide_by_their_rule() {
    for (sign, votes, decided, at) in [
        ("any", "b:agree", Some("agree"), &[][..]),
        ("any", "b:disagree", Some("disagree"), &["draft"]),
        ("all", "a:agree b:agree", None, &["panel", "panel"]),
        ("all", "a:agree b:agree c:agree", Some("agree"), &[]),
        ("all", "a:disagree", Some("disagree"), &["draft"]),
        ("inOrder", "a:agree", None, &["panel", "panel"]),
        ("inOrder", "a:agree b:agree c:agree", Some("agree"), &[]),
        ("{ rule: vote, pass: 2/3 }", "a:agree b:disagree c:agree", Some("agree"), &[]),
        ("{ rule: vote, pass: 2/3 }", "a:agree b:disagree", None, &["panel", "panel"]),
        ("{ rule: vote, quorum: 4 }", "a:agree b:agree c:agree", Some("disagree"), &["draft"]),
        ("{ rule: vote, abstain: allowed }", "a:agree b:abstain c:abstain", Some("agree"), &[]),
        ("{ rule: vote, veto: \"=person == 'a'\" }", "a:disagree", Some("disagree"), &["draft"]),
        (
            "{ rule: vote, weight: \"=person == 'a' ? 3 : 1\" }",
            "b:disagree c:disagree a:agree",
            Some("agree"),
            &[],
        ),
        (
            "{ rule: vote, abstain: allowed, tie: \"=person == 'b'\" }",
            "a:disagree b:agree c:abstain",
            Some("agree"),
            &[],
        ),
    ] {
        let mut case = begin(&panel(sign));
        case.complete("draft", None).expect("draft is open");
        assert_eq!(vote(&mut case, votes).as_deref(), decided, "{sign}: {votes}");
        if at.is_empty() {
            assert_eq!(case.ended(), Some("done"), "{sign}: {votes}");
        } else {
            assert!(case.at().iter().all(|node| at.contains(node)), "{sign}: {:?}", case.at());
        }
    }
}

#[test]
fn a_vote_gives_exactly_these_events_and_belongs_to_its_round() {
    let mut case = begin(&panel("all"));
    case.complete("draft", None).expect("draft is open");
    vote(&mut case, "a:agree");
    case.events.clear();
    vote(&mut case, "b:disagree");
    assert_eq!(
        names(&case.events),
        [
            "voteCast",
            "taskCompleted",
            "nodeCompleted",
            "signDecided",
            "nodeTerminated",
            "nodeCompleted",
            "returned",
            "flowTaken",
            "nodeActivated",
            "taskCreated"
        ]
    );
    case.complete("draft", None).expect("it came back");
    case.events.clear();
    assert_eq!(vote(&mut case, "a:agree b:agree"), None, "votes of the first round do not count");
    let rounds: Vec<u32> = case
        .events
        .iter()
        .filter_map(|event| match event {
            Event::VoteCast { round, .. } => Some(*round),
            _ => None,
        })
        .collect();
    assert_eq!(rounds, [2, 2]);
    assert_eq!(vote(&mut case, "c:agree").as_deref(), Some("agree"));
}

#[test]
fn everybody_who_holds_a_role_signs_and_never_nobody() {
    let nodes = |role: &str, nobody: &str| {
        format!(
            "  panel: {{ type: userTask, role: {role}, sign: all, {nobody}outcomes: {{ agree: 好, no: 不 }} }}\n  end: {{ type: endEvent, outcome: done }}"
        )
    };
    let mut case = begin(&nodes("expert", ""));
    assert_eq!(open_people(&case), ["a", "b", "boss"]);
    assert_eq!(vote(&mut case, "a:agree b:agree boss:agree").as_deref(), Some("agree"));
    let case = begin(&nodes("head", ""));
    let incident = case.instance.activations().values().find_map(|one| one.incident.as_ref());
    assert_eq!(incident.map(|incident| incident.code.as_str()), Some("NOBODY_FOUND"));
    let case = begin(&nodes("head", "nobody: { person: boss }, "));
    let offered = case.instance.activations().values().find_map(|one| match &one.waiting {
        Waiting::Task { candidates, .. } => Some(candidates[0].to_string()),
        _ => None,
    });
    assert_eq!(offered.as_deref(), Some("person:boss"));
}

/// A task of `li`'s that more signers may be added to.
const MORE: &str = "  review: { type: userTask, assign: initiator, operations: [addSigner, removeSigner], outcomes: { agree: 同意, no: 不同意 } }\n  end: { type: endEvent, outcome: done }";

fn add(case: &mut Case, who: &str, people: &[&str], place: Placement) -> Result<(), String> {
    let (task, people) =
        (task_of(case, who), people.iter().map(|id| PersonId::from(*id)).collect());
    let command = Command::AddSigners { task, people, place, reason: String::new() };
    case.give(person(who), command)
}

fn remove(case: &mut Case, who: &str, signer: &str) -> Result<(), String> {
    let (task, person_id) = (task_of(case, "li"), signer.into());
    let command = Command::RemoveSigner { task, person: person_id, reason: String::new() };
    case.give(person(who), command)
}

#[test]
fn signers_are_added_before_after_and_alongside() {
    // Alongside: both at once, and both must agree.
    let mut case = begin(MORE);
    add(&mut case, "li", &["a", "b"], Placement::Alongside).expect("more may sign");
    assert_eq!(open_people(&case), ["li", "a", "b"]);
    assert_eq!(vote(&mut case, "a:agree li:agree"), None);
    assert_eq!(vote(&mut case, "b:no").as_deref(), Some("no"));

    // Before: the one who added them waits.
    let mut case = begin(MORE);
    add(&mut case, "li", &["a"], Placement::Before).expect("more may sign");
    let own = task_of(&case, "li");
    assert_eq!(case.complete_key(own, Some("agree"), "li"), Err("SIGNERS_PENDING".into()));
    assert_eq!(vote(&mut case, "a:agree li:agree").as_deref(), Some("agree"));

    // After: asked when the other has decided.
    let mut case = begin(MORE);
    add(&mut case, "li", &["a"], Placement::After).expect("more may sign");
    assert_eq!(open_people(&case), ["li"]);
    assert_eq!(vote(&mut case, "li:agree"), None);
    assert_eq!(open_people(&case), ["a"]);
    assert_eq!(vote(&mut case, "a:agree").as_deref(), Some("agree"));
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn added_signers_are_taken_out_by_whom_added_them() {
    let mut case = begin(MORE);
    add(&mut case, "li", &["a", "b"], Placement::Before).expect("more may sign");
    assert_eq!(remove(&mut case, "wu", "a"), Err("NO_ADDED_SIGNER".into()));
    assert_eq!(remove(&mut case, "li", "c"), Err("UNKNOWN_SIGNER".into()));
    case.events.clear();
    remove(&mut case, "li", "a").expect("a has not decided");
    assert_eq!(names(&case.events), ["signerRemoved", "nodeTerminated"]);
    assert_eq!(vote(&mut case, "b:agree"), None);
    assert_eq!(remove(&mut case, "li", "b"), Err("NO_ADDED_SIGNER".into()));
    assert_eq!(vote(&mut case, "li:agree").as_deref(), Some("agree"));
}

#[test]
fn whoever_cannot_be_added_is_refused() {
    for (people, place, code) in [
        (&["li"][..], Placement::After, "ALREADY_SIGNER"),
        (&["a", "a"], Placement::After, "ALREADY_SIGNER"),
        (&["nobody"], Placement::After, "UNKNOWN_PERSON"),
        (&[], Placement::After, "BAD_ARGUMENT"),
    ] {
        let mut case = begin(MORE);
        let before = case.instance.clone();
        assert_eq!(add(&mut case, "li", people, place), Err(code.into()), "{people:?}");
        assert_eq!(case.instance, before);
    }
}

#[test]
fn one_who_is_added_within_a_sequence_comes_at_their_place() {
    let nodes = "  panel: { type: userTask, people: '=[\"a\", \"b\"]', sign: inOrder, operations: addSigner, outcomes: { agree: 好, no: 不 } }\n  end: { type: endEvent, outcome: done }";
    let mut case = begin(nodes);
    add(&mut case, "a", &["c"], Placement::After).expect("more may sign");
    assert_eq!(open_people(&case), ["a"]);
    vote(&mut case, "a:agree");
    assert_eq!(open_people(&case), ["c"]);
    vote(&mut case, "c:agree");
    assert_eq!(open_people(&case), ["b"]);
    assert_eq!(vote(&mut case, "b:agree").as_deref(), Some("agree"));
}

/// A task of `li`'s that may be handed on, after one that `wu` must not have done.
const HANDED: &str = "  first: { type: userTask, role: clerk }\n  review: { type: userTask, assign: initiator, separate: [first], operations: [transfer, delegate], outcomes: { agree: 同意 } }\n  end: { type: endEvent, outcome: done }";

#[test]
fn a_task_is_handed_over_or_prepared_by_another() {
    let handed = || {
        let mut case = begin(HANDED);
        let first = case.key("first");
        case.complete_key(first, None, "wu").expect("first is open");
        case.events.clear();
        case
    };
    let transfer =
        |task, to: &str| Command::TransferTask { task, to: to.into(), reason: String::new() };
    let delegate =
        |task, to: &str| Command::DelegateTask { task, to: to.into(), reason: String::new() };
    let mut case = handed();
    let task = case.key("review");
    for (actor, command, code) in [
        ("a", transfer(task, "b"), "NOT_CANDIDATE"),
        ("li", transfer(task, "nobody"), "UNKNOWN_PERSON"),
        ("li", transfer(task, "wu"), "SAME_PERSON"),
        ("li", delegate(task, "wu"), "SAME_PERSON"),
        ("li", delegate(task, "li"), "BAD_ARGUMENT"),
        ("li", Command::HandBack { task, comment: None }, "NOT_DELEGATED"),
    ] {
        assert_eq!(case.give(person(actor), command.clone()), Err(code.into()), "{command:?}");
    }
    case.give(person("li"), transfer(task, "a")).expect("it is li's");
    assert_eq!(names(&case.events), ["taskTransferred"]);
    assert_eq!(open_people(&case), ["a"]);
    case.complete_key(task, Some("agree"), "a").expect("it is a's now");
    assert_eq!(case.ended(), Some("done"));

    let mut case = handed();
    let task = case.key("review");
    case.give(person("li"), delegate(task, "a")).expect("it is li's");
    assert_eq!(case.complete_key(task, Some("agree"), "a"), Err("DELEGATED".into()));
    assert_eq!(case.complete_key(task, Some("agree"), "li"), Err("CLAIMED_BY_ANOTHER".into()));
    case.give(person("a"), Command::HandBack { task, comment: Some("done".into()) })
        .expect("a prepared it");
    assert_eq!(names(&case.events), ["taskDelegated", "taskHandedBack"]);
    case.complete_key(task, Some("agree"), "li").expect("it came back");
}

#[test]
fn every_operation_answers_why_it_is_off() {
    let case = begin(HANDED);
    let allowed = allowed_operations(
        &case.definition,
        &case.instance,
        case.key("first"),
        (&person("li"), case.now),
    );
    let off: Vec<(Operation, Option<&str>)> = allowed
        .iter()
        .map(|one| (one.operation, one.refused.as_ref().map(Rejection::code)))
        .collect();
    let no = Some("OPERATION_NOT_ALLOWED");
    assert_eq!(
        off,
        [
            (Operation::Transfer, no),
            (Operation::Delegate, no),
            (Operation::AddSigner, no),
            (Operation::RemoveSigner, no),
            (Operation::Recuse, no),
            (Operation::Replace, no),
            (Operation::Return, no),
            (Operation::Terminate, no),
            (Operation::Urge, None),
            (Operation::Copy, None),
        ]
    );
}

#[test]
fn one_who_agreed_before_is_not_asked_again_as_the_definition_says() {
    // `li` does a and c, `wu` does b; who is asked at d? Said of each task, or of the process.
    let of_tasks = |dedupe: &str| {
        format!(
            "  a: {{ type: userTask, assign: initiator, outcomes: {{ ok: 好 }} }}\n  b: {{ type: userTask, assign: =\"wu\", outcomes: {{ ok: 好 }} }}\n  c: {{ type: userTask, assign: initiator, dedupe: {dedupe}, outcomes: {{ ok: 好, reject: 不 }} }}\n  d: {{ type: userTask, assign: initiator, dedupe: {dedupe}, outcomes: {{ ok: 好, reject: 不 }} }}\n  end: {{ type: endEvent, outcome: done }}"
        )
    };
    let of_process = |dedupe: &str| {
        let nodes = of_tasks(dedupe).replace(&format!(" dedupe: {dedupe},"), "");
        let nodes = nodes.replace("assign: =\"wu\",", "assign: =\"wu\", dedupe: never,");
        nodes.replace("a: { type: userTask,", "a: { type: userTask, dedupe: never,")
            + &format!("\ndedupe: {dedupe}")
    };
    let cases = [("never", &["c", "d"][..]), ("inRow", &["c"]), ("everyTime", &[])];
    let said = cases.iter().flat_map(|(dedupe, asked)| {
        [of_tasks(dedupe), of_process(dedupe)].map(|nodes| (nodes, dedupe, asked))
    });
    for (nodes, dedupe, asked) in said {
        let mut case = begin(&nodes);
        case.complete("a", Some("ok")).expect("a is li's");
        let b = case.key("b");
        case.complete_key(b, Some("ok"), "wu").expect("b is wu's");
        for task in *asked {
            assert_eq!(case.at(), [*task], "{dedupe}");
            case.complete(task, Some("ok")).expect("it is li's");
        }
        assert_eq!(case.ended(), Some("done"), "{dedupe}");
        let skipped: Vec<&str> = case
            .events
            .iter()
            .filter_map(|event| match event {
                Event::TaskSkipped { outcome: Some(outcome), .. } => Some(outcome.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(skipped, vec!["ok"; 2 - asked.len()], "{dedupe}");
    }
}

#[test]
fn whoever_began_the_case_does_it_or_is_passed_or_their_superior_does() {
    let nodes = |starter: &str| {
        format!(
            "  review: {{ type: userTask, assign: initiator, starter: {starter}, outcomes: {{ ok: 好 }} }}\n  end: {{ type: endEvent, outcome: done }}"
        )
    };
    assert_eq!(open_people(&begin(&nodes("itself"))), ["li"]);
    assert_eq!(begin(&nodes("skip")).ended(), Some("done"));
    assert_eq!(open_people(&begin(&nodes("superior"))), ["boss"]);
    let above = "  review: { type: userTask, assign: manager }";
    assert_eq!(open_people(&begin(above)), ["boss"]);
    let nobody = begin("  review: { type: userTask, assign: manager 2 }");
    let incident = nobody.instance.activations().values().find_map(|one| one.incident.as_ref());
    assert_eq!(incident.map(|incident| incident.code.as_str()), Some("NOBODY_FOUND"));
}
