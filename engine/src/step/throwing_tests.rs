//! Errors, escalations, signals, conditions, links, event sub-processes and compensation: a process,
//! what is done, and exactly what happens.

use serde_json::json;

use super::tests::{Case, names, problems};
use crate::actor::Actor;
use crate::command::{Command, Content};
use crate::event::Event;

/// What is done to a case.
#[derive(Debug, Clone, Copy)]
enum Do<'a> {
    /// A task is completed.
    Task(&'a str),
    /// A signal comes from outside.
    Signal(&'a str),
    /// A message comes.
    Message(&'a str),
    /// A worker throws a business error.
    Throw(&'a str, &'a str),
    /// So many hours pass.
    Hours(i64),
    /// What has an incident is tried again.
    Retry(&'a str),
}

/// What a case must come to.
#[derive(Debug, Clone, Copy)]
enum End<'a> {
    /// It ended with this outcome.
    With(&'a str),
    /// It is at these nodes; listeners do not count.
    At(&'a [&'a str]),
    /// A node has an incident of this code.
    Incident(&'a str, &'a str),
}

fn run(nodes: &str, script: &[Do<'_>]) -> Case {
    let mut case = Case::begin(nodes);
    for action in script {
        match *action {
            Do::Task(node) => case.complete(node, None).unwrap_or_else(|e| panic!("{node}: {e}")),
            Do::Signal(signal) => {
                let payload = Some(Content::new(json!(7)));
                let command = Command::DeliverSignal { signal: signal.into(), payload };
                case.give(Actor::System, command).unwrap_or_else(|e| panic!("{signal}: {e}"));
            }
            Do::Message(message) => {
                let (key, _) = case
                    .instance
                    .activations()
                    .iter()
                    .find(|(_, it)| it.subscriptions.iter().any(|s| s.message.as_str() == message))
                    .unwrap_or_else(|| panic!("nothing waits for {message}"));
                let (key, message) = (*key, message.into());
                case.give(Actor::System, Command::DeliverMessage { key, message, payload: None })
                    .unwrap_or_else(|e| panic!("{e}"));
            }
            Do::Throw(node, code) => {
                let key = case.key(node);
                let (error, code) = ("no".to_owned(), Some(code.into()));
                case.give(
                    Actor::System,
                    Command::FailJob { key, error, code, retries: None, retry_after_ms: None },
                )
                .unwrap_or_else(|e| panic!("{node}: {e}"));
            }
            Do::Hours(hours) => case.advance(hours * 3_600_000),
            Do::Retry(node) => {
                let key = case.key(node);
                case.give(Actor::System, Command::Retry { key }).unwrap_or_else(|e| panic!("{e}"));
            }
        }
    }
    case
}

fn check(nodes: &str, script: &[Do<'_>], end: End<'_>) {
    let case = run(nodes, script);
    let what = format!("{nodes}\n{script:?}");
    match end {
        End::With(outcome) => assert_eq!(case.ended(), Some(outcome), "{what}"),
        End::At(at) => {
            let all = case.instance.activations().values();
            let found: Vec<&str> =
                all.filter(|it| !it.is_listener()).map(|it| it.node.as_str()).collect();
            assert_eq!(found, at, "{what}");
        }
        End::Incident(node, code) => {
            let activation = case.instance.activation(case.key(node)).expect("it is active");
            let found = activation.incident.as_ref().map(|incident| incident.code.as_str());
            assert_eq!(found, Some(code), "{what}");
        }
    }
}

/// The events from the last command on.
fn last(nodes: &str, script: &[Do<'_>]) -> Vec<String> {
    let before = run(nodes, &script[..script.len() - 1]).events.len();
    names(&run(nodes, script).events[before..])
}

const SUB_WITH_ERROR: &str = "
  sub: { type: subProcess, to: ok, nodes: { x: { type: userTask, role: clerk }, inner: { type: subProcess, nodes: { y: { type: userTask, role: clerk }, bad: { type: endEvent, error: NO_MONEY, errorMessage: '=\"n is \" + string(n)' } } } } }
  ok: { type: endEvent, outcome: fine }
";

#[test]
fn an_error_is_caught_by_the_nearest_event_that_fits() {
    let with = |boundaries: &str| {
        format!(
            "{SUB_WITH_ERROR}{boundaries}\n  a: {{ type: endEvent, outcome: a }}\n  b: {{ type: endEvent, outcome: b }}"
        )
    };
    let script = [Do::Task("x"), Do::Task("y")];
    for (boundaries, end) in [
        (
            "  e1: { type: boundaryEvent, attachedTo: sub, error: NO_MONEY, to: a }\n  e2: { type: boundaryEvent, attachedTo: sub, error: any, to: b }",
            "a",
        ),
        (
            "  e1: { type: boundaryEvent, attachedTo: sub, error: any, to: a }\n  e2: { type: boundaryEvent, attachedTo: sub, error: NO_MONEY, to: b }",
            "b",
        ),
        (
            "  e1: { type: boundaryEvent, attachedTo: sub, error: OTHER, to: a }\n  e2: { type: boundaryEvent, attachedTo: sub, error: any, to: b }",
            "b",
        ),
        (
            "  e1: { type: boundaryEvent, attachedTo: sub, error: OTHER, to: a }\n  e2: { type: eventSubProcess, nodes: { s: { type: startEvent, error: any }, z: { type: endEvent, outcome: handled } } }\n  e3: { type: boundaryEvent, attachedTo: sub, timer: 1 hour, to: b }",
            "handled",
        ),
    ] {
        check(&with(boundaries), &script, End::With(end));
    }
    let both = with(
        "  e1: { type: boundaryEvent, attachedTo: sub, error: NO_MONEY, to: a, into: said }\n  e2: { type: boundaryEvent, attachedTo: sub, timer: 1 hour, to: b }",
    );
    let case = run(&both, &script);
    assert_eq!(
        case.instance.variables()["said"],
        json!({ "code": "NO_MONEY", "message": "n is 1" })
    );
    assert_eq!(
        last(&both, &script),
        [
            "taskClaimed",
            "taskCompleted",
            "nodeCompleted",
            "flowTaken",
            "nodeActivated",
            "errorThrown",
            "nodeCompleted",
            "variableSet",
            "nodeTerminated",
            "nodeTerminated",
            "nodeActivated",
            "nodeCompleted",
            "flowTaken",
            "nodeActivated",
            "nodeCompleted",
            "instanceCompleted",
        ]
    );
}

#[test]
fn an_error_that_nobody_catches_is_an_incident() {
    let nodes = format!(
        "{SUB_WITH_ERROR}  e1: {{ type: boundaryEvent, attachedTo: sub, error: OTHER, to: ok }}"
    );
    let script = [Do::Task("x"), Do::Task("y")];
    check(&nodes, &script, End::Incident("bad", "UNCAUGHT_ERROR"));
    let job = "  j: { type: serviceTask, topic: t }\n  end: { type: endEvent }";
    check(job, &[Do::Throw("j", "E")], End::Incident("j", "UNCAUGHT_ERROR"));
    check(job, &[Do::Throw("j", "E"), Do::Retry("j")], End::At(&["j"]));
    let caught = "  j: { type: serviceTask, topic: t }\n  end: { type: endEvent }\n  e: { type: boundaryEvent, attachedTo: j, error: E, to: bad }\n  bad: { type: endEvent, outcome: bad }";
    check(caught, &[Do::Throw("j", "E")], End::With("bad"));
    check(caught, &[Do::Throw("j", "F")], End::Incident("j", "UNCAUGHT_ERROR"));
}

#[test]
fn an_error_event_sub_process_does_not_catch_its_own_error() {
    let nodes = "
  sub: { type: subProcess, to: ok, nodes: { bad: { type: endEvent, error: A }, again: { type: eventSubProcess, nodes: { s: { type: startEvent, error: any }, worse: { type: endEvent, error: B } } } } }
  ok: { type: endEvent, outcome: ok }
  e: { type: boundaryEvent, attachedTo: sub, error: B, to: out }
  out: { type: endEvent, outcome: out }";
    check(nodes, &[], End::With("out"));
}

#[test]
fn an_escalation_interrupts_or_not() {
    let nodes = |interrupting: bool| {
        format!(
            "
  sub: {{ type: subProcess, to: ok, nodes: {{ up: {{ type: intermediateThrowEvent, escalation: LATE }}, x: {{ type: userTask, role: clerk }} }} }}
  e: {{ type: boundaryEvent, attachedTo: sub, escalation: LATE, interrupting: {interrupting}, to: told }}
  told: {{ type: userTask, role: head, to: ok }}
  ok: {{ type: endEvent, outcome: ok }}"
        )
    };
    check(&nodes(true), &[], End::At(&["told"]));
    check(&nodes(false), &[], End::At(&["sub", "x", "told"]));
    check(&nodes(false), &[Do::Task("told"), Do::Task("x")], End::With("ok"));
    let nobody = "  up: { type: intermediateThrowEvent, escalation: LATE }\n  ok: { type: endEvent, outcome: ok, escalation: LATER }";
    check(nobody, &[], End::With("ok"));
}

#[test]
fn a_signal_reaches_everything_that_waits_for_it() {
    let nodes = "
  fork: { type: parallelGateway, to: [a, b, c] }
  a: { type: intermediateCatchEvent, signal: go, into: n, to: join }
  b: { type: userTask, role: clerk, to: aside }
  aside: { type: endEvent }
  onB: { type: boundaryEvent, attachedTo: b, signal: go, to: join }
  c: { type: intermediateThrowEvent, signal: go, to: join }
  join: { type: parallelGateway }
  d: { type: intermediateCatchEvent, signal: go, into: n }
  end: { type: endEvent, outcome: done }";
    check(nodes, &[], End::At(&["d"]));
    let case = run(nodes, &[Do::Signal("go")]);
    assert_eq!(case.ended(), Some("done"));
    assert_eq!(case.instance.variables()["n"], json!(7));
    let mut idle = Case::begin("  x: { type: userTask, role: clerk }");
    let command = Command::DeliverSignal { signal: "go".into(), payload: None };
    assert_eq!(idle.give(Actor::System, command), Err("WRONG_KIND".into()));
}

#[test]
fn a_condition_is_asked_again_when_data_change() {
    let nodes = "
  fork: { type: parallelGateway, to: [wait, work] }
  wait: { type: intermediateCatchEvent, condition: n > 2, to: join }
  work: { type: userTask, role: clerk }
  set: { type: scriptTask, set: { n: n + 1 } }
  more: { type: exclusiveGateway, to: [{ when: n < 4, to: work }, { to: join }] }
  join: { type: parallelGateway }
  end: { type: endEvent, outcome: done }";
    check(nodes, &[Do::Task("work")], End::At(&["wait", "work"]));
    check(nodes, &[Do::Task("work"), Do::Task("work")], End::At(&["work"]));
    check(nodes, &[Do::Task("work"), Do::Task("work"), Do::Task("work")], End::With("done"));
    let beside = "
  work: { type: userTask, role: clerk, outcomes: { again: 再, on: 好 }, forEach: { in: list, as: it } }
  b: { type: boundaryEvent, attachedTo: work, condition: tally.work.total >= 1, interrupting: false, to: told }
  end: { type: endEvent, outcome: done }
  told: { type: userTask, role: head, to: end }";
    let mut case = Case::begin(beside);
    case.complete_key(crate::ids::Key(2), Some("on"), "li").expect("it is open");
    assert_eq!(case.at(), ["work", "work", "told"], "it fires once, when it becomes true");
}

#[test]
fn a_link_leads_to_its_other_end() {
    let nodes = "
  a: { type: intermediateThrowEvent, link: away }
  never: { type: intermediateCatchEvent, link: away, to: end }
  end: { type: endEvent, outcome: done }";
    check(nodes, &[], End::With("done"));
}

#[test]
fn an_event_sub_process_listens_while_its_scope_is_active() {
    let nodes = |start: &str| {
        format!(
            "
  x: {{ type: userTask, role: clerk }}
  y: {{ type: userTask, role: clerk }}
  end: {{ type: endEvent, outcome: done }}
  aside: {{ type: eventSubProcess, nodes: {{ s: {{ type: startEvent, {start} }}, z: {{ type: userTask, role: head }}, over: {{ type: endEvent, outcome: aside }} }} }}"
        )
    };
    for (start, trigger) in [
        ("message: m", Do::Message("m")),
        ("signal: g", Do::Signal("g")),
        ("timer: 2 hours", Do::Hours(2)),
        ("condition: outcomes.x == null && rounds.y == 1", Do::Task("x")),
    ] {
        check(&nodes(start), &[], End::At(&["x"]));
        check(&nodes(start), &[trigger], End::At(&["aside", "z"]));
        check(&nodes(start), &[trigger, Do::Task("z")], End::With("aside"));
        let beside = nodes(&format!("{start}, interrupting: false"));
        if !matches!(trigger, Do::Task(_)) {
            check(&beside, &[trigger], End::At(&["x", "aside", "z"]));
            let all = [trigger, Do::Task("x"), Do::Task("y"), Do::Task("z")];
            check(&beside, &all, End::With("aside"));
        }
    }
    let twice = nodes("signal: g, interrupting: false");
    check(&twice, &[Do::Signal("g"), Do::Signal("g")], End::At(&["x", "aside", "z", "aside", "z"]));
    let repeated = nodes("timer: 1 hour, repeat: true, interrupting: false");
    check(&repeated, &[Do::Hours(2)], End::At(&["x", "aside", "z", "aside", "z"]));
    let ends = [Do::Task("x"), Do::Task("y")];
    check(&nodes("message: m"), &ends, End::With("done"));
    assert!(last(&nodes("message: m"), &ends).contains(&"listenerClosed".to_owned()));
}

#[test]
fn an_interrupting_event_sub_process_takes_tokens_at_joins_with_it() {
    let nodes = "
  fork: { type: parallelGateway, to: [a, b] }
  a: { type: userTask, role: clerk, to: join }
  b: { type: userTask, role: clerk, to: join }
  join: { type: parallelGateway }
  end: { type: endEvent, outcome: done }
  stop: { type: eventSubProcess, nodes: { s: { type: startEvent, message: m }, over: { type: endEvent, outcome: stopped } } }";
    check(nodes, &[Do::Task("a"), Do::Message("m")], End::With("stopped"));
}

const BOOKING: &str = "
  trip: { type: transaction, to: end, nodes: {
    hotel: { type: scriptTask, set: { n: '10' } },
    unHotel: { type: boundaryEvent, attachedTo: hotel, compensation: true, to: cancelHotel },
    cancelHotel: { type: scriptTask, set: { log: '\"hotel \" + string(n)' } },
    flight: { type: scriptTask, set: { n: '20' } },
    unFlight: { type: boundaryEvent, attachedTo: flight, compensation: true, to: cancelFlight },
    cancelFlight: { type: userTask, role: clerk },
    change: { type: scriptTask, set: { n: '30' } },
    pay: { type: userTask, role: clerk, outcomes: { ok: 好, no: { label: 不, to: give } } },
    paid: { type: endEvent },
    give: { type: endEvent, cancel: true } } }
  failed: { type: boundaryEvent, attachedTo: trip, cancel: true, to: lost }
  lost: { type: endEvent, outcome: lost }
  end: { type: endEvent, outcome: booked }";

#[test]
fn a_cancelled_transaction_undoes_its_work_in_reverse_with_the_data_of_then() {
    let mut case = Case::begin(BOOKING);
    assert_eq!(case.at(), ["trip", "pay"]);
    let before = case.events.len();
    case.complete("pay", Some("no")).expect("pay is open");
    assert_eq!(case.at(), ["trip", "give", "cancelFlight"], "the last is undone first");
    assert_eq!(
        names(&case.events[before..]),
        [
            "taskClaimed",
            "taskCompleted",
            "nodeCompleted",
            "flowTaken",
            "nodeActivated",
            "scopeInterrupted",
            "compensationThrown",
            "nodeActivated",
            "taskCreated",
        ]
    );
    case.complete("cancelFlight", None).expect("cancelFlight is open");
    assert_eq!(case.ended(), Some("lost"));
    assert_eq!(case.instance.variables()["log"], json!("hotel 10"), "n was 10 then");
    let mut booked = Case::begin(BOOKING);
    booked.complete("pay", Some("ok")).expect("pay is open");
    assert_eq!(booked.ended(), Some("booked"));
}

#[test]
fn a_throw_undoes_one_activity_or_all() {
    let nodes = |compensate: &str| {
        format!(
            "
  a: {{ type: scriptTask, set: {{ n: n + 1 }} }}
  onA: {{ type: boundaryEvent, attachedTo: a, compensation: true, to: undoA }}
  undoA: {{ type: userTask, role: clerk }}
  each: {{ type: userTask, role: clerk, forEach: {{ in: list, as: it, mode: sequential }} }}
  onEach: {{ type: boundaryEvent, attachedTo: each, compensation: true, to: undoEach }}
  undoEach: {{ type: userTask, role: clerk }}
  undo: {{ type: intermediateThrowEvent, compensate: {compensate} }}
  end: {{ type: endEvent, outcome: done }}"
        )
    };
    let mut case = Case::begin(&nodes("all"));
    for key in [3, 4] {
        case.complete_key(crate::ids::Key(key), None, "li").expect("it is open");
    }
    assert_eq!(case.at(), ["undo", "undoEach"]);
    case.complete("undoEach", None).expect("the second run is undone");
    case.complete("undoEach", None).expect("the first run is undone");
    case.complete("undoA", None).expect("the first activity is undone last");
    assert_eq!(case.ended(), Some("done"));
    let mut one = Case::begin(&nodes("a"));
    for key in [3, 4] {
        one.complete_key(crate::ids::Key(key), None, "li").expect("it is open");
    }
    assert_eq!(one.at(), ["undo", "undoA"]);
    one.complete("undoA", None).expect("it is undone");
    assert_eq!(one.ended(), Some("done"));
}

#[test]
fn a_done_sub_process_is_undone_by_its_own_handler_or_by_its_parts() {
    let nodes = |own: &str| {
        format!(
            "
  sub: {{ type: subProcess, nodes: {{ a: {{ type: scriptTask, set: {{ n: n + 1 }} }}, onA: {{ type: boundaryEvent, attachedTo: a, compensation: true, to: undoA }}, undoA: {{ type: userTask, role: clerk }}{own} }} }}
  undo: {{ type: intermediateThrowEvent, compensate: all }}
  end: {{ type: endEvent, outcome: done }}"
        )
    };
    check(&nodes(""), &[], End::At(&["undo", "undoA"]));
    check(&nodes(""), &[Do::Task("undoA")], End::With("done"));
    let own = ", whole: { type: eventSubProcess, nodes: { s: { type: startEvent, compensation: true }, first: { type: userTask, role: clerk }, parts: { type: intermediateThrowEvent, compensate: all }, last: { type: userTask, role: clerk } } }";
    check(&nodes(own), &[], End::At(&["undo", "whole", "first"]));
    check(&nodes(own), &[Do::Task("first")], End::At(&["undo", "whole", "parts", "undoA"]));
    let all = [Do::Task("first"), Do::Task("undoA"), Do::Task("last")];
    check(&nodes(own), &all, End::With("done"));
}

#[test]
fn an_event_based_gateway_takes_the_first_event() {
    let nodes = "
  g: { type: eventBasedGateway, to: [m, t, r, s] }
  m: { type: intermediateCatchEvent, message: yes, to: one }
  t: { type: intermediateCatchEvent, timer: 3 hours, to: two }
  r: { type: receiveTask, message: other, to: three }
  s: { type: intermediateCatchEvent, signal: go, to: four }
  one: { type: endEvent, outcome: message }
  two: { type: endEvent, outcome: timer }
  three: { type: endEvent, outcome: task }
  four: { type: endEvent, outcome: signal }";
    check(nodes, &[], End::At(&["g"]));
    for (event, outcome) in [
        (Do::Message("yes"), "message"),
        (Do::Hours(3), "timer"),
        (Do::Message("other"), "task"),
        (Do::Signal("go"), "signal"),
    ] {
        check(nodes, &[event], End::With(outcome));
    }
    assert_eq!(
        last(nodes, &[Do::Message("yes")]),
        [
            "messageReceived",
            "nodeCompleted",
            "flowTaken",
            "nodeActivated",
            "nodeCompleted",
            "flowTaken",
            "nodeActivated",
            "nodeCompleted",
            "instanceCompleted",
        ]
    );
}

#[test]
fn tasks_send_and_receive_and_manual_ones_are_passed() {
    let nodes = "
  out: { type: sendTask, message: hello, key: '=\"k\"' }
  by: { type: manualTask }
  back: { type: receiveTask, message: answer, into: n }
  late: { type: boundaryEvent, attachedTo: back, timer: 1 hour, to: end2 }
  end: { type: endEvent, outcome: done }
  end2: { type: endEvent, outcome: late }";
    check(nodes, &[], End::At(&["back"]));
    check(nodes, &[Do::Message("answer")], End::With("done"));
    check(nodes, &[Do::Hours(1)], End::With("late"));
    let sent = run(nodes, &[]).events;
    assert!(sent.iter().any(|event| matches!(event, Event::CommandRequested {
        request: crate::command::Request::SendMessage { message, .. }, .. } if message.as_str() == "hello")));
}

#[test]
fn a_retry_forgets_what_was_waited_for_and_waits_once() {
    let nodes = "
  g: { type: eventBasedGateway, to: [m, t] }
  m: { type: intermediateCatchEvent, message: yes, to: end }
  t: { type: intermediateCatchEvent, timer: '=list[n]', to: end }
  end: { type: endEvent, outcome: done }";
    let case = run(nodes, &[Do::Retry("g")]);
    let waits = &case.instance.activation(case.key("g")).expect("it is active").subscriptions;
    assert_eq!(waits.len(), 1);
}

#[test]
fn events_that_may_not_stand_there_are_told_with_their_place() {
    let user = "  x: { type: userTask, role: clerk, to: end }\n  end: { type: endEvent }\n";
    for (nodes, expected) in [
        ("  b: { type: boundaryEvent, attachedTo: x, to: end }", "b badEvent"),
        (
            "  b: { type: boundaryEvent, attachedTo: x, timer: 1 hour, signal: s, to: end }",
            "b badEvent",
        ),
        (
            "  b: { type: boundaryEvent, attachedTo: x, cancel: true, to: end }",
            "b.cancel eventNotAllowed",
        ),
        (
            "  b: { type: boundaryEvent, attachedTo: x, error: E, interrupting: false, to: end }",
            "b.interrupting badEvent",
        ),
        (
            "  b: { type: boundaryEvent, attachedTo: x, timer: 1 hour, into: n, to: end }",
            "b.into badEvent",
        ),
        (
            "  b: { type: boundaryEvent, attachedTo: x, signal: s, into: m, to: end }",
            "b.into unknownVariable",
        ),
        (
            "  b: { type: boundaryEvent, attachedTo: x, condition: m > 1, to: end }",
            "b.condition unknownName",
        ),
        (
            "  e: { type: eventSubProcess, nodes: { z: { type: userTask, role: clerk } } }",
            "e.nodes eventSubProcessWithoutStart",
        ),
        (
            "  e: { type: eventSubProcess, nodes: { s: { type: startEvent }, z: { type: endEvent } } }",
            "e.nodes.s badEvent",
        ),
        (
            "  e: { type: subProcess, to: end, nodes: { s: { type: startEvent, message: m }, z: { type: endEvent } } }",
            "e.nodes.s.message eventNotAllowed",
        ),
        ("  e: { type: endEvent, cancel: true }", "e.cancel eventNotAllowed"),
        ("  e: { type: endEvent, error: A, signal: B }", "e.error badEvent"),
        (
            "  e: { type: intermediateThrowEvent, compensate: x, to: end }",
            "e.compensate nothingToCompensate",
        ),
        ("  e: { type: intermediateThrowEvent, link: nowhere }", "e.link badLink"),
        ("  g: { type: eventBasedGateway, to: [x, end] }", "g.to.0 badEventGateway"),
        ("  g: { type: eventBasedGateway, to: x }", "g.to badEventGateway"),
        ("  s: { type: startEvent, condition: n > 1, to: x }", "s.condition eventNotAllowed"),
        ("  s: { type: startEvent, condition: n > 1, to: x }", "s.condition eventNotAllowed"),
    ] {
        let found = problems(&format!("{user}{nodes}"));
        let found: Vec<String> = found
            .iter()
            .map(|problem| {
                let path: Vec<&str> = problem.path.iter().skip(1).map(String::as_str).collect();
                format!("{} {}", path.join("."), problem.code)
            })
            .collect();
        assert!(found.iter().any(|one| one == expected), "{nodes}: {found:?}");
    }
    let undone = "  a: { type: manualTask }\n  on: { type: boundaryEvent, attachedTo: a, compensation: true, to: u }\n  u: { type: manualTask, to: end }\n  end: { type: endEvent }";
    assert_eq!(problems(undone)[0].code, "compensationGoesOn");
    let cancelled = "  t: { type: transaction, nodes: { c: { type: endEvent, cancel: true } } }\n  end: { type: endEvent }";
    assert_eq!(problems(cancelled)[0].code, "cancelWithoutEvent");
}

#[test]
fn what_was_done_again_after_a_return_is_undone_as_often_as_it_was_done() {
    let nodes = "
  hotel: { type: userTask, role: clerk }
  undoHotel: { type: boundaryEvent, attachedTo: hotel, compensation: true, to: freeHotel }
  freeHotel: { type: manualTask }
  review: { type: userTask, role: clerk, outcomes: { ok: 好, back: { label: 退, to: hotel } } }
  undo: { type: intermediateThrowEvent, compensate: hotel }
  end: { type: endEvent, outcome: done }";
    for returns in 0..3 {
        let mut case = Case::begin(nodes);
        for _ in 0..returns {
            case.complete("hotel", None).expect("hotel is open");
            case.complete("review", Some("back")).expect("review is open");
        }
        case.complete("hotel", None).expect("hotel is open");
        case.complete("review", Some("ok")).expect("review is open");
        assert_eq!(case.ended(), Some("done"));
        let frees = |event: &&Event| matches!(event, Event::NodeActivated { node, .. } if node.as_str() == "freeHotel");
        assert_eq!(case.events.iter().filter(frees).count(), returns + 1);
    }
}

#[test]
fn a_return_out_of_what_is_being_undone_is_not_offered_and_one_around_it_ends_it() {
    let nodes = "
  first: { type: userTask, role: clerk }
  fork: { type: parallelGateway, to: [hotel, other] }
  hotel: { type: manualTask }
  undoHotel: { type: boundaryEvent, attachedTo: hotel, compensation: true, to: freeHotel }
  freeHotel: { type: userTask, role: clerk, operations: return }
  undo: { type: intermediateThrowEvent, compensate: hotel, to: join }
  other: { type: userTask, role: clerk, to: join, outcomes: { ok: 好, back: { label: 退, to: first } } }
  join: { type: parallelGateway }
  end: { type: endEvent, outcome: done }";
    let mut case = Case::begin(nodes);
    case.complete("first", None).expect("first is open");
    assert_eq!(case.at(), ["other", "undo", "freeHotel"]);
    let allowed = super::allowed_operations(
        &case.definition,
        &case.instance,
        case.key("freeHotel"),
        (&super::tests::person("li"), case.now),
    );
    let offered: Vec<&str> =
        allowed.iter().flat_map(|one| &one.targets).map(crate::ids::NodeName::as_str).collect();
    assert_eq!(offered, ["first"]);
    case.complete("other", Some("back")).expect("other is open");
    assert_eq!(case.at(), ["first"]);
    case.complete("first", None).expect("first is open");
    // Both are undone: the one that was about to be, and the one that was done again.
    case.complete("freeHotel", None).expect("it is undone");
    case.complete("freeHotel", None).expect("it is undone");
    assert_eq!(case.at(), ["other"]);
    case.complete("other", Some("ok")).expect("other is open");
    assert_eq!(case.ended(), Some("done"));
}
