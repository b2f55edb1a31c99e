//! Draws: what a pack says of too few who can be drawn.

use std::sync::Arc;

use serde_json::json;

use super::allowed_operations;
use super::case_tests::admin;
use super::tests::{Case, names, person, problems};
use crate::actor::Member;
use crate::command::Command;
use crate::event::Event;
use crate::ids::Key;
use crate::instance::Waiting;
use crate::operation::Operation;

fn nodes(fewer: &str) -> String {
    format!(
        "  draw: {{ type: draw, pool: expert, size: 3, reserves: 1, {fewer} into: list, reservesInto: said }}
  rate: {{ type: userTask, role: clerk, outcomes: {{ ok: 好, more: {{ label: 再, to: invite }} }}, to: end }}
  invite: {{ type: userTask, role: clerk }}
  end: {{ type: endEvent }}
"
    )
}

/// A draw from so many experts.
fn drawn(fewer: &str, experts: usize) -> Case {
    Case::begin_with(&nodes(fewer), |facts| {
        let member = |at| Member {
            id: format!("e{at}").as_str().into(),
            name: format!("E{at}"),
            unit: None,
            fields: serde_json::Map::new(),
            held_for: None,
        };
        let members: Vec<Member> = (0..experts).map(member).collect();
        facts.members.insert("expert".into(), Arc::new(members));
    })
}

#[test]
fn a_pack_says_what_happens_when_too_few_can_be_drawn() {
    let fewer = "fewer: { than: 2, to: invite },";
    for (experts, at, drawn_people, reserves) in [
        (5, "rate", 3, 1),
        (3, "rate", 3, 0),
        (2, "rate", 2, 0),
        (1, "invite", 0, 0),
        (0, "invite", 0, 0),
    ] {
        let case = drawn(fewer, experts);
        assert_eq!(case.at(), [at], "of {experts}");
        let list = case.instance.variables()["list"].as_array().expect("a list").len();
        assert_eq!(list, drawn_people, "of {experts}");
        let told = case.events.iter().find_map(|event| match event {
            Event::PeopleDrawn { drawn, order, reserves, .. } => {
                Some((drawn.len(), order.len(), reserves.len()))
            }
            _ => None,
        });
        assert_eq!(told, Some((drawn_people, experts, reserves)), "of {experts}");
    }
}

#[test]
fn too_few_are_an_incident_where_the_pack_says_nothing() {
    let case = drawn("", 2);
    let incident = case.instance.activations()[&case.key("draw")].incident.as_ref();
    assert_eq!(incident.map(|it| it.code.as_str()), Some("TOO_FEW_TO_DRAW"));
    assert_eq!(case.instance.variables()["list"], json!(["a", "b"]), "nobody is drawn");
}

#[test]
fn at_least_no_more_than_are_drawn() {
    let found = |than: &str| {
        let found = problems(&nodes(&format!("fewer: {{ than: {than}, to: invite }},")));
        found.iter().map(|it| it.code).collect::<Vec<_>>()
    };
    assert_eq!(found("4"), ["outOfRange"]);
    assert_eq!(found("3"), [""; 0]);
}

const PANEL: &str = "  draw: { type: draw, pool: expert, size: 2, reserves: 3, into: list, reservesInto: said }
  rate: { type: userTask, people: =list, operations: [recuse, replace, transfer], sign: { rule: vote, pass: 1/2 }, outcomes: { ok: 好, no: 不 } }
  first: { type: userTask, role: clerk }
  end: { type: endEvent }
";

/// Two of five rate: the case, who was drawn, and the reserves.
fn rating() -> (Case, Vec<String>, Vec<String>) {
    let case = Case::begin_with(PANEL, |facts| {
        let member = |at| Member {
            id: format!("e{at}").as_str().into(),
            name: format!("E{at}"),
            unit: None,
            fields: serde_json::Map::new(),
            held_for: None,
        };
        let members: Vec<Member> = (0..5).map(member).collect();
        for one in &members {
            facts.people.insert(one.id.clone(), Some(Arc::new(one.clone())));
        }
        facts.members.insert("expert".into(), Arc::new(members));
    });
    let (drawn, reserves) = (people(&case, "list"), people(&case, "said"));
    (case, drawn, reserves)
}

fn people(case: &Case, variable: &str) -> Vec<String> {
    let list = case.instance.variables()[variable].as_array().expect("a list");
    list.iter().map(|one| one.as_str().expect("an id").to_owned()).collect()
}

fn task_of(case: &Case, who: &str) -> Key {
    let is_theirs = |waiting: &Waiting| {
        matches!(waiting, Waiting::Task { candidates, assignee, .. }
            if assignee.as_ref().is_some_and(|it| it.as_str() == who)
                || candidates.iter().any(|it| it.to_string() == format!("person:{who}")))
    };
    let found = case.instance.activations().iter().find(|(_, one)| is_theirs(&one.waiting));
    *found.unwrap_or_else(|| panic!("{who} has a task")).0
}

fn replace(task: Key) -> Command {
    Command::ReplaceDrawn { task, reason: "a former colleague".into() }
}

#[test]
fn the_next_reserve_takes_over_in_the_order_of_the_draw() {
    let (mut case, drawn, reserves) = rating();
    case.events.clear();
    let task = task_of(&case, &drawn[0]);
    case.give(person(&drawn[0]), replace(task)).expect("they step aside");
    assert_eq!(
        names(&case.events),
        ["reserveTookOver", "variableSet", "variableSet", "taskTransferred"]
    );
    let told = case.events.iter().find_map(|event| match event {
        Event::ReserveTookOver { from, to, recused, .. } => {
            Some((from.as_ref().map(ToString::to_string), to.to_string(), *recused))
        }
        _ => None,
    });
    assert_eq!(told, Some((Some(drawn[0].clone()), reserves[0].clone(), true)));
    assert_eq!(people(&case, "list"), [reserves[0].as_str(), drawn[1].as_str()]);
    assert_eq!(people(&case, "said"), reserves[1..]);
    let mine = task_of(&case, &reserves[0]);
    // An admin replaces the other one.
    let task = task_of(&case, &drawn[1]);
    case.give(admin(), replace(task)).expect("an admin may");
    assert_eq!(people(&case, "list"), reserves[..2]);
    assert_eq!(case.give(person("li"), replace(mine)), Err("NOT_CANDIDATE".into()));
    for who in &reserves[..2] {
        let task = task_of(&case, who);
        case.complete_key(task, Some("ok"), who).ok();
    }
    assert!(!case.at().contains(&"rate"), "they vote in the place of those who were drawn");
}

#[test]
fn a_reserve_who_may_not_do_it_is_passed_and_without_one_it_is_refused() {
    let (mut case, drawn, reserves) = rating();
    // The first reserve has the task of the other by hand: they sign once.
    let (task, to) = (task_of(&case, &drawn[1]), reserves[0].as_str().into());
    let reason = String::new();
    case.give(admin(), Command::TransferTask { task, to, reason }).expect("an admin may");
    let task = task_of(&case, &drawn[0]);
    case.give(person(&drawn[0]), replace(task)).expect("they step aside");
    assert_eq!(people(&case, "list")[0], reserves[1]);
    assert_eq!(people(&case, "said"), [reserves[0].as_str(), reserves[2].as_str()]);
    case.give(person(&reserves[1]), replace(task)).expect("they step aside as well");
    assert_eq!(case.give(person(&reserves[2]), replace(task)), Err("NO_RESERVE".into()));
    let none = Command::ReplaceDrawn { task, reason: " ".into() };
    assert_eq!(case.give(person(&reserves[2]), none), Err("BAD_ARGUMENT".into()));
}

#[test]
fn a_task_tells_whether_a_reserve_can_take_over() {
    let (case, drawn, _) = rating();
    let task = task_of(&case, &drawn[0]);
    let on = |actor: &crate::actor::Actor| {
        let all = allowed_operations(&case.definition, &case.instance, task, (actor, case.now));
        let own = |one: Operation| all.iter().any(|it| it.operation == one && it.refused.is_none());
        [own(Operation::Recuse), own(Operation::Replace)]
    };
    assert_eq!(on(&person(&drawn[0])), [true, false]);
    assert_eq!(on(&admin()), [false, true]);
    assert_eq!(on(&person(&drawn[1])), [false, false]);
}
