//! What descends from what: the trail of activities behind the tokens of a case, so that a return
//! knows what to undo. `docs/language/returns.md` says why this is sound. Pure sets of keys; which
//! nodes may be returned to is the definition's.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Activation, Arrival, Asked, Correction, DueBefore, Fold, Instance, Kept, Left, Passed, Reset,
};
use crate::event::Event;
use crate::ids::{Key, NodeName, PersonId};

/// An activity that was done, or a join that came about, and that something active descends from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// The node.
    pub node: NodeName,
    /// The scope it is in.
    pub scope: Key,
    /// What it descends from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Key>,
    /// Tokens that a join used up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used: Vec<Arrival>,
    /// What a complex gateway waited for that was set back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<Box<Reset>>,
    /// Who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// As which task, where it was a round of signers, or was corrected since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Key>,
    /// Its deadline as it stood when it was decided, where that may be taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_before: Option<DueBefore>,
    /// The correction that it was corrected by last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<Box<Correction>>,
    /// The ways of their own that it was on, the innermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ways: Vec<Key>,
    /// Whether the case ended after it and runs again: done again, the case goes on from there alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// Whether the case ended while it went on: it was not done, and is undone with what it follows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// How it was decided; none of a join, and where that was not noted yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Left>,
    /// Nodes that were decided inside it, or after it without a trace of their own: undone with it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub undoes: BTreeSet<NodeName>,
    /// The event that sent something out right after it, or that came, which nothing takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<NodeName>,
}

impl Instance {
    /// Activities that were done and that something active descends from.
    pub const fn trail(&self) -> &Kept<Key, Trace> {
        &self.trail
    }

    /// The trace of a task that was decided.
    pub fn trace_of(&self, task: Key) -> Option<Key> {
        let is_it = |(key, trace): &(&Key, &Trace)| {
            !trace.cut && (**key == task || trace.task == Some(task))
        };
        self.trail.iter().find(is_it).map(|(key, _)| *key)
    }

    /// What leaves an activation descends from this.
    pub(crate) fn lineage(&self, key: Key) -> Vec<Key> {
        match self.activations.get(&key) {
            Some(activation) if activation.traced => vec![key],
            Some(activation) => match activation.corrects.and_then(|key| self.trail.get(&key)) {
                Some(corrected) => corrected.from.clone(),
                None => activation.from.clone(),
            },
            None => Vec::new(),
        }
    }

    /// Everything that descends from some traces, with themselves: whatever came later has the
    /// greater key, so that one pass finds all.
    pub(crate) fn cone(&self, roots: &[Key]) -> BTreeSet<Key> {
        let traces = self.trail.iter().map(|(key, trace)| (*key, &trace.from));
        let traces = traces.map(|(key, from)| (key, (from, &[][..])));
        let active = self.activations.iter().map(|(key, one)| (*key, (&one.from, &one.also[..])));
        let all: BTreeMap<Key, (&Vec<Key>, &[Asked])> = traces.chain(active).collect();
        let mut cone: BTreeSet<Key> = roots.iter().copied().collect();
        for (key, (from, also)) in all {
            let descends = |from: &[Key]| from.iter().any(|key| cone.contains(key));
            // A correction goes on while one who asked for it does not descend from them.
            if descends(from) && also.iter().all(|one| descends(&one.from)) {
                cone.insert(key);
            }
        }
        cone
    }

    /// Who of several that asked for corrections descends from what is undone, while others do not:
    /// the last first, so that the places of those before stay.
    pub(crate) fn left_behind(&self, cone: &BTreeSet<Key>) -> Vec<(Key, u32)> {
        let descends = |from: &Vec<Key>| from.iter().any(|key| cone.contains(key));
        let shared = self
            .activations
            .iter()
            .filter(|(key, one)| !one.also.is_empty() && !cone.contains(key));
        let left = shared.flat_map(|(key, one)| {
            let all = std::iter::once(&one.from).chain(one.also.iter().map(|it| &it.from));
            let places = (0..).zip(all).filter(|(_, from)| descends(from));
            places.map(|(place, _)| (*key, place)).collect::<Vec<_>>()
        });
        let mut left: Vec<(Key, u32)> = left.collect();
        left.reverse();
        left
    }

    /// Another asks for a correction that runs, or one asks no more.
    pub(super) fn apply_asked(&mut self, event: &Event) {
        match event {
            Event::CorrectionJoined { key, back, by, from, due, task } => {
                if let Some(activation) = self.activations.get_mut(key) {
                    let (back, by, from) = (back.clone(), by.clone(), from.clone());
                    activation.also.push(Asked { back, by, from, due: due.clone(), task: *task });
                }
            }
            Event::CorrectionLeft { key, place } => {
                let Some(activation) = self.activations.get_mut(key) else { return };
                if activation.also.is_empty() {
                    return;
                }
                let at = (*place as usize).saturating_sub(1).min(activation.also.len() - 1);
                let one = activation.also.remove(at);
                if *place == 0 {
                    activation.come_back = Some(one.back);
                    activation.asked_by = one.by;
                    activation.asked_due = one.due;
                    activation.asked_as = one.task;
                    activation.from = one.from;
                }
            }
            other => unreachable!("{other:?} is not about who asked for a correction"),
        }
    }

    /// Traces that no return can need any more: nothing active descends from them, or the same
    /// node was done again since.
    pub(crate) fn forgettable(&self) -> Vec<Key> {
        let also = self.activations.values().flat_map(|one| &one.also).flat_map(|one| &one.from);
        let active = self.activations.values().flat_map(|activation| &activation.from).chain(also);
        let waiting = self.arrivals.iter().flat_map(|arrival| &arrival.from);
        let used = self.activations.values().flat_map(|one| &one.used).flat_map(|one| &one.from);
        let resets = self.resets.iter().flat_map(|reset| &reset.from);
        let from: Vec<Key> = active.chain(waiting).chain(used).chain(resets).copied().collect();
        let needed = self.ancestors(&from);
        let mut forgettable: Vec<Key> =
            self.trail.keys().filter(|key| !needed.contains(key)).copied().collect();
        let mut latest: BTreeMap<(&NodeName, Key), (Key, &Vec<Key>)> = BTreeMap::new();
        for (key, one) in &self.activations {
            if one.traced {
                latest.insert((&one.node, one.scope), (*key, &one.from));
            }
        }
        // A loop leaves thousands of the same node: what the latest descends from is found once.
        let mut before: BTreeMap<Key, BTreeSet<Key>> = BTreeMap::new();
        for (key, trace) in self.trail.iter().rev().filter(|(key, _)| needed.contains(key)) {
            match latest.get(&(&trace.node, trace.scope)) {
                Some((later, from)) if later > key => {
                    let before = before.entry(*later).or_insert_with(|| self.ancestors(from));
                    if before.contains(key) {
                        forgettable.push(*key);
                    }
                }
                Some(_) => {}
                None => {
                    latest.insert((&trace.node, trace.scope), (*key, &trace.from));
                }
            }
        }
        forgettable
    }

    /// An activity that is over stays behind what follows from it.
    pub(super) fn leave_trace(&mut self, key: Key, activation: &Activation) {
        if let Some(corrected) = activation.corrects {
            self.corrected(corrected, key, activation);
        }
        if activation.traced {
            let trace = Trace {
                node: activation.node.clone(),
                scope: activation.scope,
                from: activation.from.clone(),
                used: activation.used.clone(),
                reset: activation.reset.clone(),
                by: activation.done_by.clone(),
                task: activation.done_as,
                due_before: activation.due_before.clone(),
                correction: None,
                closed: false,
                cut: false,
                ways: activation.ways.clone(),
                left: activation.used.is_empty().then(|| Left::of_trace(activation)),
                undoes: activation.undoes.clone(),
                sent: None,
            };
            self.trail.insert(key, trace);
        }
    }

    /// The case ends while an activity goes on: what it has done is undone with what it follows, where
    /// the case runs again from there.
    pub(super) fn leave_cut(&mut self, key: Key, activation: &Activation) {
        if activation.scope.is_zero() && activation.traced {
            self.leave_trace(key, activation);
            if let Some(trace) = self.trail.get_mut(&key) {
                trace.cut = true;
            }
        }
    }

    /// What nothing in the trail descends from: what the case came to when it ended.
    pub(crate) fn heads(&self) -> Vec<Key> {
        let done = || self.trail.iter().filter(|(_, trace)| !trace.cut);
        let before: BTreeSet<Key> = done().flat_map(|(_, trace)| &trace.from).copied().collect();
        done().map(|(key, _)| *key).filter(|key| !before.contains(key)).collect()
    }

    /// The case ended after all that was done: no token of then waits anywhere again.
    pub(super) fn close_trail(&mut self) {
        self.forget_agreed(|_| true);
        for trace in self.trail.values_mut(|_| true) {
            trace.closed = true;
            trace.used.clear();
            trace.reset = None;
        }
    }

    /// A case that runs again from what was done before: what was decided there and behind it was never
    /// decided, as after a return to it. The trail stays, so that it can be returned to all the same.
    pub(super) fn decide_anew(&mut self, again: Key) {
        let cone = self.cone(&[again]);
        self.forget_decisions(again, &[again], &cone);
        for key in &cone {
            let trace = self.trail.get_mut(key);
            if let Some(left) = trace.and_then(|trace| trace.left.as_mut()) {
                *left = Left::nothing();
            }
        }
    }

    /// What descended from a forgotten trace now descends from what that descended from. A step may
    /// forget thousands, so that everything is gone through once.
    pub(super) fn forget(&mut self, keys: &[Key]) {
        // What came later has the greater key: what it descends from is known by then.
        let mut gone: BTreeMap<Key, Trace> = BTreeMap::new();
        gone.extend(keys.iter().filter_map(|key| Some((*key, self.trail.remove(key)?))));
        for key in gone.keys() {
            self.runs.remove(key);
        }
        let mut instead: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
        for (key, trace) in &mut gone {
            replace(&mut trace.from, &instead);
            instead.insert(*key, trace.from.clone());
        }
        for trace in gone.values() {
            self.undone_with_others(trace);
        }
        self.entries_with_others(&instead);
        let is_gone = |from: &Vec<Key>| from.iter().any(|key| instead.contains_key(key));
        // What a reset has it has too: its own descent takes that in.
        let names = |from: &Vec<Key>, used: &[Arrival]| {
            is_gone(from) || used.iter().any(|one| is_gone(&one.from))
        };
        let traces = self.trail.values_mut(|trace| names(&trace.from, &trace.used));
        let lists = traces.flat_map(|trace| {
            std::iter::once(&mut trace.from)
                .chain(trace.used.iter_mut().map(|one| &mut one.from))
                .chain(trace.reset.iter_mut().map(|one| &mut one.from))
        });
        let active = self.activations.values_mut(|one| {
            names(&one.from, &one.used) || one.also.iter().any(|it| is_gone(&it.from))
        });
        let active = active.flat_map(|one| {
            let also = one.also.iter_mut().map(|it| &mut it.from);
            let used = one.used.iter_mut().map(|one| &mut one.from);
            let reset = one.reset.iter_mut().map(|one| &mut one.from);
            std::iter::once(&mut one.from).chain(used).chain(reset).chain(also)
        });
        let waiting = self.arrivals.iter_mut().map(|arrival| &mut arrival.from);
        let resets = self.resets.iter_mut().map(|reset| &mut reset.from);
        for from in lists.chain(active).chain(waiting).chain(resets) {
            replace(from, &instead);
        }
        self.forget_writers(|keys| replace(keys, &instead));
        self.clocks_with_others(|keys| replace(keys, &instead));
    }

    /// Who agreed to what is undone is asked again, and so is who agreed to what the trail knows no
    /// more. What was decided inside something is undone with it, and stays with it.
    fn forget_agreements(&mut self, cone: &BTreeSet<Key>) {
        let (mut undone, mut kept) = (BTreeSet::new(), BTreeSet::new());
        let traces = self.trail.iter().map(|(key, it)| (*key, (&it.node, &it.undoes), it.scope));
        let active =
            self.activations.iter().map(|(key, it)| (*key, (&it.node, &it.undoes), it.scope));
        for (key, (node, inside), scope) in traces.chain(active) {
            let mut around = std::iter::successors(Some(scope), |key| {
                self.activations.get(key).map(|activation| activation.scope)
            });
            let is_undone = cone.contains(&key) || around.any(|key| cone.contains(&key));
            let nodes = if is_undone { &mut undone } else { &mut kept };
            nodes.insert(node.clone());
            if self.fold >= Fold::AGREED_INSIDE {
                nodes.extend(inside.iter().cloned());
            }
        }
        let is_undone = |node: &NodeName| undone.contains(node) || !kept.contains(node);
        self.forget_agreed(is_undone);
    }

    pub(super) fn forget_agreed(&mut self, is_asked: impl Fn(&NodeName) -> bool) {
        let agreed = |node: &NodeName, passed: &Passed| !passed.agreed.is_empty() && is_asked(node);
        self.passed.iter_mut(agreed).for_each(|passed| passed.agreed.clear());
        let of_runs = |run: &super::Run| run.passed.iter().any(|(node, one)| agreed(node, one));
        for run in self.runs.values_mut(of_runs) {
            let asked = run.passed.iter_mut().filter(|(node, one)| agreed(node, one));
            asked.for_each(|(_, passed)| passed.agreed.clear());
        }
    }

    /// An activation undoes what descends from some traces: they are forgotten with it, tokens that descend from
    /// them wait no more, and tokens that only a join among it used up wait again.
    pub(super) fn undo(&mut self, by: Key, roots: &[Key]) {
        let cone = self.cone(roots);
        if !roots.is_empty() {
            self.forget_agreements(&cone);
            self.forget_decisions(by, roots, &cone);
            self.clocks_undone(by, roots, &cone);
            self.led_back(by, roots);
        }
        let descends = |arrival: &Arrival| arrival.from.iter().any(|key| cone.contains(key));
        self.arrivals.retain(|arrival| !descends(arrival));
        self.resets.retain(|reset| !reset.from.iter().any(|key| cone.contains(key)));
        let mut restored = Vec::new();
        for key in &cone {
            if let Some(trace) = self.trail.remove(key) {
                self.runs.remove(key);
                // The gateway waits again for what set it back.
                let reset = trace.reset.map(|reset| *reset);
                let is_undone = |it: &Reset| it.from.iter().any(|key| cone.contains(key));
                self.resets.extend(reset.filter(|it| !is_undone(it)));
                restored.extend(trace.used.into_iter().filter(|arrival| !descends(arrival)));
            }
        }
        self.arrivals.extend(restored);
    }
}

/// Puts others in the place of keys that are gone.
fn replace(from: &mut Vec<Key>, instead: &BTreeMap<Key, Vec<Key>>) {
    if !from.iter().any(|key| instead.contains_key(key)) {
        return;
    }
    let others = from.iter().filter_map(|key| instead.get(key)).flatten().copied();
    let others: Vec<Key> = others.collect();
    from.retain(|key| !instead.contains_key(key));
    from.extend(others);
    from.sort_unstable();
    from.dedup();
}

impl super::Done {
    /// Whether it was done inside an activation.
    pub(crate) fn is_within(&self, scope: Key) -> bool {
        self.within.iter().any(|(around, _)| *around == scope)
    }
}
