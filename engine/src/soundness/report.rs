//! Words for what the exploration found: what was expected, the way that leads there, what to do.

use std::collections::{BTreeMap, BTreeSet};

use super::beside;
use super::explore::{Explored, STATES_MAX, Stuck, TOKENS_MAX};
use super::interrupts;
use super::net::{Inside, Net, Way};
use super::paths::Path;
use super::structure::{Misfit, reduce};
use crate::definition::compile::loops_without_wait;
use crate::definition::{Definition, FlowKind, Known};
use crate::elements::Element;
use crate::problem::Problem;

/// Nodes that the structure does not explain which are named.
const NAMED_MAX: usize = 24;

/// Puts problems together.
pub(super) struct Report<'a> {
    definition: &'a Definition,
    ways_in: BTreeMap<usize, Path>,
    /// Outcomes of which it was told that they strand tokens.
    stranding: BTreeSet<usize>,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Report<'a> {
    /// Nothing is wrong yet; `ways_in` has how each sub-process is come to.
    pub(super) fn new(definition: &'a Definition, ways_in: BTreeMap<usize, Path>) -> Self {
        Self { definition, ways_in, stranding: BTreeSet::new(), problems: Vec::new() }
    }

    /// What was found in a scope.
    pub(super) fn scope(&mut self, net: &Net<'_>, explored: &Explored) {
        let mut twice: Vec<_> = explored.twice.iter().collect();
        // Of what follows from one outcome, what is come to first is told.
        twice.sort_by_key(|(_, path)| path.nodes.len());
        for (node, path) in twice {
            self.twice(net, *node, path);
        }
        for (join, stuck) in &explored.stuck {
            self.stuck(*join, stuck);
        }
        self.dead_ends(net);
        if let Some((node, path)) = &explored.endless
            && !self.can_be_ended(net)
            && !self.leads_into_a_loop(net, *node)
        {
            let (name, way) = (self.name(*node), self.way(path));
            let message =
                format!("expected a way to an end from every node, but `{name}` has none: {way}");
            let problem = Problem::warning("neverEnds", message)
                .hint("let one of the nodes after it lead to an end event");
            self.report(*node, problem);
        }
        if explored.is_whole {
            self.never_reached(net, explored);
        } else {
            self.too_large(net, explored.by_data);
        }
    }

    /// Whether a node leads to a loop in which nothing waits, of which it is told that it runs for ever.
    fn leads_into_a_loop(&self, net: &Net<'_>, node: usize) -> bool {
        let waits = self.definition.nodes.iter().map(|node| node.element.waits()).collect();
        let after = net.reach([node], Net::next, |_| false);
        loops_without_wait(self.definition, waits).iter().flatten().any(|at| after.has(*at))
    }

    /// Nodes after which nothing comes, in a scope that has end events.
    fn dead_ends(&mut self, net: &Net<'_>) {
        let is_end = |at: usize| matches!(self.definition.nodes[at].element, Element::EndEvent(_));
        if !net.nodes.iter().any(|at| is_end(*at)) {
            return;
        }
        let ends = |at: &usize| net.shape(*at).ways.contains(&Way::Flows(Vec::new()));
        let dead: Vec<usize> =
            net.nodes.iter().copied().filter(|at| ends(at) && !is_end(*at)).collect();
        for at in dead {
            let message = format!(
                "expected something after `{}`, but it leads nowhere, though there are end events: {}",
                self.name(at),
                self.definition.way_to(at)
            );
            let problem = Problem::warning("deadEnd", message)
                .hint("let it go `to` an end event where it is meant to end there");
            self.report(at, problem);
        }
    }

    /// Loops through sub-processes in which nothing waits on some way.
    pub(super) fn loops(&mut self, inside: &[Option<Inside>]) {
        let nodes = &self.definition.nodes;
        if nodes.iter().zip(inside).all(|(node, inside)| {
            inside.is_none_or(|inside| !inside.passes || !node.element.waits())
        }) {
            return;
        }
        let waits: Vec<bool> = nodes
            .iter()
            .zip(inside)
            .map(|(node, inside)| {
                let waits = node.element.waits() && inside.is_none_or(|inside| !inside.passes);
                waits || node.known != Known::All
            })
            .collect();
        for cycle in loops_without_wait(self.definition, waits) {
            // One in which no sub-process could wait is told with the graph.
            if !cycle.iter().any(|at| nodes[*at].element.waits()) {
                continue;
            }
            let names = self.definition.named_way(&cycle);
            let message = format!(
                "expected a node that waits in every loop, but {names} → {} may run for ever, since \
                 nothing need wait in the sub-process; it is come to by {}",
                self.name(cycle[0]),
                self.definition.way_to(cycle[0])
            );
            let hint = "let a task, a timer or a message come in it on every way";
            self.report(cycle[0], Problem::error("loopWithoutWait", message).hint(hint));
        }
    }

    fn stuck(&mut self, join: usize, stuck: &Stuck) {
        let (name, way) = (self.name(join), self.way(&stuck.path));
        let from: Vec<String> = stuck
            .missing
            .iter()
            .map(|flow| format!("`{}`", self.name(self.definition.flows[*flow].from)))
            .collect();
        let from = from.join(", ");
        if let Some(flow) = stuck.path.jump {
            let then = format!("`{name}` then waits for ever for {from}: {way}");
            return self.strands(flow, &then);
        }
        if let Some(problem) = self.by_two_ways(join, stuck, &way) {
            return self.report(join, problem);
        }
        let problem = Problem::error(
            "joinNeverCompletes",
            format!(
                "expected a token from every node before `{name}`, but none can come from {from}; what \
                 has come waits for ever: {way}"
            ),
        );
        let hint = format!(
            "let the ways that are not taken lead to `{name}` as well, or make it an inclusiveGateway, \
             which only waits for what can still come"
        );
        self.report(join, problem.hint(hint));
    }

    /// A join that waits for a way beside one that is taken instead: by the same node, or by an event on
    /// it that interrupts it.
    fn by_two_ways(&self, join: usize, stuck: &Stuck, way: &str) -> Option<Problem> {
        let nodes = &self.definition.nodes;
        let source = |flow: &usize| {
            let from = self.definition.flows[*flow].from;
            let host = nodes.iter().position(|node| node.boundaries.contains(&from));
            match &nodes[from].element {
                Element::BoundaryEvent(event) if event.interrupting => host.unwrap_or(from),
                _ => from,
            }
        };
        let is_one = |from: usize| {
            !matches!(
                nodes[from].element,
                Element::ParallelGateway(_) | Element::InclusiveGateway(_)
            )
        };
        let ways =
            |from: usize| nodes[join].incoming.iter().filter(|it| source(it) == from).count();
        let from =
            stuck.missing.iter().map(source).find(|from| is_one(*from) && ways(*from) > 1)?;
        let (name, before) = (self.name(join), self.name(from));
        let message = format!(
            "expected `{before}` to lead to `{name}` by one way, but it does by {}, of which only one is \
             taken; `{name}` then waits for ever for the others: {way}",
            ways(from)
        );
        let hint = format!(
            "let them meet before it: all of them go `to` an exclusiveGateway that leads to `{name}`"
        );
        Some(Problem::error("joinNeverCompletes", message).hint(hint))
    }

    fn twice(&mut self, net: &Net<'_>, node: usize, path: &Path) {
        let goes_on = net.joins(node) == crate::elements::Join::Each;
        if path.jump.is_none() && goes_on && beside::only_by_events(net, node, path) {
            return;
        }
        let (name, way) = (self.name(node), self.way(path));
        let problem = match path.jump {
            Some(flow) => {
                return self.strands(flow, &format!("`{name}` is then there twice: {way}"));
            }
            None if net.joins(node) != crate::elements::Join::Each => Problem::warning(
                "tokensPileUp",
                format!(
                    "expected one token on each way into `{name}`, but a second one can come \
                         by the same way before it goes on: {way}"
                ),
            )
            .hint("join the ways before it where they come from one fork"),
            None => Problem::warning(
                "activeTwice",
                format!(
                    "expected `{name}` to be active once at a time, but it can become active \
                         while it is active already: {way}"
                ),
            )
            .hint(
                "let the branches come together at a parallelGateway or an inclusiveGateway first",
            ),
        };
        self.report(node, problem);
    }

    /// An outcome that leads back to something that is no activity: told once, where it is named.
    fn strands(&mut self, number: usize, then: &str) {
        if !self.stranding.insert(number) {
            return;
        }
        let flow = &self.definition.flows[number];
        let (from, to) = (self.name(flow.from), self.name(flow.to));
        let problem = Problem::error(
            "returnStrandsToken",
            format!(
                "expected what follows `{to}` to be undone when `{from}` leads back to it, but \
                     nothing was done there that a return could undo; {then}"
            ),
        )
        .hint(format!("let it lead to an activity that is always done before `{from}`"));
        let problem = match &flow.kind {
            FlowKind::Outcome(outcome) => problem.under(&["outcomes", outcome.as_str(), "to"]),
            FlowKind::Overdue => problem.under(&["overdue", "to"]),
            FlowKind::Next
            | FlowKind::When(_)
            | FlowKind::Default
            | FlowKind::None
            | FlowKind::Fewer => problem,
        };
        self.report(flow.from, problem);
    }

    fn never_reached(&mut self, net: &Net<'_>, explored: &Explored) {
        let aside = |at: usize| match &self.definition.nodes[at].element {
            Element::BoundaryEvent(_) => None,
            element => Some(element),
        };
        // What is behind a join that is never complete, or a node with an error, follows from that.
        let follows =
            net.reach(net.unknown().chain(explored.stuck.keys().copied()), Net::next, |_| false);
        let roots: Vec<usize> = net
            .nodes
            .iter()
            .copied()
            .filter(|at| !explored.entered.has(*at) && !follows.has(*at))
            .filter(|at| net.before(*at).iter().any(|before| explored.entered.has(*before)))
            .collect();
        for at in roots {
            let name = self.name(at);
            let before = net.before(at).iter().find(|before| explored.entered.has(**before));
            let before = self.name(*before.expect("roots have one"));
            let way = self.definition.way_to(at);
            let (message, hint) = if aside(at).is_none() {
                (
                    format!(
                        "expected `{before}` to wait, but it is done at once, so that `{name}` can \
                         never happen: {way}"
                    ),
                    format!("remove `{name}`, or attach it to an activity that waits"),
                )
            } else {
                (
                    format!(
                        "expected a token to come to `{name}`, but none that comes to `{before}` goes \
                         on to it: {way}"
                    ),
                    format!("let another node lead to `{name}`, or remove it"),
                )
            };
            self.report(at, Problem::warning("neverReached", message).hint(hint));
        }
    }

    /// There were too many states, or data decide them: what the structure shows.
    fn too_large(&mut self, net: &Net<'_>, by_data: Option<usize>) {
        let structure = reduce(net);
        let is_sure = net.unknown().next().is_none();
        for Misfit { fork, join, waits } in structure.misfits.iter().filter(|_| is_sure) {
            let (from, name) = (self.name(*fork), self.name(*join));
            let problem = if *waits {
                let message = format!(
                    "expected every way from `{from}` to be taken, since `{name}` waits for all of \
                     them, but it may take only some: {from} → {name}"
                );
                Problem::error("joinNeverCompletes", message)
                    .hint(format!("make `{name}` a gateway of the kind of `{from}`"))
            } else {
                let message = format!(
                    "expected `{name}` to be active once at a time, but `{from}` may take several of \
                     the ways that come together there: {from} → {name}"
                );
                Problem::warning("activeTwice", message)
                    .hint(format!("make `{name}` a gateway of the kind of `{from}`"))
            };
            self.report(*join, problem);
        }
        let named: Vec<usize> = structure.rest.iter().copied().take(NAMED_MAX).collect();
        let names: Vec<String> = named.iter().map(|at| format!("`{}`", self.name(*at))).collect();
        let structure = match names.len() {
            0 => "its structure shows nothing else".to_owned(),
            _ => format!("its structure does not tell what may happen around {}", names.join(", ")),
        };
        if let Some(gateway) = by_data {
            let message = format!(
                "expected joins that the flow alone decides, but the condition of `{}` decides that \
                 one: {structure}",
                self.name(gateway)
            );
            let problem = Problem::warning("decidedByData", message)
                .hint("try it in scenarios, with every number of tokens that can come");
            self.report(gateway, problem);
            return;
        }
        let message = format!(
            "expected at most {STATES_MAX} states with {TOKENS_MAX} tokens to look at, but this has \
             more: {structure}"
        );
        let problem = Problem::warning("tooManyStates", message)
            .hint("put parts that belong together into sub-processes");
        self.report(net.start, problem);
    }

    /// Whether an event can end the scope, or one around it, from outside or beside it.
    fn can_be_ended(&self, net: &Net<'_>) -> bool {
        let nodes = &self.definition.nodes;
        let around = |at: &usize| nodes[*at].scope;
        let is_ended = |scope: usize| {
            let ends = |event: &usize| match &nodes[*event].element {
                Element::BoundaryEvent(event) => event.interrupting && !event.compensation,
                _ => false,
            };
            nodes[scope].boundaries.iter().any(ends)
                || interrupts(self.definition, &nodes[scope].listeners)
        };
        std::iter::successors(nodes[net.start].scope, around).any(is_ended)
            || interrupts(self.definition, &self.definition.listeners)
    }

    fn name(&self, at: usize) -> &str {
        self.definition.nodes[at].name.as_str()
    }

    /// A way in words, from where the case begins.
    fn way(&self, path: &Path) -> String {
        let mut nodes = path.nodes.clone();
        let first = nodes.first().and_then(|first| self.definition.nodes[*first].scope);
        let mut scope = first;
        while let Some(around) = scope {
            let before = self.ways_in.get(&around).map(|path| path.nodes.clone());
            let mut before = before.unwrap_or_default();
            before.push(around);
            before.append(&mut nodes);
            nodes = before;
            scope = self.definition.nodes[around].scope;
        }
        self.definition.named_way(&nodes)
    }

    fn report(&mut self, node: usize, problem: Problem) {
        let path = self.definition.nodes[node].path(self.definition);
        self.problems.push(problem.under(&path));
    }
}
