//! What an activation knows of how nodes were left: those of its own run first, then those of what is
//! around it; and of a node that two ways at once lead through, what lies on its own way. What is
//! remembered is `instance/run.rs`.

use std::collections::BTreeMap;

use super::Step;
use crate::definition::{Definition, Listed, Node};
use crate::ids::{Key, NodeName, OutcomeName, PersonId};
use crate::instance::{Instance, Lot, Passed, Trace};

/// What an activation knows of how nodes were left.
pub(crate) struct Memory<'s> {
    definition: &'s Definition,
    instance: &'s Instance,
    /// The runs it is in, from the innermost, with their nodes, and whether each is a way of its own.
    runs: Vec<(Key, usize, bool)>,
    /// The latest of each node that it descends from.
    behind: BTreeMap<&'s NodeName, &'s Trace>,
}

/// How a node was left.
#[derive(Default)]
pub(super) struct Known<'s> {
    pub(super) outcome: Option<&'s OutcomeName>,
    pub(super) by: Option<&'s PersonId>,
    pub(super) tally: Option<&'s BTreeMap<OutcomeName, u32>>,
}

impl<'s> Memory<'s> {
    pub(crate) fn new(definition: &'s Definition, instance: &'s Instance, key: Key) -> Self {
        let run = |key| match (instance.activation(key), instance.trail().get(&key)) {
            (Some(one), _) => Some((key, definition.index(&one.node), !one.apart)),
            (None, trace) => Some((key, definition.index(&trace?.node), true)),
        };
        let runs = instance.runs_around(key).filter_map(run);
        Self { definition, instance, runs: runs.collect(), behind: BTreeMap::new() }
    }

    /// The same with what the activation descends from. What a correction has the place of it has not done
    /// before: of that the pass counts which it does.
    fn with_behind(mut self, key: Key) -> Self {
        let mut at = key;
        while let Some(activation) = self.instance.activation(at) {
            let mut own = BTreeMap::new();
            for key in self.instance.ancestors(&activation.from) {
                let trace = &self.instance.trail()[&key];
                own.insert(&trace.node, trace);
            }
            if activation.corrects.is_some() {
                own.remove(&activation.node);
            }
            for (node, trace) in own {
                self.behind.entry(node).or_insert(trace);
            }
            at = activation.scope;
        }
        self
    }

    /// What is remembered of a node: by the run that both are in, or by the case.
    pub(crate) fn of(&self, node: &Node) -> Option<&'s Passed> {
        match self.run_with(node) {
            Some(run) => self.instance.run(run)?.passed.get(&node.name),
            None => self.instance.passed(node.name.as_str()),
        }
    }

    /// The run that the activation is in and a node too.
    pub(super) fn run_with(&self, node: &Node) -> Option<Key> {
        let own = self.runs.iter().find(|(_, run, is_way)| match is_way {
            true => self.is_on(node, *run),
            false => self.is_inside(node, *run),
        });
        own.map(|(run, ..)| *run)
    }

    /// What is remembered of a node that is called so.
    pub(crate) fn of_name(&self, node: &NodeName) -> Option<&'s Passed> {
        match self.definition.node(node.as_str()) {
            Some(node) => self.of(node),
            None => self.instance.passed(node.as_str()),
        }
    }

    /// Whether a node, or a sub-process around it, belongs to the way that begins at another.
    fn is_on(&self, node: &Node, start: usize) -> bool {
        let around = |at: &&Node| Some(&self.definition.nodes[at.scope?]);
        std::iter::successors(Some(node), around)
            .any(|at| at.ways.iter().flatten().any(|own| *own == start))
    }

    fn is_inside(&self, node: &Node, run: usize) -> bool {
        let around = |at: &usize| self.definition.nodes[*at].scope;
        std::iter::successors(node.scope, around).any(|at| at == run)
    }

    /// How a node was left: on the own way where it was done there, or else the last time.
    pub(super) fn left(&self, node: &Node) -> Known<'s> {
        let trace = self.behind.get(&node.name).filter(|_| node.element.nodes().is_none());
        match trace {
            Some(Trace { left: Some(left), by, .. }) if left.whole => {
                let by = left.by.as_ref().or(by.as_ref());
                return Known { outcome: left.outcome.as_ref(), by, tally: Some(&left.tally) };
            }
            // It was cut off.
            Some(Trace { left: Some(_), .. }) => return Known::default(),
            Some(Trace { left: None, .. }) | None => {}
        }
        match self.of(node) {
            // How one of several votes is no result, and nobody learns it before there is one.
            Some(Passed { before, key, .. }) if self.is_voted_on(node, *key) => {
                let before = before.as_deref();
                let outcome = before.and_then(|(outcome, _)| outcome.as_ref());
                let by = before.and_then(|(_, by)| by.as_ref());
                Known { outcome, by, tally: None }
            }
            Some(Passed { outcome, by, tally, .. }) => {
                Known { outcome: outcome.as_ref(), by: by.as_ref(), tally: Some(tally) }
            }
            None => Known::default(),
        }
    }
}

impl Memory<'_> {
    /// Whether an activation of a node is a round that is not decided yet.
    fn is_voted_on(&self, node: &Node, key: Key) -> bool {
        node.each.as_deref().is_some_and(|each| each.sign.is_some())
            && self.instance.activation(key).is_some_and(|body| !body.left.whole)
    }
}

impl Step<'_> {
    /// What an activation knows of how often nodes were begun, and of who did them.
    pub(crate) fn memory(&self, key: Key) -> Memory<'_> {
        Memory::new(self.definition, &self.instance, key)
    }

    /// What an activation knows of how nodes were left.
    pub(super) fn memory_of_way(&self, key: Key) -> Memory<'_> {
        self.memory(key).with_behind(key)
    }

    /// The runs of lists that an activation is in, from the innermost, with what each is about. A loop runs
    /// over nothing: what happens in one of its runs is a matter of all.
    pub(crate) fn runs_of_lists(&self, key: Key) -> impl Iterator<Item = (Key, Lot)> {
        self.instance.runs_around(key).filter_map(|key| {
            let run = self.instance.activation(key).filter(|run| run.apart)?;
            let each = self.node_of(key).each.as_deref()?;
            let item = run.item.as_ref().filter(|_| !matches!(each.list, Listed::Again { .. }))?;
            Some((key, (run.node.clone(), item.value.clone())))
        })
    }

    /// What an activation is about, where it is in runs of lists.
    pub(crate) fn lots_around(&self, key: Key) -> Vec<Lot> {
        self.runs_of_lists(key).map(|(_, lot)| lot).collect()
    }

    /// Who did the task before by the trail; of several who did, whose step this is, or who did the
    /// latest. Whoever began the case where nobody did anything before.
    pub(crate) fn did_before(&self, key: Key) -> Option<PersonId> {
        let mut at = self.whole(key);
        while let Some(activation) = self.instance.activation(at) {
            let mut found: BTreeMap<Key, &PersonId> = BTreeMap::new();
            let mut todo = activation.from.clone();
            while let Some(key) = todo.pop() {
                match (self.instance.trail().get(&key), self.instance.activation(key)) {
                    (Some(trace), _) => match doer(trace) {
                        Some(person) => drop(found.insert(key, person)),
                        None => todo.extend(&trace.from),
                    },
                    // The host of a boundary event is not done yet.
                    (None, Some(host)) => todo.extend(&host.from),
                    (None, None) => {}
                }
            }
            let own = self.envelope.actor.person().filter(|own| found.values().any(|it| it == own));
            if let Some(person) = own.or_else(|| found.values().next_back().copied()) {
                return Some(person.clone());
            }
            // What an event began follows from nobody.
            if self.node_of(at).behavior.listens() {
                return None;
            }
            at = activation.scope;
        }
        self.instance.initiator().map(|it| it.person.clone())
    }
}

/// Who did what the trail knows, or corrected it: alone, or as the last of several.
fn doer(trace: &Trace) -> Option<&PersonId> {
    trace.left.as_ref().and_then(|left| left.by.as_ref()).or(trace.by.as_ref())
}
