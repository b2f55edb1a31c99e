//! Who reads what others did in a case, who lets others know of it, and how often somebody is urged.

use super::case_tests::begin;
use super::tests::{Case, names, person};
use crate::actor::{Actor, Grant};
use crate::command::Command;
use crate::ids::RoleName;
use crate::time::Timestamp;

/// Somebody with only these roles.
fn only(id: &str, roles: &[&str]) -> Actor {
    let grant = |role: &&str| Grant { role: RoleName::new(*role), unit: None };
    Actor::Person { id: id.into(), unit: None, grants: roles.iter().map(grant).collect() }
}

fn copy(to: &str) -> Command {
    Command::Copy { people: vec![to.into()], task: None }
}

const LINE: &str = "  apply: { type: userTask, assign: initiator }
  check: { type: userTask, role: clerk }
  sign: { type: userTask, role: head }";

#[test]
fn only_who_has_a_task_of_their_own_lets_others_know() {
    let mut case = begin(LINE);
    assert_eq!(case.give(person("li"), copy("a")), Err("NOT_INSIDE".into()));
    case.complete("apply", None).expect("it is li's");
    for (who, inside) in [
        (only("li", &["starter"]), false),
        (only("a", &[]), false),
        (only("wu", &["head"]), false),
        (only("wu", &["clerk"]), true),
        (Actor::Public, false),
    ] {
        assert_eq!(case.definition.is_inside(&case.instance, &who), inside, "{who:?}");
    }
    case.give(only("wu", &["clerk"]), copy("a")).expect("the task is offered to them");
    assert_eq!(case.give(only("a", &[]), copy("b")), Err("NOT_INSIDE".into()));
    case.give(only("boss", &["admin"]), copy("b")).expect("an admin may");
    let check = case.key("check");
    case.complete_key(check, None, "wu").expect("it is offered");
    case.give(only("wu", &[]), copy("c")).expect("they had a task");
    case.facts.people.insert("x".into(), None);
    let nobody = case.give(only("wu", &[]), copy("x"));
    assert_eq!(nobody, Err("UNKNOWN_PERSON".into()), "there is nobody of that id");
}

#[test]
fn a_process_says_who_reads_opinions() {
    let inside = |opinions: &str, who: &Actor| {
        // The list of operations stands before it.
        let case = Case::begin_allowing(&format!("]\nopinions: [{opinions}"), LINE, |_| {});
        case.definition.is_inside(&case.instance, who)
    };
    let (began, clerk) = (only("li", &["starter"]), only("wu", &["clerk"]));
    for (opinions, of_whom) in
        [("", [false, false]), ("open", [true, true]), ("clerk, head", [false, true])]
    {
        assert_eq!([inside(opinions, &began), inside(opinions, &clerk)], of_whom, "{opinions}");
    }
}

#[test]
fn a_task_is_urged_once_a_day() {
    let mut case = Case::begin("  check: { type: userTask, role: clerk }");
    let urge = Command::UrgeTask { task: case.key("check") };
    case.events.clear();
    let urged_at = case.now;
    case.give(person("wu"), urge.clone()).expect("nobody urged it");
    assert_eq!(names(&case.events), ["taskUrged"]);
    case.advance(24 * 60 * 60 * 1_000 - 1);
    let until = Timestamp(urged_at.0 + 24 * 60 * 60 * 1_000);
    let refused = format!(
        "URGED_ALREADY expected a task that nobody urged for a day, but this one was; you may urge it again from {until}"
    );
    assert_eq!(case.refusal(person("li"), urge.clone()), refused);
    case.advance(1);
    case.give(person("li"), urge).expect("a day is over");
}

#[test]
fn a_round_is_secret_until_it_is_decided() {
    let round = |sign: &str| {
        format!(
            "  vote: {{ type: userTask, people: '=[\"wu\", \"zhao\"]', sign: {sign}, outcomes: {{ agree: 同意, stop: 不同意 }} }}\n  after: {{ type: userTask, role: clerk }}"
        )
    };
    let secret = |case: &Case, who: &str| {
        let actor = only(who, &[]);
        !case.definition.secret_tasks(&case.instance, &actor, |_| None).is_empty()
    };
    for (sign, expected) in [
        ("vote", true),
        ("all", true),
        ("{ rule: all, open: true }", false),
        ("{ rule: vote, open: true }", false),
        ("inOrder", false),
        ("{ rule: inOrder, open: false }", true),
    ] {
        let mut case = Case::begin(&round(sign));
        for who in ["wu", "zhao"] {
            assert_eq!(secret(&case, who), expected, "{sign}: {who}");
        }
        assert_eq!(secret(&case, "li"), expected, "{sign}: nor does who does not sign");
        for (at, who) in ["wu", "zhao"].into_iter().enumerate() {
            if at > 0 {
                assert_eq!(secret(&case, "wu"), expected, "{sign}: after their own vote too");
            }
            let open = case
                .instance
                .activations()
                .iter()
                .find(|(_, one)| one.item.as_ref().is_some_and(|item| item.value == who));
            let task = *open.expect("it is their turn").0;
            case.complete_key(task, Some("agree"), who).expect("it is theirs");
        }
        for who in ["wu", "li"] {
            assert!(!secret(&case, who), "{sign}: it is decided");
        }
    }
}
