//! Peeking ahead: who comes next, if each task goes on as hoped. Nothing is changed and nothing is
//! promised.
//!
//! Running `step` on a copy would need documents that nobody has written yet. So the graph is
//! walked from what is active now, and gateways decide with their real conditions where all that
//! they read is known: what a node on the way will write is not. Where a condition cannot be known,
//! every way is listed as uncertain. Boundary events, overdue ways and empty intakes are not
//! foreseen: they are what happens when it does not go as hoped.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::actor::{Actor, Principal};
use crate::command::Envelope;
use crate::definition::source::{OneOrMany, Then};
use crate::definition::{Definition, FlowKind, Node};
use crate::elements::Element;
use crate::elements::user_task::{UserTask, manager_levels};
use crate::expression::Expression;
use crate::facts::Facts;
use crate::ids::{Key, NodeName, OutcomeName};
use crate::instance::{Instance, Status};
use crate::step::{Halt, Refused, Step};
use crate::time::Timestamp;

/// Steps that a forecast lists.
pub const FORECAST_STEPS_MAX: usize = 200;

/// Names that change with every task that is decided.
const CHANGING: [&str; 5] = ["now", "outcomes", "rounds", "tally", "who"];

/// What will probably come, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// The steps, without those that are open now.
    pub steps: Vec<ForecastStep>,
    /// Whether there are more than are listed.
    pub more: bool,
}

/// A node on which the case will wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForecastStep {
    /// The node.
    pub node: NodeName,
    /// Whom its task will be offered to, where that can be said now.
    pub candidates: Vec<Principal>,
    /// Whether it comes for sure if every task is decided with its first outcome that goes on.
    pub certain: bool,
}

/// What comes after what is active now, if each task goes on as hoped.
///
/// # Errors
/// `Refused::Needs` when a condition reads a document that must be fetched first.
pub fn forecast(
    definition: &Definition,
    instance: &Instance,
    now: Timestamp,
    facts: &Facts,
) -> Result<Forecast, Refused> {
    if instance.status() != Status::Active {
        return Ok(Forecast { steps: Vec::new(), more: false });
    }
    let envelope = Envelope::asking(now, Actor::System);
    let step = Step::new(definition, instance.clone(), &envelope, facts);
    let mut walk = Walk {
        definition,
        instance,
        step: &step,
        seen: BTreeMap::new(),
        order: Vec::new(),
        todo: VecDeque::new(),
        written: BTreeSet::new(),
        anything_written: false,
    };
    let is_done = walk.run();
    let forecast = walk.forecast();
    if is_done && !step.has_needs() { Ok(forecast) } else { Err(Refused::Needs(step.into_needs())) }
}

struct Walk<'w, 'a> {
    definition: &'a Definition,
    instance: &'w Instance,
    step: &'w Step<'a>,
    /// Nodes that were come to, and whether for sure.
    seen: BTreeMap<usize, bool>,
    order: Vec<usize>,
    todo: VecDeque<(usize, bool)>,
    /// Documents and variables that something on the way writes.
    written: BTreeSet<String>,
    /// Whether something on the way may write what cannot be told from the definition.
    anything_written: bool,
}

/// What a condition says now.
enum Answer {
    Yes,
    No,
    Unknown,
}

impl Walk<'_, '_> {
    /// Walks until nothing is left; `false` where something must be fetched first.
    fn run(&mut self) -> bool {
        let scopes: BTreeSet<Key> =
            self.instance.activations().values().map(|one| one.scope).collect();
        let all = self.instance.activations().iter();
        let open = all.filter(|(key, one)| !scopes.contains(key) && !one.is_listener());
        let mut begun = BTreeSet::new();
        let open: Vec<(usize, Option<NodeName>)> = open
            .map(|(_, one)| (self.definition.index(&one.node), one.come_back.clone()))
            .filter(|(node, _)| begun.insert(*node))
            .collect();
        for (node, _) in &open {
            self.note_writes(*node);
        }
        for (node, come_back) in open {
            match come_back {
                Some(back) => self.come(self.definition.index(&back), true),
                None => self.leave(node, true),
            }
        }
        while let Some((node, certain)) = self.todo.pop_front() {
            self.note_writes(node);
            match self.definition.nodes[node].inner_start {
                Some(inner) => self.come(inner, certain),
                None => self.leave(node, certain),
            }
            if self.step.has_needs() {
                return false;
            }
        }
        !self.step.has_needs()
    }

    /// A token will come to a node; once for sure is for sure.
    fn come(&mut self, node: usize, certain: bool) {
        match self.seen.get(&node) {
            Some(before) if *before || !certain => return,
            Some(_) => {}
            None => self.order.push(node),
        }
        self.seen.insert(node, certain);
        self.todo.push_back((node, certain));
    }

    /// A token will leave a node the way that is hoped for.
    fn leave(&mut self, node: usize, certain: bool) {
        let own = &self.definition.nodes[node];
        // Nobody knows what people will begin.
        for choice in &own.choices {
            self.come(*choice, false);
        }
        let ways: Vec<(usize, bool)> = match &own.element {
            Element::ExclusiveGateway(_) => self.by_condition(own, true),
            Element::EventBasedGateway(_) => self
                .ways(own, |kind| matches!(kind, FlowKind::Next))
                .into_iter()
                .map(|(to, _)| (to, false))
                .collect(),
            Element::InclusiveGateway(_) | Element::ComplexGateway(_) => {
                self.by_condition(own, false)
            }
            Element::UserTask(task) => {
                let outcome = self.hoped_for(own, task);
                let named = outcome.and_then(|outcome| {
                    self.ways(own, |kind| matches!(kind, FlowKind::Outcome(it) if *it == outcome))
                        .into_iter()
                        .next()
                });
                match named {
                    Some(way) => vec![way],
                    None => self.ways(own, |kind| matches!(kind, FlowKind::Next)),
                }
            }
            Element::AdHocSubProcess(_)
            | Element::BoundaryEvent(_)
            | Element::BusinessRuleTask(_)
            | Element::CallActivity(_)
            | Element::Draw(_)
            | Element::EndEvent(_)
            | Element::EventSubProcess(_)
            | Element::Intake(_)
            | Element::IntermediateCatchEvent(_)
            | Element::IntermediateThrowEvent(_)
            | Element::ManualTask(_)
            | Element::Notify(_)
            | Element::ParallelGateway(_)
            | Element::Publish(_)
            | Element::ReceiveTask(_)
            | Element::Record(_)
            | Element::ScriptTask(_)
            | Element::SendTask(_)
            | Element::ServiceTask(_)
            | Element::StartEvent(_)
            | Element::SubProcess(_)
            | Element::Transaction(_) => self.ways(own, |kind| matches!(kind, FlowKind::Next)),
        };
        if ways.is_empty()
            && let Some(scope) = own.scope
        {
            return self.leave(scope, certain);
        }
        for (to, sure) in ways {
            self.come(to, certain && sure);
        }
    }

    fn ways(&self, node: &Node, is: impl Fn(&FlowKind) -> bool) -> Vec<(usize, bool)> {
        let flows = node.outgoing.iter().map(|flow| &self.definition.flows[*flow]);
        flows.filter(|flow| is(&flow.kind)).map(|flow| (flow.to, true)).collect()
    }

    /// The ways out of a gateway: for an exclusive one up to the first that is true.
    fn by_condition(&self, node: &Node, exclusive: bool) -> Vec<(usize, bool)> {
        let mut ways = Vec::new();
        let (mut any_true, mut any_unknown) = (false, false);
        for flow in node.outgoing.iter().map(|flow| &self.definition.flows[*flow]) {
            let answer = match &flow.kind {
                FlowKind::When(condition) => self.ask(condition),
                FlowKind::Next => Answer::Yes,
                _ => Answer::No,
            };
            match answer {
                Answer::Yes => {
                    any_true = true;
                    ways.push((flow.to, !(exclusive && any_unknown)));
                    if exclusive {
                        return ways;
                    }
                }
                Answer::Unknown => {
                    any_unknown = true;
                    ways.push((flow.to, false));
                }
                Answer::No => {}
            }
        }
        if !any_true {
            let default = self.ways(node, |kind| matches!(kind, FlowKind::Default));
            ways.extend(default.into_iter().map(|(to, _)| (to, !any_unknown)));
        }
        ways
    }

    fn ask(&self, condition: &Expression) -> Answer {
        let known = |name: &String| {
            !self.anything_written
                && !self.written.contains(name)
                && !CHANGING.contains(&name.as_str())
        };
        if !condition.references().iter().all(known) {
            return Answer::Unknown;
        }
        match self.step.evaluate_bool(condition, Key(0)) {
            Ok(true) => Answer::Yes,
            Ok(false) => Answer::No,
            // Nobody knows, or it must be fetched first and then is asked again.
            Err(Halt::Incident { .. } | Halt::Needs | Halt::Reject(_)) => Answer::Unknown,
        }
    }

    /// The first outcome that goes on: no way back to something that was done before.
    fn hoped_for(&self, node: &Node, task: &UserTask) -> Option<OutcomeName> {
        let is_back = |name: &OutcomeName| {
            let full = task.outcome(name.as_str());
            full.is_some_and(|outcome| {
                outcome.then == Some(Then::ComeBack)
                    || outcome.to.is_some_and(|to| {
                        to == node.name || self.instance.passed(to.as_str()).is_some()
                    })
            })
        };
        let mut outcomes = task.outcomes.keys();
        outcomes.clone().find(|name| !is_back(name)).or_else(|| outcomes.next()).cloned()
    }

    /// What a node writes is not known before it is done.
    fn note_writes(&mut self, node: usize) {
        let own = &self.definition.nodes[node];
        if let Some(each) = own.each.as_deref() {
            self.written.extend(each.results.as_ref().map(|results| results.into.clone()));
            self.written.extend(each.score.as_ref().map(|score| score.into.clone()));
        }
        match &own.element {
            Element::UserTask(_) => {
                self.written.extend(own.edits().iter().map(|using| using.document.to_string()));
            }
            Element::ScriptTask(script) => self.written.extend(script.set.keys().cloned()),
            Element::BusinessRuleTask(rule) => {
                self.written.insert(rule.into.clone());
            }
            Element::AdHocSubProcess(_)
            | Element::BoundaryEvent(_)
            | Element::ComplexGateway(_)
            | Element::EndEvent(_)
            | Element::EventBasedGateway(_)
            | Element::EventSubProcess(_)
            | Element::ExclusiveGateway(_)
            | Element::InclusiveGateway(_)
            | Element::IntermediateThrowEvent(_)
            | Element::ManualTask(_)
            | Element::Notify(_)
            | Element::ParallelGateway(_)
            | Element::SendTask(_)
            | Element::StartEvent(_)
            | Element::SubProcess(_)
            | Element::Transaction(_) => {}
            Element::CallActivity(_)
            | Element::Draw(_)
            | Element::Intake(_)
            | Element::IntermediateCatchEvent(_)
            | Element::Publish(_)
            | Element::ReceiveTask(_)
            | Element::Record(_)
            | Element::ServiceTask(_) => self.anything_written = true,
        }
    }

    /// Nodes on which a case waits, in the order they come.
    fn forecast(&self) -> Forecast {
        let waits = |node: &&usize| {
            let element = &self.definition.nodes[**node].element;
            let is_scope = element.nodes().is_some();
            element.waits() && !is_scope && !matches!(element, Element::EndEvent(_))
        };
        let mut steps: Vec<ForecastStep> = self
            .order
            .iter()
            .filter(waits)
            .map(|node| {
                let own = &self.definition.nodes[*node];
                ForecastStep {
                    node: own.name.clone(),
                    candidates: self.candidates(own),
                    certain: self.seen[node],
                }
            })
            .collect();
        let more = steps.len() > FORECAST_STEPS_MAX;
        steps.truncate(FORECAST_STEPS_MAX);
        Forecast { steps, more }
    }

    fn candidates(&self, node: &Node) -> Vec<Principal> {
        let Element::UserTask(task) = &node.element else { return Vec::new() };
        match task.assign.as_deref() {
            Some("initiator") => {
                let initiator = self.instance.originator();
                return initiator
                    .map(|it| Principal::Person(self.instance.successor(&it.person).clone()))
                    .into_iter()
                    .collect();
            }
            Some(other) => {
                let superior = manager_levels(other).and_then(|levels| {
                    let starter = &self.instance.originator()?.person;
                    self.step.superior(starter, levels).ok().flatten()
                });
                return superior.map(Principal::Person).into_iter().collect();
            }
            None => {}
        }
        let roles = task.role.as_ref().map_or(&[][..], OneOrMany::as_slice);
        let unit = task.unit.as_ref().filter(|unit| !unit.starts_with('='));
        let principal = |role: &crate::ids::RoleName| match unit {
            Some(unit) => Principal::RoleIn(role.clone(), unit.as_str().into()),
            None => Principal::Role(role.clone()),
        };
        roles.iter().filter(|role| !role.as_str().starts_with('=')).map(principal).collect()
    }
}
