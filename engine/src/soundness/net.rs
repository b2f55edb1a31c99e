//! A scope's control flow as the exploration sees it: how a token may leave each node, where it can
//! stay, and which nodes lead to which. What a node does with data, people and time is left out: a
//! condition may be true or false, a task may be decided in any way, a clock may run out or not.

use std::collections::BTreeSet;

use super::bits::Bits;
use super::returns::Returns;
use crate::definition::{Definition, FlowKind, Known, Node};
use crate::elements::event_based_gateway::EventGatewayType;
use crate::elements::{Element, Join};

/// An inclusive gateway with more conditions than this is explored by one way, by two and by all.
const SUBSETS_MAX: usize = 6;
/// Events on one activity that may happen beside it.
const BESIDE_MAX: usize = 32;

/// What is known of a sub-process from the inside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inside {
    /// Whether it can be done.
    pub(super) completes: bool,
    /// Whether a token can stay in it.
    pub(super) pauses: bool,
    /// Whether it can be done without waiting for anything.
    pub(super) passes: bool,
}

/// How a token may leave a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// By all these flows at once; where there are none, the token ends.
    Flows(Vec<usize>),
    /// By the flow that an outcome or a deadline names. Where the token descends from the node that
    /// it leads to (and so bears the mark), it is a return.
    Named { flow: usize, mark: u64, comes_back: bool, leads_back: bool },
    /// Everything in the scope ends.
    Terminate,
    /// The scope is left: what is thrown ends it, and it is not done.
    Throw,
    /// Nobody knows what comes then: there is an error in the node.
    Unknown,
}

/// An event on an activity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside {
    /// Its node.
    pub(super) node: usize,
    /// Whether the activity ends.
    pub(super) interrupting: bool,
}

/// One node.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) ways: Vec<Way>,
    pub(super) beside: Vec<Beside>,
    /// Whether a token can stay on it.
    pub(super) pauses: bool,
    /// Whether a token can go on at once.
    pub(super) passes: bool,
    /// Whether it ends the whole scope, or may.
    pub(super) terminates: bool,
    /// The mark that its descendants bear.
    pub(super) mark: u64,
    /// The marks that they bear no more.
    pub(super) cleared: u64,
    /// Marks that matter from here on.
    pub(super) alive: u64,
}

impl Shape {
    /// The marks that a token bears behind it, done or cut off.
    pub(super) const fn marks_behind(&self, marks: u64, is_traced: bool) -> (u64, u64) {
        if !is_traced {
            return (marks, marks);
        }
        let others = marks & !self.cleared & !self.mark;
        (others | self.mark, others)
    }
}

/// A scope.
#[derive(Debug)]
pub(super) struct Net<'a> {
    pub(super) definition: &'a Definition,
    /// Where it begins.
    pub(super) start: usize,
    /// Where else it may begin: at one of these.
    pub(super) other_starts: Vec<usize>,
    /// Whether it begins at all of these at once instead: people choose.
    pub(super) is_chosen: bool,
    /// Its nodes, as places in the definition.
    pub(super) nodes: Vec<usize>,
    returns: Returns,
    shapes: Vec<Option<Shape>>,
    next: Vec<Vec<usize>>,
    before: Vec<Vec<usize>>,
}

impl<'a> Net<'a> {
    /// The net of a scope; `inside` has what is known of the sub-processes in it.
    pub(super) fn new(
        definition: &'a Definition,
        scope: Option<usize>,
        inside: &[Option<Inside>],
    ) -> Self {
        let size = definition.nodes.len();
        let nodes: Vec<usize> = (0..size)
            .filter(|at| definition.nodes[*at].scope == scope && !is_aside(definition, *at))
            .collect();
        let start = scope.and_then(|it| definition.nodes[it].begins_inside().next());
        let mut net = Self {
            definition,
            start: start.unwrap_or(definition.start),
            other_starts: other_starts(definition, scope),
            is_chosen: scope.is_some_and(|it| !definition.nodes[it].choices.is_empty()),
            nodes,
            returns: Returns::default(),
            shapes: (0..size).map(|_| None).collect(),
            next: vec![Vec::new(); size],
            before: vec![Vec::new(); size],
        };
        net.draw();
        let returns = Returns::find(&net);
        for at in net.nodes.clone() {
            net.shapes[at] = Some(shape(definition, at, inside[at], &returns));
        }
        net.keep_marks_alive(&returns);
        net.returns = returns;
        net
    }

    /// A node of the scope.
    pub(super) fn shape(&self, at: usize) -> &Shape {
        self.shapes[at].as_ref().expect("tokens stay within their scope")
    }

    /// Nodes of which it is not known what a token does there.
    pub(super) fn unknown(&self) -> impl Iterator<Item = usize> + '_ {
        let nodes = self.nodes.iter().copied();
        nodes.filter(|at| self.definition.nodes[*at].known != Known::All)
    }

    /// Nodes that a token can come to next from a node.
    pub(super) fn next(&self, at: usize) -> &[usize] {
        &self.next[at]
    }

    /// Nodes from which a token can come to a node next.
    pub(super) fn before(&self, at: usize) -> &[usize] {
        &self.before[at]
    }

    /// Nodes that are reached from some, those included, over `step`; what `stop` holds back is left
    /// out.
    pub(super) fn reach<'n>(
        &'n self,
        from: impl IntoIterator<Item = usize>,
        step: impl Fn(&'n Self, usize) -> &'n [usize],
        stop: impl Fn(usize) -> bool,
    ) -> Bits {
        let mut seen = Bits::new(self.shapes.len());
        let mut todo: Vec<usize> = from.into_iter().collect();
        while let Some(at) = todo.pop() {
            if !stop(at) && seen.add(at) {
                todo.extend(step(self, at));
            }
        }
        seen
    }

    /// The flows by which a token with these marks can come from a node to a join, without passing it
    /// and without a return.
    pub(super) fn ways_to(&self, join: usize, from: usize, marks: u64) -> BTreeSet<usize> {
        let definition = self.definition;
        // By node, the marks that a token bears on every way there.
        let mut seen: Vec<Option<u64>> = vec![None; self.shapes.len()];
        let (mut ways, mut todo) = (BTreeSet::new(), vec![(from, marks)]);
        while let Some((at, marks)) = todo.pop() {
            let fewest = seen[at].map_or(marks, |before| before & marks);
            if seen[at].replace(fewest) == Some(fewest) {
                continue;
            }
            let node = &definition.nodes[at];
            let marks = fewest;
            let behind = marks & !self.shape(at).cleared;
            let flows = node.outgoing.iter().copied();
            for flow in flows.filter(|flow| !self.returns.is_return(definition, *flow, marks)) {
                match definition.flows[flow].to {
                    to if to == join => ways.extend([flow]),
                    to => todo.push((to, behind)),
                }
            }
            let events = node.boundaries.iter().copied();
            let events = events.filter(|at| !is_aside(definition, *at));
            let back = come_back_to(definition, at).filter(|back| *back != join);
            todo.extend(events.chain(back).map(|to| (to, behind)));
        }
        ways
    }

    /// Nodes that a token with these marks may return to from a node.
    pub(super) fn returns_from(&self, at: usize, marks: u64) -> impl Iterator<Item = usize> + '_ {
        let flows = self.definition.nodes[at].outgoing.iter().copied();
        let back = flows.filter(move |it| self.returns.is_return(self.definition, *it, marks));
        back.map(|flow| self.definition.flows[flow].to)
    }

    /// Whether a node waits for tokens on several flows.
    pub(super) fn joins(&self, at: usize) -> Join {
        let node = &self.definition.nodes[at];
        if node.incoming.len() > 1 { node.behavior.join() } else { Join::Each }
    }

    fn draw(&mut self) {
        for at in self.nodes.clone() {
            let node = &self.definition.nodes[at];
            let flows = node.outgoing.iter().map(|flow| self.definition.flows[*flow].to);
            let events =
                node.boundaries.iter().copied().filter(|at| !is_aside(self.definition, *at));
            let mut next: Vec<usize> = flows.chain(events).collect();
            next.extend(come_back_to(self.definition, at));
            for to in &next {
                self.before[*to].push(at);
            }
            self.next[at] = next;
        }
        // Whatever can come can come from one of them.
        for other in self.other_starts.clone() {
            self.next[self.start].push(other);
            self.before[other].push(self.start);
        }
    }

    fn keep_marks_alive(&mut self, returns: &Returns) {
        for (number, (_, sources)) in returns.marked.iter().enumerate() {
            let alive = self.reach(sources.iter().copied(), Self::before, |_| false);
            for at in &self.nodes {
                if alive.has(*at) {
                    self.shapes[*at].as_mut().expect("it was made just now").alive |= 1 << number;
                }
            }
        }
    }
}

/// Where a scope may begin beside its first node.
fn other_starts(definition: &Definition, scope: Option<usize>) -> Vec<usize> {
    match scope {
        Some(scope) => definition.nodes[scope].begins_inside().skip(1).collect(),
        None => {
            let starts = definition.event_starts.iter().map(|at| definition.begins_at(*at));
            let others: BTreeSet<usize> = starts.filter(|at| *at != definition.start).collect();
            others.into_iter().collect()
        }
    }
}

/// Whether no token of the scope ever comes to a node: an event sub-process runs in a scope of its own
/// beside everything, and what undoes an activity runs within whatever asks for that.
fn is_aside(definition: &Definition, at: usize) -> bool {
    match &definition.nodes[at].element {
        Element::EventSubProcess(_) => true,
        Element::BoundaryEvent(event) => event.compensation,
        _ => definition.undoes(at),
    }
}

/// Tasks that a node may come straight back to.
fn come_back_to(definition: &Definition, at: usize) -> impl Iterator<Item = usize> {
    let incoming = definition.nodes[at].incoming.iter();
    let back = incoming.filter(move |flow| definition.comes_back(**flow));
    back.map(|flow| definition.flows[*flow].from)
}

fn shape(definition: &Definition, at: usize, inside: Option<Inside>, returns: &Returns) -> Shape {
    let node = &definition.nodes[at];
    let pauses = match (inside, &node.element) {
        (Some(inside), _) => inside.pauses,
        (None, Element::EndEvent(_)) => false,
        (None, element) => element.waits(),
    };
    let mut ways = ways(definition, node, returns);
    if inside.is_some_and(|inside| !inside.completes) {
        ways.retain(|way| !matches!(way, Way::Flows(_)));
    }
    match node.known {
        Known::All => {}
        Known::Some => {
            ways.retain(|way| *way != Way::Flows(Vec::new()));
            ways.push(Way::Unknown);
        }
        Known::Nothing => ways = vec![Way::Unknown],
    }
    let beside = beside(definition, node, pauses);
    let passes = inside.map_or(!pauses, |inside| inside.passes);
    let ends = |way: &Way| matches!(way, Way::Terminate | Way::Throw | Way::Unknown);
    let terminates = ways.iter().any(ends);
    let cleared = match node.element.is_activity() {
        true => returns.cleared(definition, at),
        false => 0,
    };
    let mark = returns.mark(at);
    Shape { ways, beside, pauses, passes, terminates, mark, cleared, alive: 0 }
}

/// Events on an activity. What is thrown inside it happens also while nothing waits there.
fn beside(definition: &Definition, node: &Node, pauses: bool) -> Vec<Beside> {
    let events = node.boundaries.iter().filter_map(|at| match &definition.nodes[*at].element {
        Element::BoundaryEvent(event) => {
            let is_thrown = event.error.is_some() || event.escalation.is_some() || event.cancel;
            let happens = !event.compensation && (pauses || is_thrown);
            happens.then_some(Beside { node: *at, interrupting: event.interrupting })
        }
        _ => None,
    });
    events.take(BESIDE_MAX).collect()
}

fn ways(definition: &Definition, node: &Node, returns: &Returns) -> Vec<Way> {
    if let Element::EndEvent(end) = &node.element {
        return vec![if end.terminate {
            Way::Terminate
        } else if end.error.is_some() || end.cancel {
            Way::Throw
        } else {
            Way::Flows(Vec::new())
        }];
    }
    let of = |is: &dyn Fn(&FlowKind) -> bool| -> Vec<usize> {
        let all = node.outgoing.iter().copied();
        all.filter(|flow| is(&definition.flows[*flow].kind)).collect()
    };
    let next = of(&|kind| matches!(kind, FlowKind::Next));
    let conditions = of(&|kind| matches!(kind, FlowKind::When(_)));
    let default = of(&|kind| matches!(kind, FlowKind::Default));
    let named = of(&|kind| match kind {
        FlowKind::Outcome(_) | FlowKind::None | FlowKind::Fewer | FlowKind::Overdue => true,
        FlowKind::Next | FlowKind::When(_) | FlowKind::Default => false,
    });
    let mut ways = Vec::new();
    if let Element::EventBasedGateway(gateway) = &node.element
        && gateway.event_gateway_type == EventGatewayType::Exclusive
    {
        ways.extend(next.iter().map(|flow| Way::Flows(vec![*flow])));
    } else if !(conditions.is_empty() && default.is_empty()) {
        if matches!(node.element, Element::InclusiveGateway(_)) {
            let always = of(&FlowKind::is_always);
            let may_be = |chosen: &Vec<usize>| always.iter().all(|flow| chosen.contains(flow));
            ways.extend(subsets(&conditions).into_iter().filter(may_be).map(Way::Flows));
        } else {
            ways.extend(conditions.iter().map(|flow| Way::Flows(vec![*flow])));
        }
        ways.extend(default.iter().map(|flow| Way::Flows(vec![*flow])));
    } else if !next.is_empty() || node.element.goes_on() {
        ways.push(Way::Flows(next));
    }
    ways.extend(named.into_iter().filter_map(|flow| returns.way(definition, flow)));
    ways
}

/// Which conditions may be true at once.
fn subsets(flows: &[usize]) -> Vec<Vec<usize>> {
    if flows.len() <= SUBSETS_MAX {
        let all = 1_usize..1 << flows.len();
        let chosen = |mask: usize| move |(bit, _): &(usize, &usize)| mask & (1 << bit) != 0;
        return all
            .map(|mask| {
                flows.iter().enumerate().filter(chosen(mask)).map(|(_, flow)| *flow).collect()
            })
            .collect();
    }
    let mut some: Vec<Vec<usize>> = flows.iter().map(|flow| vec![*flow]).collect();
    for (at, one) in flows.iter().enumerate() {
        some.extend(flows[at + 1..].iter().map(|other| vec![*one, *other]));
    }
    some.push(flows.to_vec());
    some
}
