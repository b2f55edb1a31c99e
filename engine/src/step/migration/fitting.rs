//! Whether a running case fits another version of its process: what becomes of each thing that is
//! alive in it. Compares and decides; what is then done is `migration`.

mod asking;
mod events;
mod left;

use std::collections::{BTreeMap, BTreeSet};

use crate::command::{NodePlan, Plan, TokenPlan};
use crate::definition::{Definition, Node};
use crate::elements::Element;
use crate::event::TimerPurpose;
use crate::fate::{Alive, Becomes, Fate, Misfit};
use crate::ids::{Key, NodeName};
use crate::instance::{Activation, Arrival, Instance, Waiting};

use events::{armed, arms, events_at, same_event};

/// A case between two versions of its process.
pub(super) struct Fitting<'a> {
    pub(super) old: &'a Definition,
    pub(super) new: &'a Definition,
    pub(super) instance: &'a Instance,
    nodes: BTreeMap<&'a NodeName, &'a NodePlan>,
    tokens: BTreeMap<(&'a NodeName, &'a NodeName), &'a TokenPlan>,
    /// Activations that end or begin anew, with all that is inside them.
    ended: BTreeMap<Key, NodeName>,
}

impl<'a> Fitting<'a> {
    pub(super) fn new(
        old: &'a Definition,
        new: &'a Definition,
        instance: &'a Instance,
        plan: &'a Plan,
    ) -> Self {
        Self {
            old,
            new,
            instance,
            nodes: plan.nodes.iter().map(|one| (&one.from, one)).collect(),
            tokens: plan.tokens.iter().map(|one| ((&one.at, &one.from), one)).collect(),
            ended: BTreeMap::new(),
        }
    }

    /// What becomes of everything that is alive, in the order in which it began.
    pub(super) fn fates(mut self) -> Vec<Fate> {
        let mut fates = Vec::new();
        for (key, activation) in self.instance.activations() {
            self.of_activation(*key, activation, &mut fates);
        }
        self.of_listeners_to_open(Key(0), &self.old.listeners, &self.new.listeners, &mut fates);
        fates.extend(self.instance.arrivals().iter().map(|arrival| self.of_token(arrival)));
        self.end_left_scopes(&mut fates);
        fates.extend(self.instance.done().iter().map(|done| {
            let around = done.within.iter().find_map(|(key, _)| self.ended.get(key));
            let ends = self.plan_of(&done.node).or(self.plan_of(&done.handler));
            let becomes = match (around, ends) {
                (_, Some(NodePlan { to: None, .. })) => Becomes::Ends,
                (Some(node), _) => Becomes::EndsWith { node: node.clone() },
                _ => [&done.node, &done.handler]
                    .iter()
                    .find_map(|node| self.missing(node))
                    .map_or(Becomes::Stays, Becomes::Unfit),
            };
            self.fate(Alive::Done, None, &done.node, becomes)
        }));
        for (node, _) in self.instance.all_paused() {
            let becomes = match self.plan_of(node) {
                Some(NodePlan { to: None, .. }) => Becomes::Ends,
                _ => self.missing(node).map_or(Becomes::Stays, Becomes::Unfit),
            };
            fates.push(self.fate(Alive::Paused, None, node, becomes));
        }
        fates
    }

    fn plan_of(&self, node: &NodeName) -> Option<&'a NodePlan> {
        self.nodes.get(node).copied()
    }

    /// What a node is called in the other version.
    pub(super) fn image(&self, node: &NodeName) -> NodeName {
        self.plan_of(node).and_then(|plan| plan.to.as_ref()).unwrap_or(node).clone()
    }

    fn old_node(&self, name: &NodeName) -> &'a Node {
        &self.old.nodes[self.old.index(name)]
    }

    fn new_node(&self, name: &NodeName) -> Option<&'a Node> {
        self.new.node(self.image(name).as_str())
    }

    fn missing(&self, node: &NodeName) -> Option<Misfit> {
        let image = self.image(node);
        self.new.node(image.as_str()).is_none().then_some(Misfit::NoNode { node: image })
    }

    fn fate(&self, what: Alive, key: Option<Key>, node: &NodeName, becomes: Becomes) -> Fate {
        let goes_on = matches!(becomes, Becomes::Stays | Becomes::Anew);
        let to = goes_on.then(|| self.image(node));
        Fate { what, key, node: node.clone(), to, becomes }
    }

    fn of_activation(&mut self, key: Key, activation: &Activation, fates: &mut Vec<Fate>) {
        let node = self.old_node(&activation.node);
        let what = if activation.is_listener() {
            Alive::Listener
        } else {
            Alive::Node { kind: node.element.kind() }
        };
        let becomes = self.becomes(activation, node);
        match &becomes {
            Becomes::Ends | Becomes::Anew => {
                self.ended.insert(key, activation.node.clone());
            }
            Becomes::EndsWith { node } => {
                self.ended.insert(key, node.clone());
            }
            Becomes::Stays | Becomes::Begins | Becomes::Unfit(_) => {}
        }
        let stays = becomes == Becomes::Stays;
        fates.push(self.fate(what, Some(key), &activation.node, becomes));
        let Some(new) = self.new_node(&activation.node).filter(|_| stays) else { return };
        self.of_own_clocks(key, activation, new, fates);
        self.of_events(key, activation, node, new, fates);
        let is_body = node.each.is_some() && activation.item.is_none();
        if node.behavior.is_scope() && !activation.is_listener() && !is_body {
            self.of_listeners_to_open(key, &node.listeners, &new.listeners, fates);
        }
    }

    fn becomes(&self, activation: &Activation, node: &Node) -> Becomes {
        if let Some(around) = self.ended.get(&activation.scope) {
            return Becomes::EndsWith { node: around.clone() };
        }
        let is_run = activation.item.is_some() && self.is_run_of(activation);
        match self.plan_of(&activation.node) {
            Some(NodePlan { to: None, .. } | NodePlan { anew: true, .. })
                if activation.compensates.is_some() =>
            {
                Becomes::Unfit(Misfit::Undoing)
            }
            // What becomes of a run was decided with the node that runs.
            Some(NodePlan { to: None, .. }) if !is_run => Becomes::Ends,
            Some(NodePlan { anew: true, .. }) if !is_run => {
                self.missing(&activation.node).map_or(Becomes::Anew, Becomes::Unfit)
            }
            // Who asked for it is where its token comes from: it ends with the last of them.
            _ if activation.come_back.is_some()
                && self.comes_back_to(activation).next().is_none() =>
            {
                Becomes::Ends
            }
            _ => match self.misfit(activation, node) {
                Some(misfit) => Becomes::Unfit(misfit),
                None => Becomes::Stays,
            },
        }
    }

    /// Whether an activation is one run of the node that it is in.
    fn is_run_of(&self, activation: &Activation) -> bool {
        self.instance.activation(activation.scope).is_some_and(|one| one.node == activation.node)
    }

    /// Why an activation cannot go on as another node.
    fn misfit(&self, activation: &Activation, node: &Node) -> Option<Misfit> {
        let Some(new) = self.new_node(&activation.node) else {
            return self.missing(&activation.node);
        };
        let (found, other) = (node.element.kind(), new.element.kind());
        if found != other {
            return Some(Misfit::OtherKind { found: found.to_owned(), other: other.to_owned() });
        }
        let back = self.comes_back_to(activation);
        if let Some(misfit) = back.chain(undoes(activation)).find_map(|node| self.missing(node)) {
            return Some(misfit);
        }
        if activation.compensates.is_some() {
            let new = self.new.index(new.name());
            let undoes = self.new.nodes.iter().any(|one| one.compensation == Some(new));
            return (!undoes).then_some(Misfit::OtherWork { key: "compensation".to_owned() });
        }
        self.other_place(activation, new).or_else(|| Self::other_work(activation, node, new))
    }

    fn other_place(&self, activation: &Activation, new: &Node) -> Option<Misfit> {
        if self.is_run_of(activation) {
            return None;
        }
        let around = self.instance.activation(activation.scope).map(|one| self.image(&one.node));
        let within = new.scope.map(|scope| self.new.nodes[scope].name.clone());
        (around != within).then_some(Misfit::OtherPlace { within })
    }

    /// What is different in what it does, where it began already.
    fn other_work(activation: &Activation, node: &Node, new: &Node) -> Option<Misfit> {
        let differs = |key: &str| Some(Misfit::OtherWork { key: key.to_owned() });
        match (node.each.as_deref(), new.each.as_deref()) {
            (None, None) => {}
            (Some(old), Some(new)) if old.mode != new.mode => return differs("mode"),
            (Some(old), Some(new)) if old.sign.is_some() != new.sign.is_some() => {
                return differs("sign");
            }
            (Some(old), Some(new)) if old.score.is_some() != new.score.is_some() => {
                return differs("score");
            }
            (Some(_), Some(_)) => {}
            (Some(_), None) | (None, Some(_)) => return differs("forEach"),
        }
        if let Waiting::Items { votes, .. } = &activation.waiting
            && let Element::UserTask(task) = &new.element
            && votes.iter().any(|vote| task.outcomes.get(vote.outcome.as_str()).is_none())
        {
            return differs("outcomes");
        }
        let (old, new_rests) = (node.element.rests_on(), new.element.rests_on());
        if let Some((key, _)) = old.iter().find(|one| !new_rests.contains(one)) {
            return differs(key);
        }
        let waits = activation.is_listener() || !node.behavior.is_scope();
        (waits && node.behavior.trigger().is_some() && !same_event(node, new))
            .then_some(Misfit::OtherEvent)
    }

    fn of_own_clocks(&self, key: Key, activation: &Activation, new: &Node, fates: &mut Vec<Fate>) {
        for timer in activation.timers.values() {
            let has = match &timer.purpose {
                TimerPurpose::Boundary { .. } => continue,
                TimerPurpose::Due => {
                    matches!(&new.element, Element::UserTask(task) if task.due.is_some())
                }
                TimerPurpose::Reminder { number } => new.behavior.reminder(*number).is_some(),
                TimerPurpose::Event
                | TimerPurpose::Opens
                | TimerPurpose::Closes
                | TimerPurpose::PageEnds
                | TimerPurpose::JobRetry => true,
            };
            let becomes = if has { Becomes::Stays } else { Becomes::Unfit(Misfit::NoClock) };
            let what = Alive::Clock { at: Some(timer.at) };
            fates.push(self.fate(what, Some(key), &activation.node, becomes));
        }
    }

    /// Events that stand on a node, or behind an event-based gateway.
    fn of_events(
        &self,
        key: Key,
        activation: &Activation,
        node: &Node,
        new: &Node,
        fates: &mut Vec<Fate>,
    ) {
        // A run of several has none of its own.
        if activation.is_listener() || self.is_run_of(activation) {
            return;
        }
        let standing = events_at(self.new, new);
        for (event, what) in armed(activation) {
            let becomes = match self.plan_of(&event) {
                Some(NodePlan { to: None, .. }) => Becomes::Ends,
                plan => match self.new_node(&event) {
                    None => self.missing(&event).map_or(Becomes::Stays, Becomes::Unfit),
                    Some(own) if !standing.contains(own.name()) => {
                        Becomes::Unfit(Misfit::OtherEvent)
                    }
                    Some(_) if plan.is_some_and(|plan| plan.anew) => Becomes::Anew,
                    Some(own) if !same_event(self.old_node(&event), own) => {
                        Becomes::Unfit(Misfit::OtherEvent)
                    }
                    Some(_) => Becomes::Stays,
                },
            };
            fates.push(self.fate(what, Some(key), &event, becomes));
        }
        let known: BTreeSet<NodeName> =
            events_at(self.old, node).iter().map(|event| self.image(event)).collect();
        for event in standing.difference(&known) {
            let own = &self.new.nodes[self.new.index(event)];
            if let Some(what) = own.behavior.trigger().and_then(arms) {
                fates.push(begins(what, key, event));
            }
        }
    }

    /// Event sub-processes that the other version has in a scope that stays.
    fn of_listeners_to_open(
        &self,
        scope: Key,
        old: &[usize],
        new: &[usize],
        fates: &mut Vec<Fate>,
    ) {
        let known: BTreeSet<NodeName> =
            old.iter().map(|one| self.image(&self.old.nodes[*one].name)).collect();
        let new = new.iter().map(|one| &self.new.nodes[*one]);
        for node in new.filter(|node| !known.contains(&node.name)) {
            if node.behavior.trigger().and_then(arms).is_some() {
                fates.push(begins(Alive::Listener, scope, &node.name));
            }
        }
    }

    fn of_token(&self, arrival: &Arrival) -> Fate {
        let from = self.old.nodes[self.old.flows[arrival.flow as usize].from].name.clone();
        let becomes = match (self.ended.get(&arrival.scope), self.token_plan(arrival)) {
            (Some(node), _) => Becomes::EndsWith { node: node.clone() },
            (None, Some(TokenPlan { to: None, .. })) => Becomes::Ends,
            (None, _) => match self.token_misfit(arrival) {
                Some(misfit) => Becomes::Unfit(misfit),
                None => Becomes::Stays,
            },
        };
        let key = (arrival.scope != Key(0)).then_some(arrival.scope);
        self.fate(Alive::Token { from }, key, &arrival.node, becomes)
    }

    /// Whether what was done at a node can still be returned to in the other version.
    pub(super) fn keeps(&self, node: &NodeName, scope: Key) -> bool {
        let Some(new) = self.new_node(node) else { return false };
        let around = self.instance.activation(scope).map(|one| self.image(&one.node));
        let within = new.scope.map(|scope| self.new.nodes[scope].name.clone());
        around == within && new.element.kind() == self.old_node(node).element.kind()
    }

    fn token_misfit(&self, arrival: &Arrival) -> Option<Misfit> {
        let Some(new) = self.new_node(&arrival.node) else {
            return self.missing(&arrival.node);
        };
        let (found, other) = (self.old_node(&arrival.node).element.kind(), new.element.kind());
        if found != other {
            return Some(Misfit::OtherKind { found: found.to_owned(), other: other.to_owned() });
        }
        let around = self.instance.activation(arrival.scope).map(|one| self.image(&one.node));
        let within = new.scope.map(|scope| self.new.nodes[scope].name.clone());
        if around != within {
            return Some(Misfit::OtherPlace { within });
        }
        let from = self.came_from(arrival);
        self.way(arrival).is_none().then_some(Misfit::NoWay { from })
    }

    fn token_plan(&self, arrival: &Arrival) -> Option<&'a TokenPlan> {
        let from = &self.old.nodes[self.old.flows[arrival.flow as usize].from].name;
        self.tokens.get(&(&arrival.node, from)).copied()
    }

    /// The node in the other version from which a waiting token is taken to have come.
    fn came_from(&self, arrival: &Arrival) -> NodeName {
        let from = &self.old.nodes[self.old.flows[arrival.flow as usize].from].name;
        let planned = self.token_plan(arrival).and_then(|plan| plan.to.clone());
        planned.unwrap_or_else(|| self.image(from))
    }

    /// The flow in the other version by which a waiting token is taken to have come: the only one
    /// between the two nodes, or the only one of its kind.
    pub(super) fn way(&self, arrival: &Arrival) -> Option<usize> {
        let old = self.old.flows.get(arrival.flow as usize)?;
        let (to, from) = (self.new_node(&arrival.node)?, self.came_from(arrival));
        let between = |flow: &&usize| self.new.nodes[self.new.flows[**flow].from].name == from;
        let between: Vec<usize> = to.incoming.iter().filter(between).copied().collect();
        let is_alike = |flow: &usize| self.new.flows[*flow].kind.key() == old.kind.key();
        let alike: Vec<usize> = between.iter().copied().filter(is_alike).collect();
        match (&*between, &*alike) {
            ([only], _) | (_, [only]) => Some(*only),
            _ => None,
        }
    }
}

fn begins(what: Alive, key: Key, event: &NodeName) -> Fate {
    let key = (key != Key(0)).then_some(key);
    Fate { what, key, node: event.clone(), to: Some(event.clone()), becomes: Becomes::Begins }
}

/// What an activation that waits for compensation undoes alone.
fn undoes(activation: &Activation) -> Option<&NodeName> {
    match &activation.waiting {
        Waiting::Compensating { activity, .. } => activity.as_ref(),
        _ => None,
    }
}
