//! How nodes were left, by the case and by each run that remembers for itself: one run of a list or a
//! loop, or what an event began. Who reads which of them is `step/memory.rs`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Activation, Instance, Passed, Paused, Trace};
use crate::clock::Working;
use crate::ids::{Key, NodeName, OutcomeName, PersonId};
use crate::time::Timestamp;

/// How an activation was left; of a round, by those who decided so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// The outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<OutcomeName>,
    /// Who decided last, it or inside it; in the trail only where that is not who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// Outcomes of its round, counted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tally: BTreeMap<OutcomeName, u32>,
    /// Whether who decided last chose to pass it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub agreed: bool,
    /// Whether it is decided as a whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub whole: bool,
    /// Whether it was passed without asking anybody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skipped: bool,
}

/// What a run remembers of the nodes inside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// How they were left. Who was let know, and whom rounds asked, is the case's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub passed: BTreeMap<NodeName, Passed>,
    /// Their clocks that stand still.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub paused: BTreeMap<NodeName, Paused>,
}

impl Left {
    /// Nobody decided.
    pub(super) const fn nothing() -> Self {
        Self {
            outcome: None,
            by: None,
            tally: BTreeMap::new(),
            agreed: false,
            whole: false,
            skipped: false,
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        *self == Self::nothing()
    }

    /// What the trail keeps of it: nothing of votes of a round that was cut off.
    pub(super) fn of_trace(activation: &Activation) -> Self {
        if !activation.left.whole {
            return Self::nothing();
        }
        let left = activation.left.clone();
        let by = left.by.filter(|by| activation.done_by.as_ref() != Some(by));
        Self { by, ..left }
    }
}

impl Instance {
    /// What runs that go on remember for themselves.
    pub fn runs(&self) -> impl Iterator<Item = (Key, &Run)> {
        self.runs.iter().map(|(key, run)| (*key, run))
    }

    /// What a run remembers; of one that did not remember for itself yet, nothing.
    pub(crate) fn run(&self, key: Key) -> Option<&Run> {
        self.runs.get(&key)
    }

    /// The runs that something is in, from the innermost; an activation that is one is in itself. A
    /// way of its own is one.
    pub(crate) fn runs_around(&self, key: Key) -> impl Iterator<Item = Key> {
        let around = |key: &Key| self.activations.get(key).map(|one| one.scope);
        let all = std::iter::successors(Some(key), around);
        let all = all.filter_map(|key| Some((key, self.activations.get(&key)?)));
        all.flat_map(|(key, one)| one.apart.then_some(key).into_iter().chain(one.ways.clone()))
    }

    /// The runs that a node of a scope is in, on these ways.
    pub(super) fn runs_at(&self, (scope, ways): (Key, &[Key])) -> Vec<Key> {
        ways.iter().copied().chain(self.runs_around(scope)).collect()
    }

    /// Nodes whose clocks stand still, once for each clock.
    pub fn all_paused(&self) -> impl Iterator<Item = (&NodeName, &Paused)> {
        self.paused.iter().chain(self.runs.values().flat_map(|run| &run.paused))
    }

    /// The clock of a node that stands still and goes on with an activation of it.
    pub(crate) fn paused_for(&self, key: Key) -> Option<&Paused> {
        let activation = self.activations.get(&key)?;
        match self.runs_at((activation.scope, &activation.ways)).first() {
            Some(run) => self.run(*run)?.paused.get(&activation.node),
            None => self.paused.get(&activation.node),
        }
    }

    /// Nodes' clocks that stand still, of the run that an activation is in.
    pub(super) fn paused_mut(&mut self, key: Key) -> &mut BTreeMap<NodeName, Paused> {
        let activation = self.activations.get(&key);
        let runs = activation.map(|one| self.runs_at((one.scope, &one.ways))).unwrap_or_default();
        match runs.first() {
            Some(run) => &mut self.runs.of(run).paused,
            None => &mut self.paused,
        }
    }

    /// Changes what is remembered of a node in a scope: by the runs around it, and by the case.
    fn remember(&mut self, place: (Key, &[Key]), node: &NodeName, change: impl Fn(&mut Passed)) {
        let runs = self.runs_at(place);
        change(self.passed.of(node));
        for run in runs {
            change(self.runs.of(&run).passed.entry(node.clone()).or_default());
        }
    }

    /// A new round begins with an empty tally. What a run begins is counted in it; one of several is
    /// of the round that was begun.
    pub(super) fn begun(
        &mut self,
        node: &NodeName,
        place: (Key, &[Key]),
        round: u32,
        is_one: bool,
    ) {
        let passed = self.passed.of(node);
        if round > passed.round {
            passed.round = round;
            passed.tally.clear();
        }
        if is_one {
            return;
        }
        for run in self.runs_at(place) {
            let passed = self.runs.of(&run).passed.entry(node.clone()).or_default();
            passed.round += 1;
            passed.tally.clear();
        }
    }

    /// What an activation is one of several of; itself where it is none.
    pub(super) fn whole(&self, key: Key) -> Key {
        let Some(activation) = self.activations.get(&key) else { return key };
        if self.is_one_of_several(activation) { activation.scope } else { key }
    }

    /// The deadline that a task has, where that goes on since a decision was taken back, and whether it was
    /// extended.
    pub(crate) fn due_before(&self, key: Key) -> Option<(&Working, bool)> {
        let whole = self.activations.get(&self.whole(key))?;
        // Once somebody has decided, it is how the round stood then.
        let before = whole.due_before.as_ref().filter(|_| whole.waiting.nobody_decided())?;
        before.of(self.activations.get(&key)?)
    }

    pub(super) fn is_one_of_several(&self, activation: &Activation) -> bool {
        let body = self.activations.get(&activation.scope);
        activation.item.is_some() && body.is_some_and(|body| body.node == activation.node)
    }

    /// Somebody decided, for themselves or for all.
    pub(super) fn note_decision(
        &mut self,
        key: Key,
        outcome: Option<&OutcomeName>,
        (person, at): (Option<&PersonId>, Option<Timestamp>),
        agreed: bool,
    ) {
        let whole = self.whole(key);
        let Some(activation) = self.activations.get_mut(&whole) else { return };
        let before = self.passed.get(activation.node.as_str());
        if activation.left.is_nothing()
            && let Some(before) = before.filter(|passed| passed.key.is_zero())
        {
            // Votes of the round that came before this was noted.
            activation.left.tally.clone_from(&before.tally);
        }
        let left = &mut activation.left;
        left.outcome = outcome.cloned();
        left.by = person.cloned().or(left.by.take());
        (left.agreed, left.whole) = (agreed, whole == key);
        if let Some(outcome) = outcome {
            *left.tally.entry(outcome.clone()).or_default() += 1;
        }
        self.note_left(whole);
        let (node, scope, ways) = {
            let activation = &self.activations[&whole];
            (activation.node.clone(), activation.scope, activation.ways.clone())
        };
        if let Some(person) = person {
            self.remember((scope, &ways), &node, |passed| {
                passed.at = at.or(passed.at);
                passed.people.insert(person.clone());
            });
        }
        self.note_inside(scope, &node, person);
    }

    /// How an activation is left by now is how its node was left the last time.
    pub(super) fn note_left(&mut self, key: Key) {
        let Some(activation) = self.activations.get(&key) else { return };
        let (node, scope, ways) =
            (activation.node.clone(), activation.scope, activation.ways.clone());
        let left = activation.left.clone();
        let last = self.last_key;
        self.remember((scope, &ways), &node, |passed| {
            if left.whole {
                passed.before = None;
            } else if passed.key != key {
                let before = (passed.outcome.take(), passed.by.take());
                passed.before = Some(before).filter(|it| *it != (None, None)).map(Box::new);
            }
            passed.outcome.clone_from(&left.outcome);
            passed.by.clone_from(&left.by);
            passed.tally.clone_from(&left.tally);
            (passed.key, passed.last) = (key, last);
        });
    }

    /// What each of several chose themselves, whatever their round decides.
    pub(super) fn note_agreement(&mut self, key: Key, person: &PersonId, agreed: bool) {
        let Some(activation) = self.activations.get(&key) else { return };
        let (node, scope, ways) =
            (activation.node.clone(), activation.scope, activation.ways.clone());
        self.remember((scope, &ways), &node, |passed| {
            if agreed {
                passed.agreed.insert(person.clone());
            } else {
                passed.agreed.remove(person);
            }
        });
    }

    /// Somebody took part in a task that is still another's.
    pub(super) fn note_person(&mut self, key: Key, person: &PersonId) {
        let Some(activation) = self.activations.get(&key) else { return };
        let (node, scope, ways) =
            (activation.node.clone(), activation.scope, activation.ways.clone());
        self.remember((scope, &ways), &node, |passed| passed.people.extend([person.clone()]));
    }

    /// Somebody did a task that they had by name, whatever roles they hold.
    pub(super) fn note_named(&mut self, key: Key, person: &PersonId) {
        let Some(activation) = self.activations.get(&key) else { return };
        let (node, scope, ways) =
            (activation.node.clone(), activation.scope, activation.ways.clone());
        self.remember((scope, &ways), &node, |passed| passed.named.extend([person.clone()]));
    }

    /// For whom somebody did a task as their deputy; for themselves where nobody is named.
    pub(super) fn note_stood_for(
        &mut self,
        key: Key,
        person: &PersonId,
        absent: Option<&PersonId>,
    ) {
        let Some(activation) = self.activations.get(&key) else { return };
        let (node, scope, ways) =
            (activation.node.clone(), activation.scope, activation.ways.clone());
        self.remember((scope, &ways), &node, |passed| match absent {
            Some(absent) => drop(passed.stood_for.insert(person.clone(), absent.clone())),
            None => drop(passed.stood_for.remove(person)),
        });
    }

    /// Somebody returned a task, or ended the case from it: it is not decided by that.
    pub(super) fn note_gave_up(&mut self, key: Key, person: Option<&PersonId>) {
        let (Some(activation), Some(person)) = (self.activations.get(&key), person) else { return };
        let node = activation.node.clone();
        let passed = self.passed.of(&node);
        if !passed.people.contains(person) {
            passed.gave_up.insert(person.clone());
        }
    }

    /// A node inside some scopes was decided, so that undoing them undoes it.
    fn note_inside(&mut self, scope: Key, node: &NodeName, person: Option<&PersonId>) {
        let mut at = scope;
        while let Some(around) = self.activations.get(&at) {
            let (key, next) = (at, around.scope);
            let is_known = around.undoes.contains(node) && around.left.by.as_ref() == person;
            if let (false, Some(around)) = (is_known, self.activations.get_mut(&key)) {
                around.undoes.insert(node.clone());
                around.left.by = person.cloned().or(around.left.by.take());
            }
            at = next;
        }
    }

    /// What descended from a trace that is forgotten is undone with what that descended from.
    pub(super) fn undone_with_others(&mut self, gone: &Trace) {
        let is_decided = gone.by.is_some()
            || gone.left.as_ref().is_some_and(|left| left.outcome.is_some() || left.by.is_some());
        let nodes = gone.undoes.iter().chain(Some(&gone.node).filter(|_| is_decided));
        let nodes: BTreeSet<NodeName> = nodes.cloned().collect();
        if nodes.is_empty() {
            return;
        }
        for key in &gone.from {
            if let Some(trace) = self.trail.get_mut(key) {
                trace.undoes.extend(nodes.iter().cloned());
            } else if let Some(open) = self.activations.get_mut(key) {
                open.undoes.extend(nodes.iter().cloned());
            }
        }
    }

    /// What was corrected is left as the correction left it, and is whoever corrected it's from then on.
    pub(super) fn corrected(&mut self, corrected: Key, key: Key, correction: &Activation) {
        self.intake_corrected(corrected, key);
        if !correction.left.whole {
            return;
        }
        let done = self.correction_done(key, correction);
        if let Some(trace) = self.trail.get_mut(&corrected) {
            trace.correction = done;
            trace.by.clone_from(&correction.done_by);
            trace.task = Some(correction.done_as.unwrap_or(key));
            trace.due_before.clone_from(&correction.due_before);
            trace.left = Some(Left::of_trace(correction));
            if correction.as_whole {
                trace.undoes.extend(correction.undoes.iter().cloned());
            }
        }
    }

    /// A called case ended.
    pub(super) fn call_ended(&mut self, key: Key, outcome: Option<&OutcomeName>) {
        let Some(activation) = self.activations.get_mut(&key) else { return };
        activation.waiting = super::Waiting::Nothing;
        self.note_decision(key, outcome, (None, None), false);
    }

    /// A round decided, whatever its last vote was.
    pub(super) fn round_decided(&mut self, body: Key, outcome: &OutcomeName) {
        let Some(activation) = self.activations.get_mut(&body) else { return };
        activation.left.outcome = Some(outcome.clone());
        activation.left.whole = true;
        let (node, scope, ways) =
            (activation.node.clone(), activation.scope, activation.ways.clone());
        let last = self.last_key;
        self.remember((scope, &ways), &node, |passed| {
            passed.outcome = Some(outcome.clone());
            passed.before = None;
            (passed.key, passed.last) = (body, last);
        });
    }

    /// A vote was withdrawn: the last one that is left counts.
    pub(super) fn vote_withdrawn(
        &mut self,
        body: Key,
        withdrawn: (&PersonId, Option<&OutcomeName>),
        last: &(Option<OutcomeName>, Option<PersonId>),
    ) {
        let (person, outcome) = withdrawn;
        let Some(activation) = self.activations.get_mut(&body) else { return };
        let take_out = |tally: &mut BTreeMap<OutcomeName, u32>| {
            if let Some(count) = outcome.and_then(|outcome| tally.get_mut(outcome)) {
                *count = count.saturating_sub(1);
            }
            tally.retain(|_, count| *count > 0);
        };
        take_out(&mut activation.left.tally);
        (activation.left.outcome, activation.left.by) = last.clone();
        activation.left.agreed = false;
        let (node, scope, ways) =
            (activation.node.clone(), activation.scope, activation.ways.clone());
        self.remember((scope, &ways), &node, |passed| {
            if passed.key == body || passed.key.is_zero() {
                take_out(&mut passed.tally);
                (passed.outcome, passed.by) = last.clone();
            }
            passed.agreed.remove(person);
        });
    }
}
