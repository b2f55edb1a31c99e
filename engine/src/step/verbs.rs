//! What elements do with a step: evaluate, leave, wait, write. Shared verbs, no element's rule.

use serde_json::Value;

use super::names::Names;
use super::tokens::number;
use super::{Halt, Step, Token};
use crate::clock::{Cycle, Working};
use crate::command::Request;
use crate::definition::{Flow, FlowKind, Node};
use crate::event::{Because, Event, Incident, TimerPurpose};
use crate::expression::Expression;
use crate::ids::{Key, NodeName, OutcomeName};
use crate::instance::{Activation, Asked};
use crate::rejection::Rejection;
use crate::time::Timestamp;

/// Items of one multi-instance activity.
pub(crate) const ITEMS_MAX: usize = 1_000;

/// How a token leaves a node.
#[derive(Debug)]
pub(crate) enum Leave {
    /// By the way on; straight back where the node was reached by a return that comes back.
    Next,
    /// By a flow back, to come straight back to a node when that is corrected.
    Return { flow: usize, come_back: NodeName, corrects: Option<Key> },
    /// By a flow back to something it descends from: what descends from that is undone.
    Back { flow: usize, again: Key },
    /// By the flow to an event that has happened.
    Happened(usize),
    /// By these flows.
    Flows(Vec<(usize, Because)>),
    /// Not at all: the token ends here.
    End,
}

impl<'a> Step<'a> {
    /// An activation that is there.
    pub(crate) fn activation(&self, key: Key) -> &Activation {
        self.instance.activation(key).expect("callers name active nodes")
    }

    /// The node of an activation.
    pub(crate) fn node_of(&self, key: Key) -> &'a Node {
        &self.definition.nodes[self.definition.index(&self.activation(key).node)]
    }

    /// Evaluates an expression as an activation sees it.
    pub(crate) fn evaluate(&self, expression: &Expression, key: Key) -> Result<Value, Halt> {
        let names = Names::new(self, key);
        self.evaluate_in(expression, &names)
    }

    /// Evaluates an expression in the names of this step, when all that it asks for is there.
    fn evaluate_in(&self, expression: &Expression, names: &Names<'_, '_>) -> Result<Value, Halt> {
        names.require(expression.references())?;
        let given = self.asking(|| expression.evaluate(names))?;
        names.known(given.map_err(|error| Halt::incident("EXPRESSION_FAILED", error.to_string())))
    }

    /// What an evaluation gives, unless it asked for the name of somebody that is to be fetched first.
    pub(super) fn asking<T>(&self, evaluate: impl FnOnce() -> T) -> Result<T, Halt> {
        let asked = || self.needs.borrow().len();
        let before = asked();
        let given = evaluate();
        if asked() > before { Err(Halt::Needs) } else { Ok(given) }
    }

    /// Evaluates a condition; nothing counts as false.
    pub(crate) fn evaluate_bool(&self, expression: &Expression, key: Key) -> Result<bool, Halt> {
        Ok(self.evaluate(expression, key)? == Value::Bool(true))
    }

    /// The first flow out of a node of some kind.
    pub(crate) fn flow_where(&self, key: Key, is: impl Fn(&FlowKind) -> bool) -> Option<usize> {
        let node = self.node_of(key);
        node.outgoing.iter().copied().find(|flow| is(&self.definition.flows[*flow].kind))
    }

    /// The flow that an outcome names.
    pub(crate) fn flow_of_outcome(&self, key: Key, outcome: &OutcomeName) -> Option<usize> {
        self.flow_where(key, |kind| matches!(kind, FlowKind::Outcome(name) if name == outcome))
    }

    /// An activation has done what it is for; its token goes on.
    pub(crate) fn complete(&mut self, key: Key, leave: Leave) -> Result<(), Halt> {
        let std::ops::ControlFlow::Continue(result) = self.item_result(key)? else { return Ok(()) };
        self.complete_with(key, leave, result)
    }

    /// The same of what gives this as one run of several.
    pub(super) fn complete_with(
        &mut self,
        key: Key,
        leave: Leave,
        result: Option<Event>,
    ) -> Result<(), Halt> {
        let activation = self.activation(key).clone();
        let node = self.definition.index(&activation.node);
        let from = self.instance.lineage(key);
        let result = self.keep_for_compensation(key, result);
        self.emit(Event::NodeCompleted { key });
        self.done_inside(activation.scope, node);
        if activation.item.is_some() {
            return self.run_done(activation.scope, result);
        }
        if activation.compensates.is_some() {
            return self.compensate_next(activation.scope);
        }
        if activation.come_back.is_some() {
            match (&leave, activation.corrects) {
                (Leave::Next, Some(corrected)) => self.replace_corrected(key, corrected),
                // It goes another way: it is a return to what it corrects.
                (_, Some(corrected)) => {
                    self.undo_corrected(key, corrected);
                }
                (_, None) => {}
            }
        }
        match leave {
            Leave::End => {}
            Leave::Next => match activation.come_back {
                Some(_) => self.go_back(node, activation, None),
                None => self.go_on(node, activation.scope, &from),
            },
            Leave::Return { flow, come_back, corrects } => {
                let undone = activation.corrects.is_some();
                let from = if undone { from } else { activation.from.clone() };
                let task = activation.done_as.unwrap_or(key);
                let (by, due) = (activation.done_by.clone(), activation.due_before);
                let asked = Asked { back: come_back, by, from, due, task };
                self.ask_for_correction(flow, activation.scope, corrects, asked);
            }
            Leave::Back { flow, again } => {
                let undone = self.undo(key, again).map(|trace| (trace.from, trace.by));
                let whose = undone.unwrap_or((from, None));
                self.take_back_along(flow, activation.scope, Because::Outcome, whose);
            }
            Leave::Happened(flow) => {
                let to = self.flow_taken(flow, Because::Event);
                self.send_happened(to, activation.scope, flow, from);
            }
            Leave::Flows(flows) => {
                for (flow, because) in flows {
                    self.take(flow, activation.scope, because, from.clone());
                }
            }
        }
        Ok(())
    }

    /// Sends a token along each flow that is simply the way on.
    fn go_on(&mut self, node: usize, scope: Key, from: &[Key]) {
        let flows = self.definition.nodes[node].outgoing.iter().copied();
        let is_next = |flow: &usize| matches!(self.definition.flows[*flow].kind, FlowKind::Next);
        let next: Vec<usize> = flows.filter(is_next).collect();
        for flow in next {
            self.take(flow, scope, Because::Only, from.to_vec());
        }
    }

    /// Sends a token along a flow; `from` is what it descends from.
    pub(crate) fn take(&mut self, flow: usize, scope: Key, because: Because, from: Vec<Key>) {
        let to = self.flow_taken(flow, because);
        self.send(to, scope, Some(flow), from);
    }

    /// Notes that a token goes along a flow; the node it goes to.
    pub(super) fn flow_taken(&mut self, flow: usize, because: Because) -> usize {
        let Flow { from, to, .. } = self.definition.flows[flow];
        self.emit(Event::FlowTaken {
            flow: Some(number(flow)),
            from: self.definition.nodes[from].name.clone(),
            to: self.definition.nodes[to].name.clone(),
            because,
        });
        to
    }

    /// Lets a clock run for an activation.
    pub(crate) fn arm(
        &mut self,
        key: Key,
        at: Timestamp,
        purpose: TimerPurpose,
        working: Option<Working>,
    ) {
        self.arm_in(key, at, purpose, working, None);
    }

    /// Lets a clock run that comes again and again.
    pub(crate) fn arm_in(
        &mut self,
        key: Key,
        at: Timestamp,
        purpose: TimerPurpose,
        working: Option<Working>,
        cycle: Option<Cycle>,
    ) {
        let timer = self.activation(key).last_timer + 1;
        let working = working.map(Box::new);
        self.emit(Event::TimerArmed { key, timer, at, purpose, working, cycle });
    }

    /// Stops the clocks of an activation that are for something.
    pub(crate) fn disarm(&mut self, key: Key, is: impl Fn(&TimerPurpose) -> bool) {
        let timers: Vec<u32> = self
            .activation(key)
            .timers
            .iter()
            .filter(|(_, timer)| is(&timer.purpose))
            .map(|(number, _)| *number)
            .collect();
        for timer in timers {
            self.emit(Event::TimerDisarmed { key, timer });
        }
    }

    /// The activation that a command names.
    pub(super) fn open(&self, key: Key) -> Result<&Activation, Halt> {
        self.instance.activation(key).ok_or_else(|| Rejection::NotOpen { key }.into())
    }

    /// Ends the case, by itself or with an error: nothing is active any more.
    pub(super) fn end_case_with(&mut self, error: Option<(crate::ids::ErrorCode, String)>) {
        if let Some(ending) = self.instance.ending().cloned() {
            return self.end_cancelled(ending);
        }
        let outcome = self.end_outcome();
        self.report_end(outcome.clone(), error.clone());
        let error = error.map(|(code, _)| code);
        self.notice_ended();
        let done_kept = !self.instance.done().is_empty();
        self.emit(Event::InstanceCompleted { outcome, at: self.now(), error, done_kept });
    }

    /// Tells the case that waits for this one how it ended.
    pub(super) fn report_end(
        &mut self,
        outcome: Option<OutcomeName>,
        error: Option<(crate::ids::ErrorCode, String)>,
    ) {
        let Some(parent) = self.instance.parent().cloned() else { return };
        let all = || self.instance.documents().iter();
        let documents = all().map(|(name, own)| (name.clone(), own.current.clone())).collect();
        let given = all().map(|(name, own)| (name.clone(), own.given_entries()));
        let given = given.filter(|(_, entries)| !entries.is_empty()).collect();
        let (error, message) = error.unzip();
        let message = message.filter(|message| !message.is_empty());
        self.request(Request::ReportEnd { parent, outcome, documents, given, error, message });
    }

    /// The outcome of the last end event that was reached, in this step or before.
    fn end_outcome(&self) -> Option<OutcomeName> {
        let outcome_of = |name: &NodeName| match &self.definition.node(name.as_str())?.element {
            crate::elements::Element::EndEvent(end) => end.outcome.clone(),
            _ => None,
        };
        // A case that reached one before that was kept knows only which there were.
        let reached = self.instance.reached().cloned();
        reached.or_else(|| self.instance.all_passed().keys().rev().find_map(outcome_of))
    }

    /// Asks a decision table as an activation sees it.
    pub(crate) fn decide(
        &self,
        table: &crate::decision::Decision,
        key: Key,
    ) -> Result<crate::decision::Decided, Halt> {
        let names = Names::new(self, key);
        names.require(&table.references())?;
        let failed = |error: crate::decision::DecisionError| {
            Halt::incident("DECISION_FAILED", error.to_string())
        };
        names.known(self.asking(|| table.decide(&names))?.map_err(failed))
    }

    /// Evaluates an expression that sees one more name.
    pub(crate) fn evaluate_about(
        &self,
        expression: &Expression,
        key: Key,
        name: &'static str,
        value: &Value,
    ) -> Result<Value, Halt> {
        self.evaluate_with(expression, key, &[(name, value)])
    }

    /// Evaluates an expression that sees some more names.
    pub(crate) fn evaluate_with(
        &self,
        expression: &Expression,
        key: Key,
        more: &[(&str, &Value)],
    ) -> Result<Value, Halt> {
        let names = Names::new(self, key);
        let names = more.iter().fold(names, |names, (name, value)| names.with(name, value));
        self.evaluate_in(expression, &names)
    }

    /// Whether something must be fetched before this step can go on.
    pub(crate) fn has_needs(&self) -> bool {
        !self.needs.borrow().is_empty()
    }

    /// Keeps contents that events name by hash.
    pub(crate) fn keep(&mut self, contents: Vec<crate::command::Content>) {
        self.contents.extend(contents);
    }

    /// An activation fails for good, until somebody retries it.
    pub(crate) fn fail(&mut self, key: Key, code: &str, message: String) {
        let mut incident = Incident::new(code, message);
        if code == super::CONDITION_FAILED
            && let Some(earlier) = self.instance.activation(key).and_then(|it| it.incident.as_ref())
        {
            incident.boundaries.clone_from(&earlier.boundaries);
        }
        self.emit(Event::IncidentRaised { key, incident });
    }

    /// Begins the nodes inside a sub-process.
    pub(crate) fn begin_scope(&mut self, key: Key) -> Result<(), Halt> {
        let node = self.node_of(key);
        let listening = self.listen(key, &node.listeners);
        if let Some(inner) = node.inner_start {
            self.send(inner, key, None, Vec::new());
        }
        let choosing =
            node.behavior.choosing().map_or(Ok(()), |choosing| self.begin_choosing(key, choosing));
        listening.and(choosing)
    }

    /// A boundary event or an event sub-process was triggered by what cannot be kept: it is reached, and
    /// goes its way when it is retried.
    pub(crate) fn fail_boundary(
        &mut self,
        node: &NodeName,
        (scope, from): (Key, Vec<Key>),
        code: &str,
        message: String,
    ) {
        let token = Token { from, ..Token::new(self.definition.index(node), scope) };
        self.activate_failed(&token, Vec::new(), code, message);
    }

    /// A boundary event was triggered: a token goes its way, and descends from its host.
    pub(crate) fn enter_boundary(&mut self, node: &NodeName, scope: Key, host: Vec<Key>) {
        self.send(self.definition.index(node), scope, None, host);
    }

    /// An event-based gateway goes on to the event that was the first to happen.
    pub(crate) fn complete_gateway(&mut self, key: Key, event: &NodeName) -> Result<(), Halt> {
        let (definition, to) = (self.definition, self.definition.index(event));
        let mut ways = self.node_of(key).outgoing.iter().copied();
        let flow = ways.find(|flow| definition.flows[*flow].to == to);
        self.complete(key, Leave::Happened(flow.expect("it leads to what it waits for")))
    }

    /// An activation waits for the case that it called.
    pub(crate) fn wait_for_call(&mut self, key: Key) {
        self.emit(Event::CallBegan { key });
    }
}
