//! Who is in a round while it runs: signers who are taken out, given to others, asked again after a
//! return, or of whom nobody is left.

use super::case_tests::admin;
use super::rounds_tests::with_ends;
use super::signing_tests::{begin, open_people, task_of};
use super::tests::{Case, names, person};
use crate::command::Command;
use crate::definition::source::Then;
use crate::event::{Event, Placement};
use crate::ids::Key;

fn case(nodes: &str) -> Case {
    begin(&with_ends(nodes))
}

fn panel(keys: &str) -> Case {
    case(&format!(
        "  panel: {{ type: userTask, people: '=[\"a\", \"b\", \"c\"]', operations: [takeBack, transfer, addSigner, removeSigner], {keys}, outcomes: {{ agree: 好, no: {{ label: 不, to: not }} }} }}"
    ))
}

fn vote(case: &mut Case, who: &str, outcome: &str) -> Key {
    let task = task_of(case, who);
    case.complete_key(task, Some(outcome), who).unwrap_or_else(|code| panic!("{who}: {code}"));
    task
}

fn add(case: &mut Case, by: &str, who: &str, place: Placement) {
    let (task, people, reason) = (task_of(case, by), vec![who.into()], String::new());
    let command = Command::AddSigners { task, people, place, reason };
    case.give(person(by), command).unwrap_or_else(|code| panic!("{who}: {code}"));
}

fn remove(case: &mut Case, who: &str) -> Result<(), String> {
    let task = *case.instance.activations().keys().next_back().expect("a task is open");
    let (person, reason) = (who.into(), "ill".to_owned());
    case.give(admin(), Command::RemoveSigner { task, person, reason })
}

fn transfer(case: &mut Case, from: &str, to: &str) {
    let (task, reason) = (task_of(case, from), String::new());
    let command = Command::TransferTask { task, to: to.into(), reason };
    case.give(person(from), command).unwrap_or_else(|code| panic!("{from} to {to}: {code}"));
}

fn take_back(case: &mut Case, who: &str, task: Key) {
    let command = Command::TakeBack { task, reason: String::new() };
    case.give(person(who), command).unwrap_or_else(|code| panic!("{who}: {code}"));
}

#[test]
fn who_is_taken_out_before_their_turn_leaves_the_others_their_places() {
    let mut case = panel("sign: inOrder");
    add(&mut case, "a", "wu", Placement::Alongside);
    case.events.clear();
    remove(&mut case, "c").expect("c's turn has not come");
    let (person, reason) = ("c".into(), "ill".to_owned());
    let removed = Event::SignerRemoved { key: Key(1), person, place: Some(2), reason };
    assert_eq!(case.events, [removed]);
    for who in ["wu", "a", "b"] {
        vote(&mut case, who, "agree");
    }
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn who_was_taken_out_is_not_asked_again_when_another_takes_a_vote_back() {
    let mut case = panel("sign: inOrder");
    let first = vote(&mut case, "a", "agree");
    remove(&mut case, "b").expect("b has not decided");
    assert_eq!(open_people(&case), ["c"]);
    take_back(&mut case, "a", first);
    assert_eq!(open_people(&case), ["a"]);
    vote(&mut case, "a", "agree");
    assert_eq!(open_people(&case), ["c"], "b was taken out");
    vote(&mut case, "c", "agree");
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn a_removal_of_before_that_tells_no_place_is_still_read() {
    let mut case = panel("sign: all");
    let mut before = case.instance.clone();
    case.events.clear();
    remove(&mut case, "c").expect("c has not decided");
    let told = serde_json::to_string(&case.events).expect("plain data");
    let told = told.replace(",\"place\":2", "");
    let events: Vec<Event> = serde_json::from_str(&told).expect("it was written so");
    for event in &events {
        before.apply(event);
    }
    assert_ne!(before, case.instance, "it counted among those who are done");
    case.instance = before;
    vote(&mut case, "a", "agree");
    vote(&mut case, "b", "agree");
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn nobody_takes_the_last_signer_out_in_any_way() {
    let mut case = case(
        "  review: { type: userTask, assign: initiator, operations: [addSigner, removeSigner], outcomes: { agree: 好 } }",
    );
    add(&mut case, "li", "a", Placement::Alongside);
    remove(&mut case, "li").expect("a is left");
    assert_eq!(remove(&mut case, "a"), Err("NO_ADDED_SIGNER".into()), "nobody would be left");
    vote(&mut case, "a", "agree");
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn a_signer_is_taken_out_by_the_name_of_whose_task_it_is() {
    let mut case = panel("sign: all");
    add(&mut case, "a", "wu", Placement::Alongside);
    transfer(&mut case, "wu", "boss");
    // Who handed their vote on may be added anew.
    add(&mut case, "a", "wu", Placement::Alongside);
    remove(&mut case, "boss").expect("boss has not decided");
    assert_eq!(open_people(&case), ["a", "b", "c", "wu"]);
    remove(&mut case, "c").expect("c has not decided");
    add(&mut case, "a", "c", Placement::Alongside);
    for who in ["wu", "a", "b", "c"] {
        vote(&mut case, who, "agree");
    }
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn a_round_that_one_decided_is_asked_as_a_whole_again() {
    let nodes = |operations: &str| {
        case(&format!(
            "  panel: {{ type: userTask, people: '=[\"a\", \"b\"]', sign: any, operations: [takeBack], outcomes: {{ agree: 好 }} }}
  next: {{ type: userTask, assign: initiator, operations: [{operations}], outcomes: {{ agree: 好, back: {{ label: 退, to: panel }} }} }}"
        ))
    };
    let mut case = nodes("return");
    vote(&mut case, "a", "agree");
    let (task, to) = (case.key("next"), vec!["panel".into()]);
    let (then, reason) = (Some(Then::RunOn), "why".to_owned());
    case.give(person("li"), Command::ReturnTask { task, to, then, reason }).expect("it is li's");
    assert_eq!(open_people(&case), ["a", "b"]);
    let task = vote(&mut case, "b", "agree");
    take_back(&mut case, "b", task);
    assert_eq!(open_people(&case), ["a", "b"]);
    vote(&mut case, "a", "agree");
    vote(&mut case, "li", "back");
    assert_eq!(open_people(&case), ["a", "b"]);
}

#[test]
fn who_agreed_before_is_asked_where_the_case_was_sent_back_to_or_where_they_are_added() {
    let mut case = case(
"  first: { type: userTask, assign: =\"a\", dedupe: never, outcomes: { agree: 好 } }
  panel: { type: userTask, people: '=[\"a\", \"b\"]', sign: all, operations: [addSigner], outcomes: { agree: 好 } }
  next: { type: userTask, assign: initiator, dedupe: never, outcomes: { agree: 好, back: { label: 退, to: panel } } }
dedupe: everyTime",
);
    vote(&mut case, "a", "agree");
    assert_eq!(open_people(&case), ["b"], "a agreed before");
    vote(&mut case, "b", "agree");
    vote(&mut case, "li", "back");
    assert_eq!(open_people(&case), ["a", "b"], "the round is to be done again");

    let mut case = super::rosters_tests::case(
        "  first: { type: userTask, assign: =\"a\", outcomes: { agree: 好 } }
  fill: { type: userTask, assign: initiator }
  next: { type: userTask, assign: =\"a\", dedupe: everyTime, edit: came, operations: [return], outcomes: { agree: 好 } }",
    );
    vote(&mut case, "a", "agree");
    case.complete("fill", None).expect("it is li's");
    let (task, to, reason) = (task_of(&case, "a"), vec!["fill".into()], "why".to_owned());
    let command = Command::ReturnTask { task, to, then: Some(Then::ComeBack), reason };
    case.give(person("a"), command).expect("it is a's");
    case.complete("fill", None).expect("it is corrected");
    assert_eq!(case.at(), ["next"]);
    assert!(case.instance.activation(case.key("next")).is_some_and(|one| one.again));

    let mut case = super::rosters_tests::case(
"  first: { type: userTask, assign: =\"a\", dedupe: never, outcomes: { agree: 好 } }
  panel: { type: userTask, assign: =\"b\", operations: [addSigner], dedupe: everyTime, outcomes: { agree: 好 } }",
);
    vote(&mut case, "a", "agree");
    add(&mut case, "b", "a", Placement::Alongside);
    assert_eq!(open_people(&case), ["b", "a"], "somebody wants them to be asked");
}

#[test]
fn a_task_is_never_given_to_somebody_who_is_refused() {
    let stopped = |nodes: &str| {
        let case = case(nodes);
        let incidents = case.instance.activations().values().filter_map(|it| it.incident.as_ref());
        let codes: Vec<String> = incidents.map(|incident| incident.code.clone()).collect();
        codes
    };
    // Who began the case is passed; but not what needs an opinion.
    let opinion = "outcomes: { ok: { label: 好, comment: required } }";
    for (nobody, says, expected) in [
        ("person: li", "", &[][..]),
        ("person: li", opinion, &["NOBODY_FOUND"]),
        ("person: boss", opinion, &[]),
    ] {
        let says = if says.is_empty() { String::new() } else { format!(", {says}") };
        let nodes = format!(
            "  look: {{ type: userTask, role: head, starter: skip, nobody: {{ {nobody} }}{says} }}"
        );
        assert_eq!(stopped(&nodes), expected, "{nobody}");
    }
}

#[test]
fn a_superior_does_not_hand_the_task_to_whose_request_it_is() {
    let mut case = case(
        "  look: { type: userTask, assign: initiator, starter: superior, operations: [transfer, delegate] }",
    );
    let (task, reason) = (task_of(&case, "boss"), String::new());
    let command = Command::TransferTask { task, to: "li".into(), reason };
    assert_eq!(case.give(person("boss"), command), Err("SAME_PERSON".into()));
}

#[test]
fn one_who_signs_takes_no_other_task_of_the_round() {
    let mut case = case(
        "  look: { type: userTask, role: clerk, operations: [addSigner], outcomes: { agree: 好 } }",
    );
    let task = *case.instance.activations().keys().next_back().expect("it is offered");
    let (people, place) = (vec!["wu".into()], Placement::Alongside);
    let add = Command::AddSigners { task, people, place, reason: String::new() };
    case.give(person("li"), add).expect("li may do it");
    let claim = Command::ClaimTask { task };
    assert_eq!(case.give(person("wu"), claim.clone()), Err("ALREADY_SIGNER".into()));
    case.give(person("li"), claim).expect("li does not sign yet");
    case.events.clear();
    vote(&mut case, "wu", "agree");
    assert_eq!(names(&case.events), ["voteCast", "taskCompleted", "nodeCompleted"]);
}

#[test]
fn whose_place_was_taken_out_signs_where_another_part_came_to_them() {
    let mut case = case(
        "  panel: { type: userTask, people: '=[\"a\", \"b\", \"c\"]', sign: all, operations: [transfer, removeSigner], outcomes: { agree: 好 } }
  next: { type: userTask, assign: initiator, dedupe: never, outcomes: { agree: 好, back: { label: 退, to: panel } } }",
    );
    remove(&mut case, "b").expect("b has not decided");
    transfer(&mut case, "c", "b");
    for _ in 0..2 {
        assert_eq!(open_people(&case), ["a", "b"]);
        vote(&mut case, "a", "agree");
        vote(&mut case, "b", "agree");
        vote(&mut case, "li", "back");
    }
    // And whose part went to another before it was taken out is asked no more.
    transfer(&mut case, "a", "wu");
    remove(&mut case, "wu").expect("wu has not decided");
    vote(&mut case, "b", "agree");
    vote(&mut case, "li", "back");
    assert_eq!(open_people(&case), ["b"]);
}

#[test]
fn who_signed_and_has_left_since_is_not_asked_again_and_who_was_never_there_is_told() {
    let nodes = |people: &str| {
        format!(
            "  panel: {{ type: userTask, people: '=[{people}]', sign: all, outcomes: {{ agree: 好 }}, to: look }}
  look: {{ type: userTask, role: clerk, operations: [return], to: end }}"
        )
    };
    let incidents = |case: &Case| {
        let stopped = case.instance.activations().values().filter_map(|one| one.incident.as_ref());
        stopped.map(|incident| incident.code.clone()).collect::<Vec<_>>()
    };
    let mut case = case(&nodes("\"a\", \"b\", \"c\""));
    for who in ["a", "b", "c"] {
        vote(&mut case, who, "agree");
    }
    case.facts.people.insert("b".into(), None);
    let (task, to) = (case.key("look"), vec!["panel".into()]);
    let back = Command::ReturnTask { task, to, then: None, reason: "again".into() };
    case.give(person("li"), back).expect("the panel was before it");
    assert_eq!(incidents(&case), [""; 0]);
    let mut open = open_people(&case);
    open.sort_unstable();
    assert_eq!(open, ["a", "c"]);
    for who in ["a", "c"] {
        vote(&mut case, who, "agree");
    }
    assert_eq!(case.at(), ["look"]);
    let never = begin(&with_ends(&nodes("\"a\", \"nobody\"")));
    assert_eq!(incidents(&never), ["NOBODY_FOUND"]);
}
