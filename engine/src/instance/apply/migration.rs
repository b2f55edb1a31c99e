//! How going over to another version changes an instance: names of nodes, numbers of flows, nothing
//! else. What fits was decided before.

mod data;

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{Migrated, TimerPurpose};
use crate::ids::{DocumentName, NodeName};
use crate::instance::{
    Activation, Arrival, Beside, Correction, DocumentState, DueBefore, Earlier, Instance, Passed,
    Paused, Reset, Timer, Waiting,
};

/// What nodes and flows are called from here on.
struct Names<'a> {
    nodes: BTreeMap<&'a NodeName, &'a NodeName>,
    flows: BTreeMap<u32, u32>,
}

impl Names<'_> {
    fn node(&self, name: &mut NodeName) {
        if let Some(now) = self.nodes.get(&*name) {
            *name = (*now).clone();
        }
    }

    fn nodes<'b>(&self, names: impl IntoIterator<Item = &'b mut NodeName>) {
        for name in names {
            self.node(name);
        }
    }

    /// Tokens that came by a flow which is there no more are not known any more.
    fn tokens(&self, arrivals: &mut Vec<Arrival>) {
        arrivals.retain_mut(|arrival| {
            self.node(&mut arrival.node);
            let now = self.flows.get(&arrival.flow);
            arrival.flow = now.copied().unwrap_or_default();
            now.is_some()
        });
    }

    fn reset(&self, reset: &mut Reset) {
        self.node(&mut reset.node);
        reset.flows = reset.flows.iter().filter_map(|flow| self.flows.get(flow).copied()).collect();
    }

    fn set(&self, nodes: &mut BTreeSet<NodeName>) {
        *nodes = std::mem::take(nodes).into_iter().map(|node| now(self, node)).collect();
    }

    /// Clocks of nodes that are there no more do not go on.
    fn paused(&self, paused: &mut BTreeMap<NodeName, Paused>, dropped: &[NodeName]) {
        paused.retain(|node, _| !dropped.contains(node));
        let all = std::mem::take(paused).into_iter();
        *paused = all.map(|(node, one)| (now(self, node), one)).collect();
        for one in paused.values_mut() {
            self.beside(&mut one.beside);
        }
    }

    fn beside(&self, beside: &mut Beside) {
        self.nodes(&mut beside.came);
        beside.timers.iter_mut().for_each(|timer| self.timer(timer));
    }

    fn due<'b>(&self, due: impl IntoIterator<Item = &'b mut DueBefore>) {
        due.into_iter().for_each(|one| self.beside(&mut one.beside));
    }

    fn correction(&self, correction: &mut Correction) {
        self.nodes(correction.asked.iter_mut().map(|one| &mut one.back));
        self.nodes(correction.paused.iter_mut().map(|(node, _)| node));
        self.due(correction.asked.iter_mut().flat_map(|one| &mut one.due));
    }

    fn timer(&self, timer: &mut Timer) {
        if let TimerPurpose::Boundary { node } = &mut timer.purpose {
            self.node(node);
        }
    }

    fn activation(&self, activation: &mut Activation) {
        self.node(&mut activation.node);
        self.set(&mut activation.undoes);
        self.nodes(&mut activation.come_back);
        self.nodes(activation.earlier.iter_mut().map(|one| &mut one.node));
        self.nodes(activation.also.iter_mut().map(|one| &mut one.back));
        self.nodes(activation.incident.iter_mut().flat_map(|one| &mut one.boundaries));
        self.tokens(&mut activation.used);
        activation.reset.iter_mut().for_each(|reset| self.reset(reset));
        activation.timers.values_mut().for_each(|timer| self.timer(timer));
        self.due(activation.due_before.iter_mut().chain(&mut activation.asked_due));
        self.due(activation.also.iter_mut().flat_map(|one| &mut one.due));
        self.nodes(activation.subscriptions.iter_mut().flat_map(|one| &mut one.boundary));
        self.nodes(activation.signals.iter_mut().flat_map(|one| &mut one.boundary));
        self.nodes(activation.conditions.iter_mut().flat_map(|one| &mut one.boundary));
        if let Waiting::Compensating { activity, .. } = &mut activation.waiting {
            self.nodes(activity);
        }
    }
}

fn writers(
    documents: &mut BTreeMap<DocumentName, DocumentState>,
) -> impl Iterator<Item = &mut NodeName> {
    let entries = documents.values_mut().flat_map(|state| &mut state.writers);
    entries.flat_map(|writer| &mut writer.within).map(|(node, _)| node)
}

impl Instance {
    pub(super) fn apply_migration(&mut self, migrated: &Migrated) {
        let Migrated { to, at, renamed, dropped, flows, documents, items, .. } = migrated;
        let names = Names {
            nodes: renamed.iter().map(|one| (&one.from, &one.to)).collect(),
            flows: flows.iter().map(|one| (one.from, one.to)).collect(),
        };
        let (version, until) = (self.version, *at);
        self.earlier.push(Earlier { version, until, documents: documents.clone() });
        self.version = *to;
        self.activations.values_mut(|_| true).for_each(|one| names.activation(one));
        names.tokens(&mut self.arrivals);
        self.resets.iter_mut().for_each(|reset| names.reset(reset));
        for trace in self.trail.values_mut(|_| true) {
            names.node(&mut trace.node);
            names.tokens(&mut trace.used);
            trace.reset.iter_mut().for_each(|reset| names.reset(reset));
            names.nodes(&mut trace.sent);
            names.set(&mut trace.undoes);
            names.due(&mut trace.due_before);
            trace.correction.iter_mut().for_each(|one| names.correction(one));
        }
        self.documents_migrated(documents);
        self.items_migrated(items);
        names.nodes(writers(&mut self.documents));
        for closed in self.closed_intakes.values_mut() {
            names.node(&mut closed.node);
            let within = closed.list.iter_mut().flat_map(|(_, writer)| &mut writer.within);
            names.nodes(within.map(|(node, _)| node));
        }
        self.done.retain(|one| !dropped.contains(&one.node) && !dropped.contains(&one.handler));
        for done in &mut self.done {
            names.nodes([&mut done.node, &mut done.handler]);
            names.nodes(done.within.iter_mut().map(|(_, node)| node));
            names.nodes(done.runs.iter_mut().map(|(node, _)| node));
            names.nodes(writers(&mut done.documents));
        }
        let lots = self.aside_of_lots.iter_mut().flat_map(|one| &mut one.lots);
        names.nodes(lots.map(|(node, _)| node));
        names.paused(&mut self.paused, dropped);
        for (node, passed) in std::mem::take(&mut self.passed).into_pairs() {
            self.passed.of(&now(&names, node)).take_in(passed);
        }
        for run in self.runs.values_mut(|_| true) {
            names.paused(&mut run.paused, dropped);
            for (node, passed) in std::mem::take(&mut run.passed) {
                run.passed.entry(now(&names, node)).or_default().take_in(passed);
            }
        }
    }
}

fn now(names: &Names<'_>, mut node: NodeName) -> NodeName {
    names.node(&mut node);
    node
}

impl Passed {
    /// Remembers what was remembered of another node too, which is this one now.
    fn take_in(&mut self, other: Self) {
        let is_later = (other.at, other.last) >= (self.at, self.last);
        self.round = self.round.max(other.round);
        self.people.extend(other.people);
        self.gave_up.extend(other.gave_up);
        self.agreed.extend(other.agreed);
        self.named.extend(other.named);
        self.stood_for.extend(other.stood_for);
        self.copied.extend(other.copied);
        self.rosters.extend(other.rosters);
        if is_later {
            (self.outcome, self.by, self.at) = (other.outcome, other.by, other.at);
            self.tally = other.tally;
            (self.key, self.last) = (other.key, other.last);
            self.before = other.before;
        }
    }
}
