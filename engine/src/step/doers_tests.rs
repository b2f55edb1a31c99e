//! Who may do a task: what must be another's, tasks that nobody could do, and what one who leaves had.

use std::sync::Arc;

use super::case_tests::admin;
use super::signing_tests::{begin, open_people, task_of};
use super::tests::{Case, beginning, definition, facts, names, person};
use crate::actor::Principal;
use crate::command::Command;
use crate::event::{Event, Placement};
use crate::ids::{InstanceId, Key, PersonId, RoleName};
use crate::rejection::Need;

const END: &str = "\n  end: { type: endEvent, outcome: done }";

fn codes(case: &Case) -> Vec<&str> {
    let stopped = case.instance.activations().values().filter_map(|one| one.incident.as_ref());
    stopped.map(|incident| incident.code.as_str()).collect()
}

fn nobody_holds(case: &mut Case, role: &str) {
    Arc::make_mut(&mut case.facts.held).insert(Principal::Role(role.into()), false);
}

#[test]
fn one_person_does_neither_of_two_tasks_after_the_other() {
    let nodes = "  fork: { type: parallelGateway, to: [one, two] }
  one: { type: userTask, role: clerk, separate: [two], to: join }
  two: { type: userTask, role: clerk, to: join }
  join: { type: parallelGateway }";
    for (first, second) in [("one", "two"), ("two", "one")] {
        let mut case = begin(&(nodes.to_owned() + END));
        case.complete_key(case.key(first), None, "a").expect("nobody did the other");
        let second = case.key(second);
        assert_eq!(case.complete_key(second, None, "a"), Err("SAME_PERSON".into()));
        case.complete_key(second, None, "b").expect("b did nothing");
        assert_eq!(case.ended(), Some("done"));
    }
}

#[test]
fn a_role_that_nobody_holds_is_an_incident_until_somebody_does() {
    let nodes =
        "  write: { type: userTask, role: clerk }\n  look: { type: userTask, role: expert }";
    let mut case = Case::begin(&(nodes.to_owned() + END));
    nobody_holds(&mut case, "expert");
    case.complete("write", None).expect("li is a clerk");
    assert_eq!((case.at(), codes(&case)), (vec!["look"], vec!["NOBODY_FOUND"]));
    Arc::make_mut(&mut case.facts.held).insert(Principal::Role("expert".into()), true);
    case.events.clear();
    case.give(admin(), Command::Retry { key: case.key("look") }).expect("wu is an expert now");
    assert_eq!(names(&case.events), ["incidentResolved", "taskCreated"]);
}

#[test]
fn whom_an_expression_names_and_who_is_not_there_is_nobody() {
    let mut case = begin(
        &("  look: { type: userTask, people: '=[\"nobody\", \"a\"]' }\n".to_owned()
            + "  see: { type: userTask, assign: nobody, nobody: { person: b } }"
            + END),
    );
    assert_eq!((codes(&case), open_people(&case)), (vec!["NOBODY_FOUND"], vec!["a".to_owned()]));
    case.facts.people.insert("nobody".into(), case.facts.people[&PersonId::from("b")].clone());
    let stopped = case.instance.activations().iter().find(|(_, one)| one.incident.is_some());
    let key = *stopped.expect("its run stopped").0;
    case.give(admin(), Command::Retry { key }).expect("there is such a one now");
    case.facts.people.insert("nobody".into(), None);
    for who in ["a", "nobody"] {
        case.complete_key(task_of(&case, who), None, who).expect("it is theirs");
    }
    case.complete_key(case.key("see"), None, "b").expect("it is b's, since nobody is not there");
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn one_who_may_not_do_a_task_does_not_get_it() {
    let mut case = begin(
        &("  apply: { type: userTask, role: clerk }\n".to_owned()
            + "  next: { type: userTask, assign: previous, separate: [apply], nobody: { person: b } }\n"
            + "  sign: { type: userTask, role: expert, sign: all, separate: [apply], outcomes: { ok: 好, no: { label: 否, to: apply } } }"
            + END),
    );
    case.complete_key(case.key("apply"), None, "a").expect("a is a clerk");
    assert_eq!(open_people(&case), Vec::<String>::new());
    case.complete_key(case.key("next"), None, "b").expect("it is b's, since a applied");
    assert_eq!(open_people(&case), ["b", "boss"], "of the experts a, b and boss, a applied");
}

#[test]
fn all_who_sign_are_asked_for_at_once() {
    let nodes = "  sign: { type: userTask, people: '=[\"p\", \"q\", \"r\"]', sign: all, outcomes: { ok: 好, no: { label: 否, to: sign } } }";
    let definition = super::tests::definition(&(nodes.to_owned() + END));
    let envelope = beginning();
    let asked = super::start(&definition, InstanceId(1), &envelope, &super::tests::facts());
    let people = ["p", "q", "r"].map(|one| Need::Person(one.into()));
    assert_eq!(asked.err(), Some(super::Refused::Needs(people.into())));
}

#[test]
fn nobody_signs_twice() {
    let case = begin(
        &("  sign: { type: userTask, people: '=[\"a\", \"b\", \"a\"]', sign: vote, outcomes: { ok: 好, no: { label: 否, to: sign } } }".to_owned()
            + END),
    );
    assert_eq!(open_people(&case), ["a", "b"]);
}

#[test]
fn whoever_began_the_case_does_not_approve_it_as_one_of_a_role() {
    let nodes = "  look: { type: userTask, role: expert, starter: superior }";
    let mut case = begin(&(nodes.to_owned() + END));
    let look = case.key("look");
    assert_eq!(case.complete_key(look, None, "li"), Err("SAME_PERSON".into()));
    case.complete_key(look, None, "a").expect("a did not begin it");

    let only = |facts: &mut crate::facts::Facts| {
        let li = crate::actor::Member {
            id: "li".into(),
            name: "Li".into(),
            unit: None,
            fields: serde_json::Map::from_iter([("manager".to_owned(), "wu".into())]),
            held_for: None,
        };
        facts.members.insert("expert".into(), Arc::new(vec![li.clone()]));
        facts.people.insert("li".into(), Some(Arc::new(li)));
    };
    let case = Case::begin_with(&(nodes.to_owned() + END), only);
    assert_eq!(open_people(&case), ["wu"], "li alone is an expert, and reports to wu");
    let skips = nodes.replace("superior", "skip");
    assert_eq!(Case::begin_with(&(skips + END), only).ended(), Some("done"));
}

fn hand_over(case: &mut Case, from: &str, to: &str) -> Result<(), String> {
    let reason = "leaves".to_owned();
    case.give(admin(), Command::HandOver { from: from.into(), to: to.into(), reason })
}

#[test]
fn what_one_who_leaves_had_becomes_only_somebodys_who_may_do_it() {
    let mut case = begin(
        &("  apply: { type: userTask, role: clerk }\n".to_owned()
            + "  look: { type: userTask, role: clerk, separate: [apply], operations: [delegate] }\n"
            + "  sign: { type: userTask, people: '=[\"a\", \"b\"]', sign: all, outcomes: { ok: 好, no: { label: 否, to: apply } } }"
            + END),
    );
    case.complete_key(case.key("apply"), None, "a").expect("a is a clerk");
    let look = case.key("look");
    case.give(person("b"), Command::ClaimTask { task: look }).expect("b is a clerk");
    assert_eq!(hand_over(&mut case, "b", "a"), Err("SAME_PERSON".into()));
    let delegate = Command::DelegateTask { task: look, to: "c".into(), reason: "away".to_owned() };
    case.give(person("b"), delegate).expect("b has it");
    hand_over(&mut case, "c", "wu").expect("wu did nothing");
    assert_eq!(case.complete_key(look, None, "wu"), Err("DELEGATED".into()), "wu only prepares it");
    let release = Command::ReleaseTask { task: look };
    assert_eq!(case.give(person("wu"), release), Err("DELEGATED".into()), "it goes back to b");
    hand_over(&mut case, "wu", "b").expect("b has it back");
    case.complete_key(look, None, "b").expect("it is b's");
    assert_eq!(hand_over(&mut case, "a", "b"), Err("ALREADY_SIGNER".into()));
    hand_over(&mut case, "a", "c").expect("c does not sign yet");
    assert_eq!(open_people(&case), ["c", "b"]);
}

#[test]
fn what_only_one_decided_in_a_round_they_take_back() {
    let mut case = begin(
        &("  check: { type: userTask, role: clerk, operations: [addSigner, takeBack] }\n"
            .to_owned()
            + "  after: { type: userTask, role: head }"
            + END),
    );
    Arc::make_mut(&mut case.facts.held).insert(Principal::Role("head".into()), true);
    case.facts.members.remove(&RoleName::from("head"));
    let check = *case.instance.activations().keys().last().expect("the signer's task");
    case.complete_key(check, None, "a").expect("a is a clerk");
    assert_eq!(case.at(), ["after"]);
    let back = Command::TakeBack { task: check, reason: String::new() };
    assert_eq!(case.give(person("b"), back.clone()), Err("NOT_CANDIDATE".into()));
    case.give(person("a"), back).expect("nothing followed");
    assert_eq!(open_people(&case), ["a"]);
}

#[test]
fn an_admin_takes_any_signer_out_but_the_last() {
    let mut case = begin(
        &("  sign: { type: userTask, people: '=[\"a\", \"b\", \"c\"]', sign: inOrder, operations: [removeSigner, addSigner], outcomes: { ok: 好, no: { label: 否, to: sign } } }".to_owned()
            + END),
    );
    let remove = |task: Key, who: &str| Command::RemoveSigner {
        task,
        person: who.into(),
        reason: "ill".to_owned(),
    };
    let first = task_of(&case, "a");
    assert_eq!(case.give(person("a"), remove(first, "b")), Err("NO_ADDED_SIGNER".into()));
    case.give(admin(), remove(first, "b")).expect("b's turn has not come");
    case.give(admin(), remove(first, "a")).expect("a has not decided");
    assert_eq!(open_people(&case), ["c"], "it is the next one's turn");
    let last = task_of(&case, "c");
    assert_eq!(case.give(admin(), remove(last, "c")), Err("NO_ADDED_SIGNER".into()));
    let add = Command::AddSigners {
        task: last,
        people: vec!["wu".into()],
        place: Placement::Alongside,
        reason: String::new(),
    };
    case.give(person("c"), add).expect("c signs");
    case.complete_key(last, Some("ok"), "c").expect("it is c's");
    let wu = task_of(&case, "wu");
    case.complete_key(wu, Some("ok"), "wu").expect("it is wu's");
    let told = case.events.iter().find_map(|event| match event {
        Event::SignDecided { count, .. } => count["asked"].as_u64(),
        _ => None,
    });
    assert_eq!((case.ended(), told), (Some("done"), Some(2)));
}

#[test]
fn whom_a_run_is_assigned_to_must_be_there() {
    for mode in ["parallel", "sequential"] {
        let nodes = format!(
            "  look: {{ type: userTask, forEach: {{ in: list, as: who, mode: {mode} }}, assign: '=who == \"b\" ? \"nobody\" : who' }}{END}"
        );
        let mut case = begin(&nodes);
        if mode == "sequential" {
            case.complete_key(task_of(&case, "a"), None, "a").expect("it is a's");
        } else {
            assert_eq!(open_people(&case), ["a"]);
        }
        assert_eq!(codes(&case), ["NOBODY_FOUND"], "{mode}: the second run is nobody's");
    }
}

#[test]
fn runs_ask_for_everybody_whom_they_are_assigned_to_at_once() {
    let nodes = format!(
        "  look: {{ type: userTask, forEach: {{ in: list, as: who, mode: parallel }}, assign: =who }}{END}"
    );
    let definition = definition(&nodes);
    let envelope = beginning();
    let needs = super::start(&definition, InstanceId(1), &envelope, &facts());
    let both = ["a", "b"].map(|id| Need::Person(id.into())).into();
    assert_eq!(needs, Err(super::Refused::Needs(both)));
}

#[test]
fn a_role_is_what_an_expression_gives_or_nobody_is_found() {
    let nodes = |role: &str, keys: &str| {
        format!(
            "  set: {{ type: scriptTask, set: {{ log: '{role}' }} }}\n  look: {{ type: userTask, role: =log{keys} }}{END}"
        )
    };
    let case = begin(&nodes("\"expert\"", ""));
    let offered = case.events.is_empty() && codes(&case).is_empty();
    assert!(offered, "somebody holds it");
    let task = serde_json::to_string(&case.instance.activations()).expect("plain data");
    assert!(task.contains("role:expert"), "{task}");
    let mut case = case;
    case.complete_key(case.key("look"), None, "a").expect("a is an expert");
    let case = begin(&nodes("\"expert\"", ", sign: all, outcomes: { ok: 好 }"));
    assert_eq!(open_people(&case), ["a", "b", "boss"]);
    for role in ["\"judge\"", "null"] {
        for keys in ["", ", sign: all, outcomes: { ok: 好 }"] {
            assert_eq!(codes(&begin(&nodes(role, keys))), ["NOBODY_FOUND"], "{role}{keys}");
        }
    }
    let problems = super::tests::problems(&format!("  look: {{ type: userTask, role: =n }}{END}"));
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["wrongResult"]);
}

#[test]
fn a_copy_to_a_role_goes_to_everybody_who_holds_it_once() {
    let mut case = begin(
        &("  write: { type: userTask, assign: initiator }\n".to_owned()
            + "  look: { type: userTask, people: '=[\"a\", \"b\"]', copy: expert }"
            + END),
    );
    case.events.clear();
    case.complete_key(case.key("write"), None, "li").expect("it is li's");
    let copied = case.events.iter().filter_map(|event| match event {
        Event::Copied { person, .. } => Some(person.as_str()),
        _ => None,
    });
    assert_eq!(copied.collect::<Vec<_>>(), ["a", "b", "boss"]);
}

#[test]
fn one_who_is_there_no_more_or_holds_the_role_no_more_does_not_get_a_task_again() {
    let nodes = "  write: { type: userTask, role: clerk, operations: transfer }
  look: { type: userTask, role: expert, outcomes: { ok: 好, back: { label: 退, to: write } } }";
    let passed = |to: Option<&str>| {
        let mut case = begin(&(nodes.to_owned() + END));
        let write = case.key("write");
        if let Some(to) = to {
            let (task, to, reason) = (write, to.into(), "leave".to_owned());
            case.give(person("a"), Command::ClaimTask { task }).expect("a is a clerk");
            case.give(person("a"), Command::TransferTask { task, to, reason }).expect("b is there");
        }
        case.complete_key(write, None, to.unwrap_or("a")).expect("they are clerks");
        case
    };
    let back = |case: &mut Case| {
        case.complete_key(case.key("look"), Some("back"), "wu").expect("wu is an expert");
        open_people(case)
    };
    let only = |case: &Case, id: &str| {
        let member = case.facts.people[&PersonId::from(id)].clone().expect("they are there");
        Arc::new(vec![(*member).clone()])
    };
    assert_eq!(back(&mut passed(None)), ["a"], "a did it");

    let mut gone = passed(None);
    gone.facts.people.insert("a".into(), None);
    assert_eq!(back(&mut gone), Vec::<String>::new(), "any clerk's");
    gone.complete_key(gone.key("write"), None, "b").expect("b is a clerk");

    let mut other = passed(None);
    other.facts.members.insert("clerk".into(), only(&other, "b"));
    assert_eq!(back(&mut other), Vec::<String>::new(), "a is no clerk any more");

    let mut named = passed(Some("b"));
    named.facts.members.insert("clerk".into(), only(&named, "a"));
    assert_eq!(back(&mut named), ["b"], "it was given to b by name");
    assert_eq!(back_again(&mut named), ["b"], "and is theirs however often");
}

/// Done again and sent back again.
fn back_again(case: &mut Case) -> Vec<String> {
    case.complete_key(case.key("write"), None, "b").expect("it is theirs");
    case.complete_key(case.key("look"), Some("back"), "wu").expect("wu is an expert");
    open_people(case)
}

#[test]
fn a_task_of_whoever_began_the_case_and_is_there_no_more_is_nobodys() {
    let nodes = "  write: { type: userTask, role: clerk }
  mine: { type: userTask, assign: initiator }";
    let mut case = begin(&(nodes.to_owned() + END));
    case.facts.people.insert("li".into(), None);
    case.complete_key(case.key("write"), None, "a").expect("a is a clerk");
    assert_eq!((case.at(), codes(&case)), (vec!["mine"], vec!["NOBODY_FOUND"]));
}
