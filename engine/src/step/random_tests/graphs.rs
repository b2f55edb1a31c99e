//! Random graphs, most of them no good. What the checker calls sound never gets stuck, whatever is done:
//! there is always something open or a clock that runs, and no join waits for ever.

use std::cell::Cell;
use std::fmt::Write;

use proptest::prelude::*;

use super::super::tests::compiled;
use super::{Run, seeds};
use crate::instance::Status;

/// A node: its kind, and up to three nodes that it leads to.
type Node = (u8, [u8; 3]);

fn nodes() -> impl Strategy<Value = Vec<Node>> {
    proptest::collection::vec((0_u8..18, any::<[u8; 3]>()), 3..11)
}

/// Writes the nodes that can be reached. The last one is always an end.
fn yaml(nodes: &[Node]) -> String {
    let end = nodes.len();
    let to = |node: &Node, at: usize| usize::from(node.1[at]) % (end + 1);
    let mut seen = vec![false; end + 1];
    let mut todo = vec![0];
    while let Some(at) = todo.pop() {
        if !std::mem::replace(&mut seen[at], true) && at < end {
            let ways = leads_to(nodes[at].0);
            todo.extend(ways.iter().map(|way| to(&nodes[at], *way)));
        }
    }
    let mut text = String::from("  begin: { type: startEvent, to: n0 }\n");
    for (at, node) in nodes.iter().enumerate().filter(|(at, _)| seen[*at]) {
        let [a, b, c] = [to(node, 0), to(node, 1), to(node, 2)];
        let keys = match node.0 {
            0..=3 => format!("type: userTask, role: clerk, operations: return, to: n{a}"),
            4 | 5 => format!(
                "type: userTask, role: clerk, operations: return, outcomes: {{ ok: 好, no: {{ label: 不, to: n{b} }} }}, to: n{a}"
            ),
            6 => format!("type: exclusiveGateway, to: [{{ when: n > 1, to: n{a} }}, n{b}]"),
            7 => format!("type: exclusiveGateway, to: n{a}"),
            8 | 9 => format!("type: parallelGateway, to: [n{a}, n{b}]"),
            10 => format!("type: parallelGateway, to: n{a}"),
            11 => format!(
                "type: inclusiveGateway, to: [{{ when: n > 0, to: n{a} }}, {{ when: n > 1, to: n{b} }}, n{c}]"
            ),
            12 => format!("type: inclusiveGateway, to: n{a}"),
            13 => format!("type: scriptTask, set: {{ n: '{}' }}, to: n{a}", node.1[1] % 4),
            14 => format!("type: userTask, role: clerk, operations: return, to: n{a}"),
            16 => format!("type: intermediateCatchEvent, message: m, key: k, to: n{a}"),
            17 => format!("type: businessRuleTask, decision: limits, into: said, to: n{a}"),
            _ => "type: endEvent".to_owned(),
        };
        writeln!(text, "  n{at}: {{ {keys} }}").expect("writing to a string does not fail");
        if node.0 == 14 {
            let beside = node.1[2].is_multiple_of(2);
            writeln!(
                text,
                "  clock{at}: {{ type: boundaryEvent, attachedTo: n{at}, timer: 1 day, interrupting: {beside}, to: n{b} }}"
            )
            .expect("writing to a string does not fail");
        }
    }
    if seen[end] {
        writeln!(text, "  n{end}: {{ type: endEvent }}")
            .expect("writing to a string does not fail");
    }
    text
}

/// Which of its targets a kind of node leads to.
const fn leads_to(kind: u8) -> &'static [usize] {
    match kind {
        0..=3 | 7 | 10 | 12 | 13 | 16 | 17 => &[0],
        4..=6 | 8 | 9 | 14 => &[0, 1],
        11 => &[0, 1, 2],
        _ => &[],
    }
}

#[test]
fn what_the_checker_calls_sound_never_gets_stuck() {
    let sound = Cell::new(0);
    let commands = super::commands(60);
    seeds::run(400, &(nodes(), commands), |(nodes, commands)| {
        let yaml = yaml(&nodes);
        let Ok(definition) = compiled(&yaml) else { return };
        let mut found = crate::soundness::check(&definition);
        found.retain(|problem| !matches!(problem.code, "neverReached" | "deadEnd"));
        if !found.is_empty() {
            return;
        }
        sound.set(sound.get() + 1);
        let mut run = Run::begin_of(definition);
        for command in commands {
            if run.instance.status() != Status::Active {
                return;
            }
            let active = run.instance.activations().values();
            let incident = active.clone().find_map(|it| it.incident.as_ref());
            assert_eq!(incident, None, "{yaml}");
            let waits = !run.tasks().is_empty()
                || active.clone().any(|it| !it.timers.is_empty() || !it.subscriptions.is_empty());
            assert!(waits, "it is stuck: {:?}\n{yaml}", run.instance);
            run.random(command);
        }
    });
    assert!(sound.get() > 20, "enough of them are sound: {}", sound.get());
}
