//! What the exploration finds, and what it lets pass: each as a small process.

use super::check;
use super::explore::{Mode, explore};
use super::net::Net;
use super::structure::{Misfit, reduce};
use crate::definition::source::ProcessSource;
use crate::definition::{Definition, Library};

fn definition(nodes: &str) -> Definition {
    let yaml = format!(
        "process: p\nname: P\nvariables: {{ n: {{ type: integer }}, list: {{ type: texts }} }}\nnodes:\n{nodes}"
    );
    let source: ProcessSource = crate::yaml::parse("p.yaml", yaml.as_bytes())
        .and_then(|tree| crate::yaml::read(&tree, &[]))
        .unwrap_or_else(|problems| panic!("{problems:?}\n{yaml}"));
    let calendar = crate::calendar::Calendar::weekends("cn".into(), crate::calendar::Zone::UTC);
    let library = Library {
        roles: [("clerk".into(), "clerk".into())].into(),
        calendars: [("cn".into(), calendar.into())].into(),
        calendar: Some("cn".into()),
        ..Library::default()
    };
    let mut problems = Vec::new();
    let definition = Definition::compile(&source, &library, 1, &mut problems);
    definition.unwrap_or_else(|| panic!("{problems:?}\n{yaml}"))
}

/// Short forms: `task` is a user task, `end` an end event.
fn long(nodes: &str) -> String {
    let nodes = nodes
        .replace("{ task", "{ type: userTask, role: clerk")
        .replace("{ end", "{ type: endEvent")
        .replace("{ and", "{ type: parallelGateway")
        .replace("{ xor", "{ type: exclusiveGateway")
        .replace("{ or", "{ type: inclusiveGateway")
        .replace("{ set", "{ type: scriptTask, set: { n: '1' }")
        .replace("{ sub", "{ type: subProcess")
        .replace("{ on", "{ type: boundaryEvent");
    let lines: Vec<String> = nodes.lines().map(|line| format!("  {line}\n")).collect();
    lines.concat()
}

/// Each problem as `code node: way`.
fn found(nodes: &str) -> Vec<String> {
    let problems = check(&definition(&long(nodes)));
    problems
        .iter()
        .map(|problem| {
            let node = problem.path.last().expect("it is at a node");
            let way = problem.message.rsplit_once(": ").map_or("", |(_, way)| way);
            let way = if way.contains('→') { way } else { "" };
            format!("{} {node}: {way}", problem.code).trim_end_matches([':', ' ']).to_owned()
        })
        .collect()
}

/// What it is, and its nodes.
const SOUND: &[(&str, &str)] = &[
    ("a line", "a: { task }\nend: { end }"),
    (
        "a fork",
        "f: { and, to: [a, b] }\na: { task, to: j }\nb: { task, to: j }\nj: { and }\nend: { end }",
    ),
    (
        "a fork that ends in several ends",
        "f: { and, to: [a, b] }\na: { task, to: e }\nb: { task, to: e2 }\ne: { end }\ne2: { end }",
    ),
    (
        "a choice",
        "f: { xor, to: [{ when: n > 1, to: a }, b] }\na: { task, to: j }\nb: { task, to: j }\nj: { xor }\nend: { end }",
    ),
    (
        "some of several ways",
        "f: { or, to: [{ when: n > 1, to: a }, { when: n > 2, to: b }, c] }\na: { task, to: j }\nb: { task, to: j }\nc: { task, to: j }\nj: { or }\nend: { end }",
    ),
    (
        "an inclusive join of a fork in which a way ends",
        "f: { and, to: [a, b] }\na: { task, to: x }\nx: { xor, to: [{ when: n > 1, to: e }, j] }\ne: { end }\nb: { task, to: j }\nj: { or }\nend: { end }",
    ),
    ("a loop", "a: { task }\nx: { xor, to: [{ when: n > 1, to: a }, end] }\nend: { end }"),
    (
        "a return out of a fork, to before it",
        "a: { task }\nf: { and, to: [b, c] }\nb: { task, outcomes: { ok: y, no: { label: n, to: a } }, to: j }\nc: { task, to: j }\nj: { and }\nend: { end }",
    ),
    (
        "a return to a task that was done on one of two ways, or else goes there",
        "x: { xor, to: [{ when: n > 1, to: a }, b] }\na: { task, to: b }\nb: { task, outcomes: { ok: y, no: { label: n, to: a } }, to: end }\nend: { end }",
    ),
    (
        "a return from behind a join into one branch",
        "f: { and, to: [b, c] }\nb: { task, to: j }\nc: { task, to: j }\nj: { and }\nd: { task, outcomes: { ok: y, no: { label: n, to: b } }, to: end }\nend: { end }",
    ),
    (
        "a correction that comes straight back",
        "f: { and, to: [b, c] }\nb: { task, outcomes: { ok: y, no: { label: n, to: fix, then: comeBack } }, to: j }\nc: { task, to: j }\nj: { and }\nend: { end }\nfix: { task, to: end }",
    ),
    (
        "an event that ends an activity",
        "a: { task, to: j }\nt: { on, attachedTo: a, timer: 1 day, to: j }\nj: { xor }\nend: { end }",
    ),
    (
        "an event beside an activity, that ends by itself",
        "a: { task, to: end }\nt: { on, attachedTo: a, timer: 1 day, interrupting: false, to: b }\nb: { task, to: e }\ne: { end }\nend: { end }",
    ),
    (
        "an event beside an activity in a loop, whose ways do not end before it happens again",
        "a: { task, to: x }\nt: { on, attachedTo: a, timer: 1 day, interrupting: false, to: f }\nf: { and, to: [b, c] }\nb: { task, to: j }\nc: { task, to: j }\nj: { and, to: e }\ne: { end }\nx: { xor, to: [{ when: n > 1, to: a }, end] }\nend: { end }",
    ),
    (
        "an end that ends everything while a token waits at a join",
        "f: { and, to: [a, b] }\na: { task, to: j }\nb: { task, to: x }\nx: { xor, to: [{ when: n > 1, to: stop }, j] }\nstop: { end, terminate: true }\nj: { and }\nend: { end }",
    ),
    (
        "branches that each end everything",
        "f: { and, to: [a, b] }\na: { task }\na2: { task, to: stop }\nb: { task }\nb2: { task, to: stop }\nstop: { end, terminate: true }",
    ),
    (
        "a sub-process for ever, that an event ends",
        "s: { sub, to: end, nodes: { a: { type: userTask, role: clerk, to: a } } }\nt: { on, attachedTo: s, timer: 1 day, to: end }\nend: { end }",
    ),
    (
        "forks in a loop",
        "f: { and, to: [a, b] }\na: { task, to: j }\nb: { task, to: j }\nj: { and }\nx: { xor, to: [{ when: n > 1, to: f }, end] }\nend: { end }",
    ),
    (
        "an error that ends a sub-process while a token waits at a join in it, and is caught",
        "s: { sub, to: end, nodes: { f: { type: parallelGateway, to: [a, b] }, a: { type: userTask, role: clerk, to: j }, b: { type: userTask, role: clerk, to: x }, x: { type: exclusiveGateway, to: [{ when: n > 1, to: no }, j] }, no: { type: endEvent, error: NO }, j: { type: parallelGateway }, e: { type: endEvent } } }\nend: { end }\nc: { on, attachedTo: s, error: NO, to: e2 }\ne2: { end }",
    ),
    (
        "an error that ends a sub-process in which nothing waits",
        "s: { sub, to: end, nodes: { no: { type: endEvent, error: NO } } }\nend: { end }\nc: { on, attachedTo: s, error: any, to: b }\nb: { task, to: end }",
    ),
    (
        "an activity in a fork that can be undone, and what undoes it",
        "f: { and, to: [a, b] }\na: { task, to: j }\nb: { task, to: j }\nj: { and }\nall: { type: intermediateThrowEvent, compensate: all }\nend: { end }\nc: { on, attachedTo: a, compensation: true, to: u }\nu: { task }",
    ),
    (
        "a transaction that is cancelled",
        "s: { type: transaction, to: end, nodes: { a: { type: userTask, role: clerk }, x: { type: exclusiveGateway, to: [{ when: n > 1, to: no }, e] }, no: { type: endEvent, cancel: true }, e: { type: endEvent }, c: { type: boundaryEvent, attachedTo: a, compensation: true, to: u }, u: { type: scriptTask, set: { n: '1' } } } }\nend: { end }\nc2: { on, attachedTo: s, cancel: true, to: b }\nb: { task, to: end }",
    ),
    (
        "an event sub-process that ends a case for ever, and one beside it",
        "a: { task, to: a }\nes: { type: eventSubProcess, nodes: { s: { type: startEvent, message: m }, b: { type: userTask, role: clerk }, e: { type: endEvent } } }\neb: { type: eventSubProcess, nodes: { s2: { type: startEvent, timer: 1 day, interrupting: false }, b2: { type: userTask, role: clerk }, e2: { type: endEvent } } }",
    ),
    (
        "the first of several events",
        "g: { type: eventBasedGateway, to: [m, t] }\nm: { type: intermediateCatchEvent, signal: s, to: j }\nt: { type: intermediateCatchEvent, timer: 1 day, to: j }\nj: { xor }\nend: { end }",
    ),
    (
        "a link",
        "a: { task }\nl: { type: intermediateThrowEvent, link: there }\nm: { type: intermediateCatchEvent, link: there }\nb: { task }\nend: { end }",
    ),
];

#[test]
fn sound_definitions_have_no_findings() {
    for (what, nodes) in SOUND {
        assert_eq!(found(nodes), [""; 0], "{what}");
    }
}

#[test]
fn a_join_that_is_never_complete_is_an_error_with_the_way_there() {
    for (nodes, expected) in [
        (
            "s: { task }\nx: { xor, to: [{ when: n > 1, to: a }, b] }\na: { task, to: j }\nb: { task, to: j }\nj: { and }\nend: { end }",
            "joinNeverCompletes j: s → x → a → j",
        ),
        (
            "f: { and, to: [a, b] }\na: { task, to: x }\nx: { xor, to: [{ when: n > 1, to: e }, j] }\ne: { end }\nb: { task, to: j }\nj: { and }\nend: { end }",
            "joinNeverCompletes j: f → a → x → e → b → j",
        ),
        (
            "f: { or, to: [{ when: n > 1, to: a }, b] }\na: { task, to: j }\nb: { task, to: j }\nj: { and }\nend: { end }",
            "joinNeverCompletes j: f → a → j",
        ),
        (
            "o: { task }\ns: { sub, nodes: { q: { type: startEvent, to: x }, x: { type: exclusiveGateway, to: [{ when: n > 1, to: a }, b] }, a: { type: userTask, role: clerk, to: j }, b: { type: userTask, role: clerk, to: j }, j: { type: parallelGateway } } }\nend: { end }",
            "joinNeverCompletes j: o → s → q → x → a → j",
        ),
        (
            "f: { and, to: [a, j] }\na: { task, to: end }\nt: { on, attachedTo: a, timer: 1 day, to: j }\nj: { and }\nend: { end }",
            "joinNeverCompletes j: f → a → end → j",
        ),
    ] {
        assert_eq!(found(nodes), [expected], "{nodes}");
    }
}

#[test]
fn a_node_that_may_be_active_twice_is_a_warning() {
    for (nodes, expected) in [
        (
            "f: { and, to: [a, b] }\na: { task, to: c }\nb: { task, to: c }\nc: { task }\nend: { end }",
            vec!["activeTwice c: f → a → b → c"],
        ),
        (
            "f: { and, to: [a, b] }\na: { task, to: end }\nb: { task, to: x }\nx: { xor, to: [{ when: n > 1, to: f }, end] }\nend: { end }",
            vec!["activeTwice a: f → b → x → f → a"],
        ),
        (
            "a: { task, to: c }\nt: { on, attachedTo: a, timer: 1 day, interrupting: false, to: c }\nc: { task }\nend: { end }",
            vec!["activeTwice c: a → t → a → c"],
        ),
    ] {
        assert_eq!(found(nodes), expected, "{nodes}");
    }
}

#[test]
fn a_return_to_what_is_no_activity_strands_tokens() {
    let nodes = "a: { task }\nm: { xor }\nf: { and, to: [b, c] }\nb: { task, outcomes: { ok: y, no: { label: n, to: m } }, to: j }\nc: { task, to: j }\nj: { and }\nend: { end }";
    let found = found(nodes);
    // It is told once, where the outcome says so.
    assert_eq!(found, ["returnStrandsToken to: a → m → f → b → m → f → c"]);
}

#[test]
fn what_never_happens_or_never_ends_is_a_warning() {
    for (nodes, expected) in [
        (
            "a: { set, to: end }\nt: { on, attachedTo: a, timer: 1 day, to: b }\nb: { task, to: end }\nend: { end }",
            "neverReached t: a → t",
        ),
        (
            "a: { task, to: end }\nend: { end }\nl: { on, attachedTo: a, timer: 1 day, to: m }\nm: { task }",
            "deadEnd m: a → l → m",
        ),
        (
            "a: { task }\nx: { xor, to: [{ when: n > 1, to: l }, end] }\nl: { task }\nm: { task, to: l }\nend: { end }",
            "neverEnds l: a → x → l",
        ),
    ] {
        assert_eq!(found(nodes), [expected], "{nodes}");
    }
}

#[test]
fn a_loop_through_a_sub_process_in_which_nothing_need_wait_is_an_error() {
    let around = |then: &str| {
        format!(
            "s: {{ sub, nodes: {{ q: {{ type: startEvent, to: g }}, g: {{ type: scriptTask, set: {{ n: '1' }}, to: {then} }}, h: {{ type: exclusiveGateway, to: [{{ when: n > 1, to: t }}, e] }}, t: {{ type: userTask, role: clerk, to: e }}, e: {{ type: endEvent }} }} }}\nx: {{ xor, to: [{{ when: n > 1, to: s }}, end] }}\nend: {{ end }}"
        )
    };
    assert_eq!(found(&around("h")), ["loopWithoutWait s"]);
    let always = around("h").replace("[{ when: n > 1, to: t }, e]", "t");
    assert_eq!(found(&always), [""; 0]);
}

/// Nodes that are left and blocks that do not fit, as the structure alone shows them.
fn structure(nodes: &str) -> (Vec<String>, Vec<String>) {
    let definition = definition(&long(nodes));
    let net = Net::new(&definition, None, &vec![None; definition.nodes.len()]);
    let found = reduce(&net);
    let name = |at: usize| definition.nodes[at].name.to_string();
    let misfit = |one: &Misfit| format!("{} → {} {}", name(one.fork), name(one.join), one.waits);
    (found.rest.iter().map(|at| name(*at)).collect(), found.misfits.iter().map(misfit).collect())
}

#[test]
fn the_structure_shows_blocks_that_fit_and_blocks_that_do_not() {
    let block = |fork: &str, join: &str| {
        let to = match fork {
            "and" => "[a, b]",
            _ => "[{ when: n > 1, to: a }, { when: n > 2, to: b }]",
        };
        let to = if fork == "and" { to.to_owned() } else { to.replace(']', ", c]") };
        let c = if fork == "and" { "" } else { "c: { task, to: j }\n" };
        format!(
            "o: {{ task }}\nf: {{ {fork}, to: {to} }}\na: {{ task, outcomes: {{ ok: y, no: {{ label: n, to: o }} }}, to: j }}\nb: {{ task, to: j }}\n{c}j: {{ {join} }}\nx: {{ xor, to: [{{ when: n > 1, to: o }}, end] }}\nend: {{ end }}"
        )
    };
    for (fork, join, misfits) in [
        ("and", "and", vec![]),
        ("and", "or", vec![]),
        ("or", "or", vec![]),
        ("xor", "xor", vec![]),
        ("xor", "or", vec![]),
        ("xor", "and", vec!["f → j true"]),
        ("or", "and", vec!["f → j true"]),
        ("and", "xor", vec!["f → j false"]),
        ("or", "xor", vec!["f → j false"]),
    ] {
        let (rest, found) = structure(&block(fork, join));
        assert_eq!(rest, [""; 0], "{fork} {join}");
        assert_eq!(found, misfits, "{fork} {join}");
    }
    let overlapping = "f: { and, to: [a, b] }\na: { and, to: [j, c] }\nb: { task, to: j }\nj: { and, to: k }\nc: { task, to: k }\nk: { xor }\nend: { end }";
    assert_eq!(structure(overlapping), (vec![], vec!["f → k false".to_owned()]));
    let crossed = "f: { and, to: [a, b] }\na: { xor, to: [{ when: n > 1, to: j }, k] }\nb: { xor, to: [{ when: n > 1, to: j }, k] }\nj: { and, to: e }\nk: { and, to: e }\ne: { xor }\nend: { end }";
    assert_eq!(structure(crossed).0, ["f", "a", "b", "j", "k", "end"]);
}

/// Twelve reminders beside an activity, each with its own answer; `extra` is more of them.
fn reminders(extra: &str) -> String {
    let ways: Vec<String> = (0..12)
        .map(|way| {
            format!(
                "t{way}: {{ on, attachedTo: a, timer: 1 day, interrupting: false, to: r{way} }}\nr{way}: {{ task, to: e }}\n"
            )
        })
        .collect();
    format!("a: {{ task, to: end }}\n{}{extra}e: {{ end }}\nend: {{ end }}", ways.concat())
}

#[test]
fn events_that_are_apart_are_looked_at_one_at_a_time() {
    let definition = definition(&long(&reminders("")));
    let net = Net::new(&definition, None, &vec![None; definition.nodes.len()]);
    let explored = explore(&net, Mode::Whole);
    // The activity alone, its end, and nothing left; and of each reminder: it comes, its answer is asked
    // for, beside the activity, beside its end and alone, and is there.
    assert_eq!((explored.states, explored.is_whole), (3 + 12 * 5, true));
    assert_eq!(check(&definition), []);
}

#[test]
fn events_that_meet_are_looked_at_together() {
    let on = |name: &str, to: &str| {
        format!("{name}: {{ on, attachedTo: a, timer: 1 day, interrupting: false, to: {to} }}\n")
    };
    let twice = format!("{}{}x: {{ task, to: e }}\n", on("u", "x"), on("v", "x"));
    // What happens beside an activity is a matter of its own each time.
    assert_eq!(found(&reminders(&twice)), [""; 0]);
    let stuck = format!(
        "{}{}y: {{ task, to: j }}\nz: {{ task, to: j }}\nj: {{ and, to: e }}\n",
        on("u", "y"),
        on("v", "z")
    );
    assert_eq!(found(&reminders(&stuck)), ["joinNeverCompletes j: a → u → a → end → y → j"]);
}

#[test]
fn past_the_bound_the_structure_is_looked_at_and_a_warning_says_so() {
    // Each of 20 ways may wait at its own place in its own loop, and each loop can meet the others.
    let names: Vec<String> = (0..20).map(|way| format!("a{way}")).collect();
    let ways: Vec<String> = names
        .iter()
        .map(|name| {
            format!("{name}: {{ task, to: x{name} }}\nx{name}: {{ xor, to: [{{ when: n > 1, to: m }}, j] }}\n")
        })
        .collect();
    let nodes = format!(
        "m: {{ xor, to: f }}\nf: {{ and, to: [{}] }}\n{}j: {{ and }}\nend: {{ end }}",
        names.join(", "),
        ways.concat()
    );
    let problems = check(&definition(&long(&nodes)));
    let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
    assert!(codes.contains(&"tooManyStates"), "{codes:?}");
    assert!(codes.contains(&"activeTwice"), "{codes:?}");
}

#[test]
fn what_lies_before_is_said_by_the_graph() {
    // The nodes; by which outcomes a task leads back, and by which every time that it is left so.
    for (nodes, back, always) in [
        // In a line, with a gateway that leads round: what lies ahead lies ahead in each pass.
        (
            "a: { task }\nb: { task, outcomes: { full: F, skip: { label: S, to: d } } }\nc: { task }
d: { task, outcomes: { ok: O, redo: { label: R, to: b }, anew: { label: A, to: a } } }
x: { xor, to: [{ when: 'n < 2', to: a }, { to: e }] }\ne: { end }",
            &["redo", "anew"][..],
            &["redo", "anew"][..],
        ),
        // What may have been done before, and what only follows from the task itself.
        (
            "a: { task, outcomes: { first: { label: F, to: t }, straight: { label: S, to: s } } }
t: { task, to: s }
s: { task, outcomes: { ok: { label: O, to: e }, ask: { label: A, to: t }, fix: { label: F, to: f }, self: { label: S, to: s } } }
f: { task, to: s }\ne: { end }",
            &["ask"],
            &[],
        ),
        // From one side of a choice to the other, by a way round; `ok` leads to the gateway.
        (
            "x: { xor, to: [{ when: 'n < 1', to: s }, { when: 'n < 2', to: t }, { to: e }] }
s: { task, outcomes: { ok: { label: O, to: x }, other: { label: T, to: t } } }\nt: { task, to: x }\ne: { end }",
            &["ok"],
            &["ok"],
        ),
        // What an event interrupts was not done.
        (
            "w: { task, to: e }\nstop: { on, attachedTo: w, timer: 1 day, to: r }
r: { task, outcomes: { again: { label: A, to: w }, no: { label: N, to: e } } }\ne: { end }",
            &["again"],
            &[],
        ),
    ] {
        let definition = definition(&long(nodes));
        let outcomes = |is: &dyn Fn(usize) -> bool| -> Vec<String> {
            let flows = (0..definition.flows.len()).filter(|flow| is(*flow));
            let names = flows.map(|flow| definition.flows[flow].when());
            names.map(|name| name.trim_start_matches("outcome ").to_owned()).collect()
        };
        assert_eq!(outcomes(&|flow| definition.may_lead_back(flow)), back, "{nodes}");
        assert_eq!(outcomes(&|flow| definition.always_leads_back(flow)), always, "{nodes}");
    }
}
