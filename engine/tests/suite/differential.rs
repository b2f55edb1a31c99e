//! Block-structured definitions in two interpreters: the engine, and a small one here that knows
//! nothing of tokens, joins and scopes. The sets of traces must be the same: which tasks can be done in
//! which order, with which outcome, until the case is done.

use std::collections::{BTreeMap, BTreeSet};

use engine::actor::{Actor, Grant, Principal};
use engine::command::{Command, Envelope};
use engine::definition::Definition;
use engine::facts::Facts;
use engine::ids::{InstanceId, Key};
use engine::instance::{Instance, Status, Waiting};
use engine::step::{start, step};
use engine::time::Timestamp;

use crate::chance::{Chance, for_seeds};

/// Decisions in a trace; longer ones are left out on both sides.
const LENGTH_MAX: usize = 7;
/// Tasks of one definition.
const TASKS_MAX: usize = 7;
/// Decisions that are tried for one definition; one that needs more is left out.
const TRIED_MAX: usize = 1_500;

/// A piece of a process; numbers name its tasks.
#[derive(Debug, Clone)]
enum Block {
    Task(usize),
    Sequence(Vec<Block>),
    /// All at once.
    Parallel(Vec<Block>),
    /// A task's outcome says which one.
    Exclusive(usize, Vec<Block>),
    /// A task's outcome says which ones: the bits of a number that is not 0.
    Inclusive(usize, Vec<Block>),
    /// Once, and again while a task's outcome says so.
    Loop(Box<Block>, usize),
    /// In a sub-process.
    Inside(Box<Block>),
}

/// A decision: the task and its outcome.
type Action = (usize, String);
type Traces = BTreeSet<Vec<Action>>;

fn block(chance: &mut Chance, tasks: &mut usize, depth: usize) -> Block {
    let new = |tasks: &mut usize| {
        *tasks += 1;
        *tasks
    };
    if depth == 0 || *tasks + 2 >= TASKS_MAX {
        return Block::Task(new(tasks));
    }
    let several = |chance: &mut Chance, tasks: &mut usize| -> Vec<Block> {
        (0..2 + chance.below(2)).map(|_| block(chance, tasks, depth - 1)).collect()
    };
    match chance.below(8) {
        0 => Block::Task(new(tasks)),
        1 | 2 => Block::Sequence(several(chance, tasks)),
        3 | 4 => Block::Parallel(several(chance, tasks)),
        5 => Block::Exclusive(new(tasks), several(chance, tasks)),
        6 => Block::Inclusive(new(tasks), several(chance, tasks)),
        _ if chance.below(2) == 0 => {
            let body = Box::new(block(chance, tasks, depth - 1));
            Block::Loop(body, new(tasks))
        }
        _ => Block::Inside(Box::new(block(chance, tasks, depth - 1))),
    }
}

/// What remains to be done: the reference interpreter's whole state.
#[derive(Debug, Clone)]
enum Rest {
    Done,
    Block(Block),
    Then(Box<Rest>, Box<Rest>),
    Beside(Vec<Rest>),
    /// A pass of a loop, and the loop.
    Pass(Box<Rest>, Block, usize),
}

impl Rest {
    fn all(blocks: &[Block]) -> Self {
        Self::Beside(blocks.iter().cloned().map(Self::Block).collect())
    }

    fn is_done(&self) -> bool {
        match self {
            Self::Done => true,
            Self::Block(_) | Self::Pass(..) => false,
            Self::Then(first, second) => first.is_done() && second.is_done(),
            Self::Beside(all) => all.iter().all(Self::is_done),
        }
    }

    /// What can be decided now, and what remains then.
    fn next(&self) -> Vec<(Action, Self)> {
        match self {
            Self::Done => Vec::new(),
            Self::Block(block) => Self::begin(block),
            Self::Then(first, second) if first.is_done() => second.next(),
            Self::Then(first, second) => {
                let then = |rest| Self::Then(Box::new(rest), second.clone());
                first.next().into_iter().map(|(action, rest)| (action, then(rest))).collect()
            }
            Self::Beside(all) => {
                let mut found = Vec::new();
                for (at, one) in all.iter().enumerate() {
                    for (action, rest) in one.next() {
                        let mut others = all.clone();
                        others[at] = rest;
                        found.push((action, Self::Beside(others)));
                    }
                }
                found
            }
            Self::Pass(pass, body, task) if pass.is_done() => {
                let again = Self::Pass(Box::new(Self::Block(body.clone())), body.clone(), *task);
                vec![((*task, "again".into()), again), ((*task, "stop".into()), Self::Done)]
            }
            Self::Pass(pass, body, task) => {
                let loops = |rest| Self::Pass(Box::new(rest), body.clone(), *task);
                pass.next().into_iter().map(|(action, rest)| (action, loops(rest))).collect()
            }
        }
    }

    fn begin(block: &Block) -> Vec<(Action, Self)> {
        match block {
            Block::Task(task) => vec![((*task, String::new()), Self::Done)],
            Block::Sequence(blocks) => {
                let blocks = blocks.iter().rev().cloned().map(Self::Block);
                let line = blocks.reduce(|rest, one| Self::Then(Box::new(one), Box::new(rest)));
                line.map_or(Vec::new(), |line| line.next())
            }
            Block::Parallel(blocks) => Self::all(blocks).next(),
            Block::Exclusive(task, blocks) => {
                let ways = blocks.iter().cloned().enumerate();
                ways.map(|(at, one)| ((*task, format!("w{at}")), Self::Block(one))).collect()
            }
            Block::Inclusive(task, blocks) => (1_usize..1 << blocks.len())
                .map(|mask| ((*task, format!("s{mask}")), Self::all(&chosen(blocks, mask))))
                .collect(),
            Block::Loop(body, task) => {
                let pass = Box::new(Self::Block((**body).clone()));
                Self::Pass(pass, (**body).clone(), *task).next()
            }
            Block::Inside(inner) => Self::begin(inner),
        }
    }
}

fn chosen(blocks: &[Block], mask: usize) -> Vec<Block> {
    let chosen = blocks.iter().enumerate().filter(|(at, _)| mask & (1 << at) != 0);
    chosen.map(|(_, block)| block.clone()).collect()
}

/// The reference's traces; none where there are too many decisions to try.
fn expected(block: &Block) -> Option<Traces> {
    let mut traces = Traces::new();
    let mut todo = vec![(Vec::new(), Rest::Block(block.clone()))];
    let mut tried = 0;
    while let Some((trace, rest)) = todo.pop() {
        tried += 1;
        if tried > TRIED_MAX {
            return None;
        }
        if rest.is_done() {
            traces.insert(trace);
        } else if trace.len() < LENGTH_MAX {
            for (action, rest) in rest.next() {
                let mut trace: Vec<Action> = trace.clone();
                trace.push(action);
                todo.push((trace, rest));
            }
        }
    }
    Some(traces)
}

/// Writes a block as nodes.
#[derive(Default)]
struct Writer {
    scopes: Vec<Vec<String>>,
    names: usize,
}

impl Writer {
    fn node(&mut self, name: &str, keys: &str) {
        self.scopes.last_mut().expect("a scope is open").push(format!("{name}: {{ {keys} }}"));
    }

    fn name(&mut self, kind: &str) -> String {
        self.names += 1;
        format!("{kind}{}", self.names)
    }

    fn task(&mut self, task: usize, outcomes: &[String], to: &str) {
        let outcomes: Vec<String> = outcomes.iter().map(|name| format!("{name}: Yes")).collect();
        let keys = format!(
            "type: userTask, role: clerk, outcomes: {{ {} }}, to: {to}",
            outcomes.join(", ")
        );
        self.node(&format!("t{task}"), &keys);
    }

    /// Writes a scope's nodes.
    fn scope(&mut self, block: &Block) -> Vec<String> {
        self.scopes.push(Vec::new());
        let (begin, end) = (self.name("begin"), self.name("end"));
        self.node(&end, "type: endEvent");
        let first = self.block(block, &end);
        self.node(&begin, &format!("type: startEvent, to: {first}"));
        self.scopes.pop().expect("it was opened")
    }

    /// Writes a block that leads to a node; where it begins.
    fn block(&mut self, block: &Block, to: &str) -> String {
        match block {
            Block::Task(task) => {
                self.task(*task, &[], to);
                format!("t{task}")
            }
            Block::Sequence(blocks) => {
                blocks.iter().rev().fold(to.to_owned(), |to, block| self.block(block, &to))
            }
            Block::Parallel(blocks) => {
                let (fork, join) = (self.name("fork"), self.name("join"));
                self.node(&join, &format!("type: parallelGateway, to: {to}"));
                let ways: Vec<String> = blocks.iter().map(|one| self.block(one, &join)).collect();
                self.node(&fork, &format!("type: parallelGateway, to: [{}]", ways.join(", ")));
                fork
            }
            Block::Exclusive(task, blocks) => {
                let outcomes: Vec<String> = (0..blocks.len()).map(|at| format!("w{at}")).collect();
                self.split(*task, blocks, "exclusiveGateway", &outcomes, |at| vec![1 << at], to)
            }
            Block::Inclusive(task, blocks) => {
                let masks: Vec<usize> = (1..1 << blocks.len()).collect();
                let outcomes: Vec<String> = masks.iter().map(|mask| format!("s{mask}")).collect();
                let of = |at: usize| {
                    masks.iter().copied().filter(|mask| mask & (1 << at) != 0).collect()
                };
                self.split(*task, blocks, "inclusiveGateway", &outcomes, of, to)
            }
            Block::Loop(body, task) => {
                let (begin, ask) = (self.name("again"), self.name("ask"));
                let when = format!("{{ when: \"outcomes.t{task} == 'again'\", to: {begin} }}");
                self.node(&ask, &format!("type: exclusiveGateway, to: [{when}, {to}]"));
                self.task(*task, &["again".to_owned(), "stop".to_owned()], &ask);
                let first = self.block(body, &format!("t{task}"));
                self.node(&begin, &format!("type: exclusiveGateway, to: {first}"));
                begin
            }
            Block::Inside(inner) => {
                let name = self.name("inside");
                let nodes = self.scope(inner).join(", ");
                self.node(&name, &format!("type: subProcess, nodes: {{ {nodes} }}, to: {to}"));
                name
            }
        }
    }

    /// A task whose outcome, by `of` a way's numbers, says which ways are taken.
    fn split(
        &mut self,
        task: usize,
        blocks: &[Block],
        kind: &str,
        outcomes: &[String],
        of: impl Fn(usize) -> Vec<usize>,
        to: &str,
    ) -> String {
        let (fork, join) = (self.name("fork"), self.name("join"));
        self.node(&join, &format!("type: {kind}, to: {to}"));
        let is_one = kind == "exclusiveGateway";
        let mut ways: Vec<String> = Vec::new();
        for (at, block) in blocks.iter().enumerate() {
            let first = self.block(block, &join);
            let conditions: Vec<String> = of(at)
                .into_iter()
                .map(|number| match is_one {
                    true => format!("outcomes.t{task} == 'w{at}'"),
                    false => format!("outcomes.t{task} == 's{number}'"),
                })
                .collect();
            ways.push(format!("{{ when: \"{}\", to: {first} }}", conditions.join(" || ")));
        }
        ways.push(join);
        self.node(&fork, &format!("type: {kind}, to: [{}]", ways.join(", ")));
        self.task(task, outcomes, &fork);
        format!("t{task}")
    }
}

fn definition(block: &Block) -> std::sync::Arc<Definition> {
    let nodes = Writer::default().scope(block);
    let nodes: String = nodes.iter().map(|node| format!("  {node}\n")).collect::<Vec<_>>().concat();
    let files = [
        ("pack.yaml", "pack: p\nname: P\nversion: '1'\n".to_owned()),
        ("roles.yaml", "roles: { clerk: { name: Clerk } }\n".to_owned()),
        ("processes/p.yaml", format!("process: p\nname: P\nstartedBy: [clerk]\nnodes:\n{nodes}")),
    ];
    let compiled = engine::pack::compile(&files, |_| 1)
        .unwrap_or_else(|problems| panic!("{problems:#?}\n{nodes}"));
    assert_eq!(compiled.warnings, [], "the checker has nothing to say\n{nodes}");
    std::sync::Arc::clone(&compiled.definitions["p"])
}

fn envelope(command: Command) -> Envelope {
    let grants = vec![Grant { role: "clerk".into(), unit: None }];
    let actor = Actor::Person { id: "li".into(), unit: None, grants };
    Envelope { at: Timestamp(1_767_575_400_000), actor, seed: 7, since: None, hops: 0, command }
}

/// Somebody is a clerk.
fn facts() -> Facts {
    let held = [(Principal::Role("clerk".into()), true)];
    Facts { held: std::sync::Arc::new(held.into()), ..Facts::default() }
}

fn begin(definition: &Definition) -> Instance {
    let documents = BTreeMap::new();
    let command = Command::Start { process: "p".into(), documents, parent: None, origin: None };
    let facts = facts();
    start(definition, InstanceId(1), &envelope(command), &facts).expect("it begins").instance
}

/// Open tasks with what may be decided on each.
fn open(instance: &Instance, outcomes: &BTreeMap<String, Vec<String>>) -> Vec<(Key, Action)> {
    let active = instance.activations().iter();
    active
        .filter(|(_, one)| matches!(one.waiting, Waiting::Task { .. }))
        .flat_map(|(key, one)| {
            let name = one.node.as_str();
            let task: usize = name[1..].parse().expect("tasks are numbered");
            let named = outcomes.get(name).cloned().unwrap_or_default();
            let named = if named.is_empty() { vec![String::new()] } else { named };
            named.into_iter().map(move |outcome| (*key, (task, outcome)))
        })
        .collect()
}

/// The engine's traces.
fn found(definition: &Definition) -> Traces {
    let outcomes: BTreeMap<String, Vec<String>> = definition
        .nodes()
        .iter()
        .filter_map(|node| match node.element() {
            engine::elements::Element::UserTask(task) => {
                let outcomes = task.outcomes.keys().map(ToString::to_string).collect();
                Some((node.name().to_string(), outcomes))
            }
            _ => None,
        })
        .collect();
    let mut traces = Traces::new();
    let mut todo = vec![(Vec::new(), begin(definition))];
    while let Some((trace, instance)) = todo.pop() {
        if instance.status() != Status::Active {
            traces.insert(trace);
            continue;
        }
        if trace.len() == LENGTH_MAX {
            continue;
        }
        for (task, action) in open(&instance, &outcomes) {
            let outcome = Some(action.1.as_str()).filter(|name| !name.is_empty()).map(Into::into);
            let documents = BTreeMap::new();
            let command = Command::CompleteTask {
                task,
                outcome,
                documents,
                comment: None,
                seen: BTreeMap::new(),
            };
            let stepped = step(definition, &instance, &envelope(command), &facts())
                .unwrap_or_else(|refused| panic!("{refused:?}"));
            let mut trace: Vec<Action> = trace.clone();
            trace.push(action);
            todo.push((trace, stepped.instance));
        }
    }
    traces
}

#[test]
fn traces_are_those_of_the_reference_interpreter() {
    for_seeds(60, 3_000, |chance| {
        let block = block(chance, &mut 0, 3);
        let Some(expected) = expected(&block) else { return };
        let definition = definition(&block);
        assert_eq!(found(&definition), expected, "{block:?}");
    });
}

#[test]
fn the_reference_knows_what_a_fork_and_a_loop_are() {
    let traces = |block: &Block| {
        let traces = expected(block).expect("there are few");
        let word = |(task, outcome): &Action| format!("{task}{outcome}");
        let words = |trace: &Vec<Action>| trace.iter().map(word).collect::<Vec<_>>().join(" ");
        traces.iter().map(words).collect::<Vec<_>>()
    };
    let fork = Block::Parallel(vec![Block::Task(1), Block::Task(2)]);
    assert_eq!(traces(&fork), ["1 2", "2 1"]);
    let again = Block::Loop(Box::new(Block::Task(1)), 2);
    assert_eq!(traces(&again), ["1 2again 1 2again 1 2stop", "1 2again 1 2stop", "1 2stop"]);
}
