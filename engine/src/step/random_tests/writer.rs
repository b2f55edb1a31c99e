//! Blocks as YAML.

use super::blocks::{Block, CHOOSING, RUNS, SIGN_RULES};
use super::outside;

/// Writes blocks as YAML.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) names: usize,
    /// The nodes of each scope that is being written.
    pub(super) scopes: Vec<Vec<String>>,
}

impl Writer {
    pub(super) fn node(&mut self, name: &str, keys: &str) {
        self.scopes.last_mut().expect("a scope is open").push(format!("{name}: {{ {keys} }}"));
    }

    pub(super) fn name(&mut self, kind: &str) -> String {
        self.names += 1;
        format!("{kind}{}", self.names)
    }

    /// A scope's nodes; `end` is what its end event says beside its type.
    pub(super) fn scope(&mut self, blocks: &[Block], end: &str) -> Vec<String> {
        self.scopes.push(Vec::new());
        let (begin, done) = (self.name("start"), self.name("end"));
        self.node(&done, &format!("type: endEvent{end}"));
        let first = self.sequence(blocks, &done);
        self.node(&begin, &format!("type: startEvent, to: {first}"));
        self.scopes.pop().expect("it was pushed")
    }

    /// Writes blocks that lead to a node; the name of the first one.
    pub(super) fn sequence(&mut self, blocks: &[Block], next: &str) -> String {
        let mut next = next.to_owned();
        for block in blocks.iter().rev() {
            next = self.block(block, &next);
        }
        next
    }

    pub(super) fn block(&mut self, block: &Block, next: &str) -> String {
        match block {
            Block::Task { clock } => {
                let name = self.name("task");
                self.activity(
                    &name,
                    "type: userTask, role: clerk, operations: [return, takeBack, transfer, delegate, terminate, urge, copy], outcomes: { ok: 好, no: 不 }",
                    *clock,
                    next,
                );
                name
            }
            Block::Review { inner, straight_back } => {
                let (first, second) = (self.name("task"), self.name("task"));
                let then = if *straight_back { ", then: comeBack" } else { "" };
                let keys = "type: userTask, role: clerk, operations: [return, takeBack]";
                let back = format!("back: {{ label: 退, to: {first}{then} }}");
                self.node(&second, &format!("{keys}, outcomes: {{ ok: 好, {back} }}, to: {next}"));
                let between = self.sequence(inner, &second);
                self.node(&first, &format!("{keys}, to: {between}"));
                first
            }
            Block::Wait => {
                let name = self.name("wait");
                self.node(
                    &name,
                    &format!("type: intermediateCatchEvent, timer: 3 days, to: {next}"),
                );
                name
            }
            Block::Set(value) => {
                let name = self.name("set");
                self.node(&name, &format!("type: scriptTask, set: {{ n: '{value}' }}, to: {next}"));
                name
            }
            Block::Choice(ways) => {
                let join = self.name("join");
                self.node(&join, &format!("type: exclusiveGateway, to: {next}"));
                self.split("exclusiveGateway", ways, &join)
            }
            Block::Stop(way) => {
                self.early("terminate: true, outcome: stopped", "n == 2", way, next)
            }
            Block::Fail(way) => self.early("error: E", "n == 3", way, next),
            Block::Fork(ways) => {
                let (join, fork) = (self.name("join"), self.name("fork"));
                self.node(&join, &format!("type: parallelGateway, to: {next}"));
                let firsts: Vec<String> = ways.iter().map(|way| self.way(way, &join)).collect();
                self.node(&fork, &format!("type: parallelGateway, to: [{}]", firsts.join(", ")));
                fork
            }
            Block::Some(ways) => {
                let join = self.name("join");
                self.node(&join, &format!("type: inclusiveGateway, to: {next}"));
                self.split("inclusiveGateway", ways, &join)
            }
            Block::Outside(kind) => {
                let name = self.name("outside");
                self.node(&name, &format!("{}, to: {next}", outside::OUTSIDE[*kind]));
                name
            }
            Block::Intake => self.intake(next),
            Block::Race => self.race(next),
            Block::Inside { .. }
            | Block::Each { .. }
            | Block::Many { .. }
            | Block::Signed(_)
            | Block::Free { .. }
            | Block::Call { .. } => self.activity_of(block, next),
        }
    }

    /// A choice between an end of its own and blocks that go on.
    pub(super) fn early(&mut self, end: &str, when: &str, way: &[Block], next: &str) -> String {
        let (stop, fork) = (self.name("stop"), self.name("fork"));
        self.node(&stop, &format!("type: endEvent, {end}"));
        let first = self.sequence(way, next);
        let to = format!("[{{ when: {when}, to: {stop} }}, {{ to: {first} }}]");
        self.node(&fork, &format!("type: exclusiveGateway, to: {to}"));
        fork
    }

    /// A sub-process, or an activity that runs over a list.
    pub(super) fn activity_of(&mut self, block: &Block, next: &str) -> String {
        match block {
            Block::Inside { inner, clock } => {
                let name = self.name("inside");
                let nodes = self.scope(inner, "").join(", ");
                self.activity(
                    &name,
                    &format!("type: subProcess, nodes: {{ {nodes} }}"),
                    *clock,
                    next,
                );
                name
            }
            Block::Each { inner, runs } => {
                let name = self.name("each");
                let nodes = self.scope(inner, "").join(", ");
                let each = RUNS[*runs];
                self.node(
                    &name,
                    &format!("type: subProcess, {each}, nodes: {{ {nodes} }}, to: {next}"),
                );
                name
            }
            Block::Free { inner, choosing } => {
                let (name, task, part) = (self.name("free"), self.name("task"), self.name("part"));
                let nodes = self.scope(inner, "").join(", ");
                let keys = CHOOSING[*choosing].replace("TASK", &task);
                let task = format!(
                    "{task}: {{ type: userTask, role: clerk, operations: [return, takeBack] }}"
                );
                let part = format!("{part}: {{ type: subProcess, nodes: {{ {nodes} }} }}");
                let own = format!("type: adHocSubProcess, role: clerk, {keys}");
                self.node(&name, &format!("{own}, nodes: {{ {task}, {part} }}, to: {next}"));
                name
            }
            Block::Many { runs } => {
                let name = self.name("task");
                let each = RUNS[*runs];
                self.node(
                    &name,
                    &format!("type: userTask, role: clerk, operations: return, {each}, to: {next}"),
                );
                name
            }
            Block::Signed(rule) => {
                let (name, merge) = (self.name("task"), self.name("merge"));
                self.node(&merge, &format!("type: exclusiveGateway, to: {next}"));
                let rule = SIGN_RULES[*rule].replace("NEXT", &merge);
                let keys = "type: userTask, operations: [return, takeBack, transfer, delegate, addSigner, removeSigner], outcomes: { ok: 好, no: 不 }";
                self.node(&name, &format!("{keys}, {rule}, to: {merge}"));
                name
            }
            Block::Call { clock } => {
                let name = self.name("call");
                self.activity(&name, "type: callActivity, process: called", *clock, next);
                name
            }
            other => unreachable!("{other:?} is no such block"),
        }
    }

    /// A way to a joining gateway: a gateway of its own ends it, so that however many flows lead
    /// there, one comes in.
    pub(super) fn way(&mut self, blocks: &[Block], join: &str) -> String {
        let last = self.name("merge");
        self.node(&last, &format!("type: exclusiveGateway, to: {join}"));
        self.sequence(blocks, &last)
    }

    pub(super) fn split(&mut self, kind: &str, ways: &[Vec<Block>], join: &str) -> String {
        let fork = self.name("fork");
        let mut to = Vec::new();
        for (at, way) in ways.iter().enumerate() {
            let first = self.way(way, join);
            to.push(match at {
                0 => format!("{{ to: {first} }}"),
                _ => format!("{{ when: n > {at}, to: {first} }}"),
            });
        }
        self.node(&fork, &format!("type: {kind}, to: [{}]", to.join(", ")));
        fork
    }

    pub(super) fn activity(&mut self, name: &str, keys: &str, clock: Option<bool>, next: &str) {
        let Some(interrupting) = clock else {
            return self.node(name, &format!("{keys}, to: {next}"));
        };
        let (merge, boundary) = (self.name("merge"), self.name("clock"));
        self.node(&merge, &format!("type: exclusiveGateway, to: {next}"));
        self.node(name, &format!("{keys}, to: {merge}"));
        let to = if interrupting {
            merge
        } else {
            let end = self.name("end");
            self.node(&end, "type: endEvent");
            end
        };
        self.node(
            &boundary,
            &format!("type: boundaryEvent, attachedTo: {name}, timer: 2 days, interrupting: {interrupting}, to: {to}"),
        );
    }
}

pub(super) fn yaml(blocks: &[Block]) -> String {
    let mut nodes = Writer::default().scope(blocks, ", outcome: done");
    let caught = "begin0: { type: startEvent, error: any }, over0: { type: endEvent }";
    nodes.push(format!("caught: {{ type: eventSubProcess, nodes: {{ {caught} }} }}"));
    nodes.iter().map(|node| format!("  {node}\n")).collect::<Vec<_>>().concat()
}
