//! Rounds of several signers at their edges: deadlines, those who began the case, those who agreed
//! before, and nobody with two votes. Definitions of these tests are read without places, which sorts
//! keys: the passing outcome is the first in the alphabet.

use std::fmt::Write as _;

use super::signing_tests::{begin, open_people, task_of};
use super::tests::{Case, names, person};
use crate::command::Command;
use crate::event::{Cause, Event, Placement};
use crate::ids::Key;
use crate::weight::Weight;

const DAY: i64 = 24 * 60 * 60 * 1_000;

/// A case with an end after these nodes, and those that they lead to beside it.
fn case(nodes: &str) -> Case {
    begin(&with_ends(nodes))
}

pub(super) fn with_ends(nodes: &str) -> String {
    let (nodes, keys) = nodes.split_once("\ndedupe").unwrap_or((nodes, ""));
    let mut all = format!("{nodes}\n  end: {{ type: endEvent, outcome: done }}");
    for end in ["not", "late"].iter().filter(|end| nodes.contains(&format!("to: {end}"))) {
        let _ = write!(all, "\n  {end}: {{ type: endEvent, outcome: {end} }}");
    }
    if keys.is_empty() { all } else { all + "\ndedupe" + keys }
}

/// A round, or a list, whose deadline leads to `late`.
fn overdue(keys: &str) -> Case {
    case(&format!("  panel: {{ type: userTask, due: 2 days, overdue: {{ to: late }}, {keys} }}"))
}

fn vote(case: &mut Case, who: &str, outcome: &str) -> Key {
    let task = task_of(case, who);
    case.complete_key(task, Some(outcome), who).unwrap_or_else(|code| panic!("{who}: {code}"));
    task
}

fn incidents(case: &Case) -> Vec<&str> {
    let stopped = case.instance.activations().values().filter_map(|one| one.incident.as_ref());
    stopped.map(|incident| incident.code.as_str()).collect()
}

#[test]
fn one_who_is_late_ends_the_whole_round_where_the_case_goes_elsewhere_then() {
    let outcomes = "outcomes: { agree: 好, no: { label: 不, to: not } }";
    let of_many = ["any", "all", "inOrder", "vote", "{ rule: vote, quorum: 2 }"];
    let signed = of_many.map(|sign| format!("people: '=[\"a\", \"b\"]', sign: {sign}, {outcomes}"));
    let others = [
        format!("role: expert, sign: all, {outcomes}"),
        format!("assign: initiator, operations: [addSigner], {outcomes}"),
        format!("forEach: {{ in: list, as: it }}, assign: =it, sign: all, {outcomes}"),
        "people: '=[\"a\", \"b\"]', outcomes: { agree: 好 }".to_owned(),
        "forEach: { in: list, as: it }, assign: =it".to_owned(),
        "loop: { while: n < 3, max: 3 }, assign: initiator".to_owned(),
        "assign: initiator".to_owned(),
    ];
    for keys in signed.iter().chain(&others) {
        let mut all = overdue(keys);
        all.advance(10 * DAY);
        assert_eq!(all.ended(), Some("late"), "{keys}: nobody decided");
        if !keys.contains("\"b\"") || keys.contains("any") {
            continue;
        }
        let mut one = overdue(keys);
        vote(&mut one, "a", "agree");
        one.advance(10 * DAY);
        assert_eq!(one.ended(), Some("late"), "{keys}: one decided");
    }
}

#[test]
fn a_round_that_is_overdue_gives_exactly_these_events() {
    let keys = "people: '=[\"a\", \"b\"]', sign: all, outcomes: { agree: 好 }";
    let mut case = case(&format!(
        "  draft: {{ type: userTask, assign: initiator }}
  panel: {{ type: userTask, due: 2 days, overdue: {{ to: draft }}, {keys} }}"
    ));
    case.complete("draft", None).expect("it is li's");
    let body = case.key("panel");
    case.events.clear();
    case.advance(10 * DAY);
    let expected = [
        "timerFired",
        "nodeTerminated",
        "nodeTerminated",
        "nodeTerminated",
        "returned",
        "flowTaken",
        "nodeActivated",
        "taskCreated",
    ];
    assert_eq!(names(&case.events), expected);
    let ended = case.events.iter().filter_map(|event| match event {
        Event::NodeTerminated { key, cause, .. } => Some((*key, cause.clone())),
        _ => None,
    });
    let ended: Vec<(Key, Cause)> = ended.collect();
    assert_eq!(ended[2], (body, Cause::Overdue));
    assert_eq!(ended[..2].iter().filter(|(_, cause)| *cause == Cause::Scope).count(), 2);
    assert_eq!((case.at(), open_people(&case)), (vec!["draft"], vec!["li".to_owned()]));
}

/// Three people vote until the deadline.
fn closing(keys: &str) -> Case {
    case(&format!(
        "  panel: {{ type: userTask, people: '=[\"a\", \"b\", \"c\"]', due: 2 days, operations: [addSigner, takeBack, transfer], sign: {{ rule: vote, close: due, {keys} }}, outcomes: {{ agree: 好, no: {{ label: 不, to: not }} }} }}"
    ))
}

fn count(case: &Case) -> serde_json::Value {
    let counts = case.events.iter().rev().find_map(|event| match event {
        Event::SignDecided { count, .. } => Some(count.clone()),
        _ => None,
    });
    counts.expect("it was decided")
}

#[test]
fn a_vote_is_closed_at_the_deadline_and_counted_without_the_absent() {
    for (keys, votes, ended, why) in [
        ("quorum: 2", "a:agree b:agree", "done", "passed"),
        ("quorum: 2", "a:agree", "not", "noQuorum"),
        ("quorum: 2", "", "not", "noQuorum"),
        ("pass: 2/3", "", "not", "notPassed"),
        ("pass: 2/3", "a:agree", "done", "passed"),
        ("pass: 2/3, of: all", "a:agree", "not", "notPassed"),
        ("pass: 2/3, of: all", "a:agree b:agree", "done", "passed"),
        (
            "pass: 2/3, of: all, weight: \"=person == 'c' ? 3 : 1\"",
            "a:agree b:agree",
            "not",
            "notPassed",
        ),
        ("abstain: allowed, quorum: 3", "a:agree b:abstain", "not", "noQuorum"),
    ] {
        let mut case = closing(keys);
        for one in votes.split_whitespace() {
            let (who, outcome) = one.split_once(':').expect("who:outcome");
            vote(&mut case, who, outcome);
        }
        assert_eq!(case.at().len(), 4 - votes.split_whitespace().count(), "{keys}: {votes}");
        case.advance(10 * DAY);
        assert_eq!(case.ended(), Some(ended), "{keys}: {votes}");
        assert_eq!(count(&case)["why"], why, "{keys}: {votes}");
        let absent = 3 - votes.split_whitespace().count();
        assert_eq!(count(&case)["absent"], absent, "{keys}: {votes}");
    }
}

#[test]
fn closing_a_vote_gives_exactly_these_events() {
    let mut case = closing("quorum: 1, weight: \"=person == 'c' ? 3 : 1\"");
    vote(&mut case, "a", "agree");
    let (late, ended) = (task_of(&case, "b"), task_of(&case, "c"));
    case.events.clear();
    case.advance(10 * DAY);
    let once = ["timerFired", "signerAbsent", "nodeTerminated"];
    let decided = ["signDecided", "nodeCompleted", "flowTaken", "nodeActivated", "nodeCompleted"];
    let expected: Vec<&str> =
        once.into_iter().chain(once).chain(decided).chain(["instanceCompleted"]).collect();
    assert_eq!(names(&case.events), expected);
    let absent = |key, who: &str, weight| Event::SignerAbsent {
        key,
        round: 1,
        person: Some(who.into()),
        weight,
    };
    let gone = |key| Event::NodeTerminated { key, cause: Cause::VoteClosed, runs_kept: false };
    assert_eq!(case.events[1..3], [absent(late, "b", Weight::ONE), gone(late)]);
    assert_eq!(case.events[4..6], [absent(ended, "c", Weight::whole(3)), gone(ended)]);
    let expected = serde_json::json!({
        "asked": 3, "voted": 1, "abstained": 0, "absent": 2, "quorum": 1, "for": 1, "against": 0,
        "all": 5, "why": "passed",
    });
    assert_eq!(count(&case), expected);
}

#[test]
fn who_is_absent_gets_no_other_vote_and_whose_deadline_is_later_votes_on() {
    let mut case = closing("quorum: 1");
    case.advance(DAY);
    let (task, people) = (task_of(&case, "a"), vec!["wu".into()]);
    let place = Placement::Alongside;
    let add = Command::AddSigners { task, people, place, reason: String::new() };
    case.give(person("a"), add).expect("more may sign");
    let first = vote(&mut case, "a", "agree");
    case.advance(2 * DAY);
    assert_eq!(open_people(&case), ["wu"], "b and c are absent");
    let (task, reason) = (task_of(&case, "wu"), String::new());
    let transfer = Command::TransferTask { task, to: "b".into(), reason };
    assert_eq!(case.give(person("wu"), transfer), Err("ALREADY_SIGNER".into()));
    let back = Command::TakeBack { task: first, reason: String::new() };
    case.give(person("a"), back).expect("the round still runs");
    vote(&mut case, "a", "no");
    vote(&mut case, "wu", "no");
    assert_eq!((case.ended(), &count(&case)["absent"]), (Some("not"), &2.into()));
}

#[test]
fn agreement_is_what_somebody_chose_themselves() {
    let vote_first = |later: &str| {
        case(&format!(
            "  panel: {{ type: userTask, people: '=[\"a\", \"b\", \"c\"]', sign: vote, outcomes: {{ agree: 好, no: {{ label: 不, to: not }} }} }}
  later: {{ type: userTask, assign: {later}, dedupe: everyTime, outcomes: {{ agree: 好, no: {{ label: 不, to: not }} }} }}"
        ))
    };
    for (who, asked) in [("a", true), ("b", false)] {
        let mut case = vote_first(who);
        for (who, outcome) in [("a", "no"), ("b", "agree"), ("c", "agree")] {
            vote(&mut case, who, outcome);
        }
        match asked {
            true => assert_eq!(case.at(), ["later"], "{who} voted against"),
            false => assert_eq!(case.ended(), Some("done"), "{who} agreed"),
        }
    }
    let mut case = case(
        "  fill: { type: userTask, assign: initiator }
  later: { type: userTask, assign: initiator, dedupe: everyTime, outcomes: { agree: 好, no: { label: 不, to: not } } }",
    );
    case.complete("fill", None).expect("it is li's");
    assert_eq!(case.at(), ["later"], "who filled a form in has not agreed to it");
}

#[test]
fn an_agreement_that_was_undone_counts_no_more() {
    let nodes = "  draft: { type: userTask, role: clerk, dedupe: never }
  first: { type: userTask, assign: =\"a\", operations: [takeBack], outcomes: { agree: 好 } }
  second: { type: userTask, assign: =\"b\", operations: [return], outcomes: { agree: 好, back: { label: 退, to: draft } } }
  third: { type: userTask, assign: =\"a\", outcomes: { agree: 好 } }";
    let mut case = case(&format!("{nodes}\ndedupe: everyTime"));
    for round in 1..=2 {
        case.complete("draft", None).expect("it is li's");
        assert_eq!(case.at(), ["first"], "round {round}: a is asked each time");
        vote(&mut case, "a", "agree");
        vote(&mut case, "b", if round == 1 { "back" } else { "agree" });
    }
    assert_eq!(case.ended(), Some("done"), "a agreed in this round, and is not asked a third time");
}

#[test]
fn in_a_row_is_only_who_did_the_task_just_before_alone() {
    let mut case = case(
        "  fill: { type: userTask, assign: initiator }
  panel: { type: userTask, people: '=[\"a\", \"b\"]', sign: all, outcomes: { agree: 好 } }
  later: { type: userTask, assign: initiator, dedupe: inRow, outcomes: { agree: 好 } }",
    );
    case.complete("fill", None).expect("it is li's");
    vote(&mut case, "a", "agree");
    vote(&mut case, "b", "agree");
    assert_eq!(case.at(), ["later"], "others decided between them");
}

#[test]
fn whoever_began_the_case_has_no_vote_in_a_round_of_it() {
    let outcomes = "outcomes: { agree: 好, no: { label: 不, to: not } }";
    let round = |who: &str, keys: &str, starter: &str| {
        case(&format!(
            "  panel: {{ type: userTask, {who}, starter: {starter}, {keys}, {outcomes} }}"
        ))
    };
    let people = "people: '=[\"li\", \"a\", \"b\"]'";
    let each = "forEach: { in: '=[\"li\", \"a\", \"b\"]', as: it }, assign: =it";
    for sign in ["any", "all", "inOrder", "vote"] {
        for who in [people, each] {
            let case = round(who, &format!("sign: {sign}"), "skip");
            assert!(!open_people(&case).contains(&"li".to_owned()), "{who} {sign}");
            assert_eq!(case.key("panel"), Key(1), "it is not decided");
        }
    }
    let mut half = round(people, "sign: vote", "skip");
    vote(&mut half, "a", "agree");
    vote(&mut half, "b", "no");
    assert_eq!(half.ended(), Some("not"), "one for and one against");

    let case = round("people: '=[\"li\"]'", "sign: all", "skip");
    assert_eq!(incidents(&case), ["NOBODY_FOUND"], "nobody is left");
    let case = round("people: '=[\"li\"]'", "sign: all, nobody: { person: b }", "skip");
    let Some((_, task)) = case.instance.activations().iter().next_back() else { panic!("a task") };
    assert_eq!(incidents(&case), [""; 0]);
    assert!(serde_json::to_string(&task.waiting).expect("plain data").contains("person:b"));

    let case = round("people: '=[\"li\", \"a\", \"boss\"]'", "sign: all", "superior");
    assert_eq!(open_people(&case), ["boss", "a"], "each is asked once");
    let case = round(people, "sign: all", "itself");
    assert_eq!(open_people(&case), ["li", "a", "b"]);
}

#[test]
fn whoever_began_the_case_gets_no_vote_in_a_round_from_others() {
    let mut case = case(
        "  panel: { type: userTask, people: '=[\"a\", \"b\"]', sign: all, starter: skip, operations: [transfer, delegate, addSigner], outcomes: { agree: 好, no: { label: 不, to: not } } }",
    );
    let (task, to, reason) = (task_of(&case, "a"), || "li".into(), String::new);
    let commands = [
        Command::TransferTask { task, to: to(), reason: reason() },
        Command::DelegateTask { task, to: to(), reason: reason() },
        Command::AddSigners { task, people: vec![to()], place: Placement::After, reason: reason() },
    ];
    for command in commands {
        assert_eq!(
            case.give(person("a"), command.clone()),
            Err("SAME_PERSON".into()),
            "{command:?}"
        );
    }
    let over = Command::HandOver { from: "a".into(), to: to(), reason: "leaves".to_owned() };
    assert_eq!(case.give(super::case_tests::admin(), over), Err("SAME_PERSON".into()));
}

#[test]
fn nobody_has_two_votes_in_a_round() {
    for sign in ["any", "all", "inOrder", "vote"] {
        let mut case = case(&format!(
            "  panel: {{ type: userTask, people: '=[\"a\", \"b\", \"c\"]', sign: {sign}, operations: [transfer, delegate, addSigner, removeSigner], outcomes: {{ agree: 好, no: {{ label: 不, to: not }} }} }}"
        ));
        let task = task_of(&case, "a");
        let transfer =
            |to: &str| Command::TransferTask { task, to: to.into(), reason: String::new() };
        let delegate =
            |to: &str| Command::DelegateTask { task, to: to.into(), reason: String::new() };
        let add = |who: &str| {
            let (people, place, reason) = (vec![who.into()], Placement::After, String::new());
            Command::AddSigners { task, people, place, reason }
        };
        for command in [transfer("b"), transfer("c"), delegate("b"), add("a"), add("b")] {
            let told = case.give(person("a"), command.clone());
            assert_eq!(told, Err("ALREADY_SIGNER".into()), "{sign}: {command:?}");
        }
        let admin = super::case_tests::admin();
        assert_eq!(case.give(admin, transfer("b")), Err("ALREADY_SIGNER".into()), "{sign}");
        // Whose vote has become another's signs no more, and may get it back.
        case.give(person("a"), transfer("wu")).expect("wu does not sign yet");
        case.give(person("wu"), transfer("a")).expect("a does not sign any more");
        case.give(person("a"), add("wu")).expect("wu signs no more");
        assert_eq!(case.give(person("a"), transfer("wu")), Err("ALREADY_SIGNER".into()), "{sign}");
        case.give(person("a"), delegate("boss")).expect("boss only prepares it");
    }
}

#[test]
fn a_signer_whose_turn_has_not_come_is_told_so() {
    let mut case = case(
        "  panel: { type: userTask, people: '=[\"a\", \"b\"]', sign: inOrder, operations: [addSigner], outcomes: { agree: 好 } }",
    );
    let task = task_of(&case, "a");
    let complete = |task| Command::CompleteTask {
        task,
        outcome: Some("agree".into()),
        documents: [].into(),
        comment: None,
        seen: std::collections::BTreeMap::new(),
    };
    assert_eq!(
        case.refusal(person("b"), complete(task)),
        "NOT_YOUR_TURN expected your turn, but a decides first; you are asked after them"
    );
    assert_eq!(
        case.refusal(person("c"), complete(task)),
        "NOT_CANDIDATE expected somebody it is offered to (person:a), but you are not"
    );
    case.complete_key(task, Some("agree"), "a").expect("it is a's turn");
    case.complete_key(task_of(&case, "b"), Some("agree"), "b").expect("it is b's turn");
}
