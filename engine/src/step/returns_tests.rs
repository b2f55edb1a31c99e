//! Returns out of forks, sub-processes and rounds, straight back and on through: what is undone,
//! what is kept, and what is refused.

use super::allowed_operations;
use super::tests::{Case, names, person};
use crate::command::Command;
use crate::definition::source::Then;
use crate::event::{Cause, Event};
use crate::ids::{Key, NodeName};
use crate::operation::Operation;

/// Two branches of two tasks each between a draft and a last task.
const FORK: &str = "  draft: { type: userTask, role: clerk }
  fork: { type: parallelGateway, to: [a1, b1] }
  a1: { type: userTask, role: clerk, operations: [takeBack], to: a2 }
  a2: { type: userTask, role: clerk, operations: return, to: join, outcomes: { ok: 好, back: { label: 退, to: draft } } }
  b1: { type: userTask, role: clerk, to: b2 }
  b2: { type: userTask, role: clerk, operations: return, to: join }
  join: { type: parallelGateway }
  last: { type: userTask, role: clerk, operations: return }
  end: { type: endEvent, outcome: done }";

fn return_to(case: &mut Case, from: &str, to: &[&str], then: Then) -> Result<(), String> {
    let to = to.iter().map(|to| NodeName::from(*to)).collect();
    let task = case.key(from);
    case.events.clear();
    let command = Command::ReturnTask { task, to, then: Some(then), reason: "why".into() };
    case.give(person("li"), command)
}

fn do_all(case: &mut Case, tasks: &[&str]) {
    for task in tasks {
        let outcome = (*task == "a2").then_some("ok");
        case.complete(task, outcome).unwrap_or_else(|code| panic!("{task}: {code}"));
    }
}

fn targets(case: &Case, task: &str) -> Vec<String> {
    let allowed = allowed_operations(
        &case.definition,
        &case.instance,
        case.key(task),
        (&person("li"), case.now),
    );
    let returns = allowed.into_iter().find(|one| one.operation == Operation::Return);
    returns.expect("a task answers").targets.iter().map(ToString::to_string).collect()
}

#[test]
fn what_descends_is_undone_and_what_does_not_is_kept() {
    // Done before the return; returned from, to; then active; then done; at the end.
    for (done, from, to, active, rest) in [
        // Before the fork: both branches go, as one unit.
        (
            &["draft", "a1"][..],
            "a2",
            &["draft"][..],
            &["draft"][..],
            &["draft", "a1", "a2", "b1", "b2", "last"][..],
        ),
        // Within one branch: the other one goes on.
        (&["draft", "a1", "b1"], "a2", &["a1"], &["b2", "a1"], &["a1", "b2", "a2", "last"]),
        // From behind the join into one branch: the other's token waits at the join again.
        (&["draft", "a1", "a2", "b1", "b2"], "last", &["b1"], &["b1"], &["b1", "b2", "last"]),
        // Into both branches at once.
        (
            &["draft", "a1", "a2", "b1", "b2"],
            "last",
            &["a2", "b1"],
            &["a2", "b1"],
            &["b1", "a2", "b2", "last"],
        ),
        // One that waits at the join is undone with what it descends from.
        (
            &["draft", "b1", "b2", "a1"],
            "a2",
            &["draft"],
            &["draft"],
            &["draft", "a1", "b1", "b2", "a2", "last"],
        ),
    ] {
        let mut case = Case::begin(FORK);
        do_all(&mut case, done);
        assert_eq!(return_to(&mut case, from, to, Then::RunOn), Ok(()), "{from} → {to:?}");
        assert_eq!(case.at(), active, "{from} → {to:?}");
        do_all(&mut case, rest);
        assert_eq!(case.ended(), Some("done"), "{from} → {to:?}");
    }
}

#[test]
fn a_return_gives_exactly_these_events() {
    let mut case = Case::begin(FORK);
    do_all(&mut case, &["draft", "a1"]);
    let (a2, b1) = (case.key("a2"), case.key("b1"));
    return_to(&mut case, "a2", &["draft"], Then::RunOn).expect("draft was done before");
    assert_eq!(
        names(&case.events),
        [
            "returned",
            "nodeTerminated",
            "nodeTerminated",
            "flowTaken",
            "nodeActivated",
            "taskCreated"
        ]
    );
    let ended: Vec<Key> = case
        .events
        .iter()
        .filter_map(|event| match event {
            Event::NodeTerminated { key, cause: Cause::Returned, .. } => Some(*key),
            _ => None,
        })
        .collect();
    assert_eq!(ended, [b1, a2]);
    let draft = case.instance.activation(case.key("draft")).expect("it is open");
    assert_eq!(draft.round, 2, "a return opens a new round");
    assert_eq!(draft.person.as_ref().map(ToString::to_string), Some("li".into()));
}

#[test]
fn an_outcome_that_leads_back_out_of_a_fork_undoes_both_branches() {
    let mut case = Case::begin(FORK);
    do_all(&mut case, &["draft", "a1"]);
    case.complete("a2", Some("back")).expect("a2 is open");
    assert_eq!(case.at(), ["draft"]);
    do_all(&mut case, &["draft", "b1", "a1", "a2", "b2", "last"]);
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn straight_back_leaves_everything_else_as_it_is() {
    let mut case = Case::begin(FORK);
    do_all(&mut case, &["draft", "a1", "a2", "b1", "b2"]);
    return_to(&mut case, "last", &["a1", "b2"], Then::ComeBack).expect("both were done before");
    assert_eq!(case.at(), ["a1", "b2"]);
    do_all(&mut case, &["b2"]);
    assert_eq!(case.at(), ["a1"], "the last correction comes back");
    do_all(&mut case, &["a1"]);
    assert_eq!(case.at(), ["last"]);
    assert_eq!(targets(&case, "last"), ["a1", "a2", "b1", "b2", "draft"]);
    do_all(&mut case, &["last"]);
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn a_target_that_is_not_possible_is_refused() {
    for (done, from, to, then, code) in [
        (&["draft", "a1"][..], "a2", &["b1"][..], Then::RunOn, "CANNOT_RETURN"),
        (&["draft", "a1"], "a2", &["last"], Then::RunOn, "CANNOT_RETURN"),
        (&["draft", "a1"], "a2", &["nothing"], Then::RunOn, "CANNOT_RETURN"),
        (&["draft", "a1", "a2", "b1", "b2"], "last", &["a1", "a2"], Then::RunOn, "CANNOT_RETURN"),
        (&["draft", "a1", "a2", "b1", "b2"], "last", &["a1", "a1"], Then::RunOn, "CANNOT_RETURN"),
        (&["draft", "a1"], "a2", &[], Then::RunOn, "BAD_ARGUMENT"),
        (&["draft"], "a1", &["draft"], Then::RunOn, "OPERATION_NOT_ALLOWED"),
    ] {
        let mut case = Case::begin(FORK);
        do_all(&mut case, done);
        let before = case.instance.clone();
        assert_eq!(return_to(&mut case, from, to, then), Err(code.into()), "{from} → {to:?}");
        assert_eq!(case.instance, before, "a refused return changes nothing");
    }
}

#[test]
fn a_sub_process_is_left_as_one_unit_and_entered_only_as_a_whole() {
    let nodes = "  draft: { type: userTask, role: clerk }
  sub: { type: subProcess, nodes: { x: { type: userTask, role: clerk }, y: { type: userTask, role: clerk, operations: return } } }
  last: { type: userTask, role: clerk, operations: return }";
    let mut case = Case::begin(nodes);
    do_all(&mut case, &["draft", "x"]);
    assert_eq!(targets(&case, "y"), ["draft", "x"]);
    return_to(&mut case, "y", &["draft"], Then::RunOn).expect("it leaves the sub-process");
    assert_eq!(case.at(), ["draft"]);
    do_all(&mut case, &["draft", "x", "y"]);
    assert_eq!(targets(&case, "last"), ["draft", "sub"]);
    return_to(&mut case, "last", &["sub"], Then::RunOn).expect("the whole is done again");
    assert_eq!(case.at(), ["sub", "x"]);
    do_all(&mut case, &["x", "y", "last"]);
    assert_eq!(case.ended(), None);
}

#[test]
fn one_of_many_returns_the_whole_round() {
    let nodes = "  draft: { type: userTask, role: clerk }
  panel: { type: userTask, role: clerk, operations: return, forEach: { in: list, as: one } }";
    let mut case = Case::begin(nodes);
    do_all(&mut case, &["draft"]);
    assert_eq!(case.at(), ["panel", "panel", "panel"]);
    let member = Key(case.key("panel").0 + 1);
    let (to, reason) = (vec![NodeName::from("draft")], "why".to_owned());
    case.give(person("li"), Command::ReturnTask { task: member, to, then: None, reason })
        .expect("a member may");
    assert_eq!(case.at(), ["draft"]);
    do_all(&mut case, &["draft"]);
    let round = case.instance.activation(case.key("panel")).expect("it is open").round;
    assert_eq!(round, 2);
}

#[test]
fn a_decision_is_taken_back_while_nothing_followed() {
    let mut case = Case::begin(FORK);
    do_all(&mut case, &["draft", "a1"]);
    let a1 =
        *case.instance.trail().iter().find(|(_, it)| it.node.as_str() == "a1").expect("done").0;
    let take = || Command::TakeBack { task: a1, reason: String::new() };
    assert_eq!(case.give(person("wu"), take()), Err("NOT_CANDIDATE".into()));
    let allowed =
        allowed_operations(&case.definition, &case.instance, a1, (&person("li"), case.now));
    assert_eq!((allowed[0].operation, &allowed[0].refused), (Operation::TakeBack, &None));
    case.give(person("li"), take()).expect("nothing followed");
    assert_eq!(case.at(), ["b1", "a1"]);
    do_all(&mut case, &["a1", "a2"]);
    assert_eq!(case.give(person("li"), take()), Err("NOTHING_TO_TAKE_BACK".into()));
    let again = case.instance.trail().iter().find(|(_, it)| it.node.as_str() == "a1");
    let task = *again.expect("it was done again").0;
    let take = Command::TakeBack { task, reason: String::new() };
    assert_eq!(case.give(person("li"), take), Err("SOMETHING_FOLLOWED".into()));
}

#[test]
fn a_loop_does_not_let_the_trail_grow() {
    let nodes = "  a: { type: userTask, role: clerk }
  b: { type: userTask, role: clerk, operations: return, outcomes: { on: 行, again: { label: 再, to: g } }, to: end }
  g: { type: exclusiveGateway, to: a }
  end: { type: endEvent }";
    let mut case = Case::begin(nodes);
    for _ in 0..20 {
        case.complete("a", None).expect("a is open");
        assert_eq!(targets(&case, "b"), ["a"]);
        case.complete("b", Some("again")).expect("b is open");
        assert!(case.instance.trail().len() <= 2, "{:?}", case.instance.trail());
    }
}

#[test]
fn a_task_that_comes_back_must_come_from_an_activity() {
    use crate::definition::Definition;
    let yaml = "process: p\nname: P\nnodes:\n  a: { type: userTask, role: clerk }\n  g: { type: exclusiveGateway, to: b }\n  b: { type: userTask, role: clerk, outcomes: { ok: 好, back: { label: 退, to: g, then: comeBack } } }";
    let source = serde_yaml::from_str(yaml).expect("the structure is right");
    let mut problems = Vec::new();
    assert!(Definition::compile(&source, &super::tests::library(), 1, &mut problems).is_none());
    let found: Vec<_> = problems.iter().map(|one| (one.path.join("."), one.code)).collect();
    assert_eq!(found, [("nodes.b.outcomes.back.to".into(), "comesBackFromNoActivity")]);
}

#[test]
fn a_transaction_that_was_done_begins_anew_as_a_whole() {
    let mut case = Case::begin(
        "  t: { type: transaction, nodes: { a: { type: userTask, role: clerk }, b: { type: userTask, role: clerk } } }
  last: { type: userTask, role: clerk, operations: return }
  end: { type: endEvent, outcome: done }",
    );
    do_all(&mut case, &["a", "b"]);
    assert_eq!(targets(&case, "last"), ["t"]);
    assert_eq!(return_to(&mut case, "last", &["t"], Then::RunOn), Ok(()));
    assert_eq!(case.at(), ["t", "a"]);
    do_all(&mut case, &["a", "b", "last"]);
    assert_eq!(case.ended(), Some("done"));
}

/// What a task is given to somebody as: whose it is.
fn whose(case: &Case, node: &str) -> Option<String> {
    match &case.instance.activation(case.key(node))?.waiting {
        crate::instance::Waiting::Task { assignee, .. } => {
            assignee.as_ref().map(ToString::to_string)
        }
        _ => None,
    }
}

fn decide(case: &mut Case, node: &str, outcome: Option<&str>, who: &str) {
    let key = case.key(node);
    case.complete_key(key, outcome, who).unwrap_or_else(|code| panic!("{node}: {code}"));
}

#[test]
fn who_did_it_before_gets_it_again_by_whatever_way_the_case_comes_back() {
    const REVIEW: &str = "  draft: { type: userTask, role: clerk }
  review:
    type: userTask
    role: clerk
    due: 5 days
    overdue: { to: draft }
    operations: return
    outcomes:
      ok: 好
      redo: { label: 退, to: draft }
      fix: { label: 补, to: draft, then: comeBack }
  end: { type: endEvent }";
    for way in ["redo", "fix", "operation", "operation and back", "deadline"] {
        let mut case = Case::begin(REVIEW);
        decide(&mut case, "draft", None, "wu");
        let give_back = |case: &mut Case, then| {
            let (task, to) = (case.key("review"), vec![NodeName::from("draft")]);
            let command = Command::ReturnTask { task, to, then: Some(then), reason: "why".into() };
            case.give(person("zhao"), command).expect("it was done before");
        };
        match way {
            "operation" => give_back(&mut case, Then::RunOn),
            "operation and back" => give_back(&mut case, Then::ComeBack),
            "deadline" => case.advance(10 * 86_400_000),
            outcome => decide(&mut case, "review", Some(outcome), "zhao"),
        }
        assert_eq!(whose(&case, "draft").as_deref(), Some("wu"), "{way}");
        decide(&mut case, "draft", None, "wu");
        let comes_back = matches!(way, "fix" | "operation and back");
        let expected = comes_back.then_some("zhao");
        assert_eq!(whose(&case, "review").as_deref(), expected, "{way}: who asked gets it back");
    }
}

#[test]
fn a_decision_is_taken_back_from_events_that_are_waited_for_and_have_not_come() {
    for waits in [
        "wait: { type: receiveTask, message: come }",
        "wait: { type: intermediateCatchEvent, timer: 3 days }",
        "wait: { type: eventBasedGateway, to: [come, late] }\n  come: { type: receiveTask, message: come, to: end }\n  late: { type: intermediateCatchEvent, timer: 3 days }",
    ] {
        let nodes = format!(
            "  a: {{ type: userTask, role: clerk, operations: [takeBack] }}\n  {waits}\n  \
             after: {{ type: userTask, role: clerk }}\n  end: {{ type: endEvent }}"
        );
        let mut case = Case::begin(&nodes);
        let task = case.key("a");
        case.complete("a", None).expect("it is open");
        assert_eq!(case.at(), ["wait"]);
        let command = Command::TakeBack { task, reason: "why".into() };
        case.give(person("li"), command).expect("nothing has come");
        assert_eq!(case.at(), ["a"], "{waits}");
        let open = case.instance.activations().values();
        let waiting = open.map(|one| one.subscriptions.len() + one.timers.len()).sum::<usize>();
        assert_eq!(waiting, 0, "{waits}: what was waited for is waited for no more");
    }
}
