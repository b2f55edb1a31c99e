//! Walks through every state of a scope that matters, and notes what is wrong in it. Tokens that
//! cannot influence each other are not tried in every order: of those that stay somewhere, only such
//! move as no other can catch up with (a persistent set, so that every state in which nothing can move
//! is still found). The words for what is found are in `report`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use indexmap::IndexSet;

use super::bits::Bits;
use super::hash::Quick;
use super::net::{Net, Way};
use super::paths::Path;
use super::state::{COPIES_MAX, Token, small};
use crate::definition::FlowKind;
use crate::elements::Join;

/// States of one scope that are explored.
pub(crate) const STATES_MAX: usize = 20_000;
/// Tokens in all of them: what the states cost.
pub(crate) const TOKENS_MAX: usize = 1_000_000;

/// In a step, for "by no flow of its own".
pub(super) const NO_FLOW: u32 = u32::MAX;

/// How far to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Everything.
    Whole,
    /// Only what happens while nobody does anything and no time passes.
    WithoutWaiting,
}

/// A join that is never complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stuck {
    /// Flows on which nothing came.
    pub(super) missing: Vec<usize>,
    pub(super) path: Path,
}

/// What was found in a scope.
#[derive(Debug)]
pub(super) struct Explored {
    /// Whether the scope can be done.
    pub(super) completes: bool,
    /// By join.
    pub(super) stuck: BTreeMap<usize, Stuck>,
    /// Nodes that may be active twice at the same time, and joins where two tokens came by one flow.
    pub(super) twice: BTreeMap<usize, Path>,
    /// A node from which the scope can never be done.
    pub(super) endless: Option<(usize, Path)>,
    /// Nodes that were active in some state.
    pub(super) entered: Bits,
    /// How each sub-process is come to.
    pub(super) scopes: BTreeMap<usize, Path>,
    /// Whether all states were seen.
    pub(super) is_whole: bool,
    /// A gateway whose joining is decided by data, so that states were not looked at.
    pub(super) by_data: Option<usize>,
    /// How many were.
    pub(super) states: usize,
}

/// How a state came about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) from: u32,
    pub(super) left: u32,
    pub(super) jump: u32,
}

/// Explores a scope.
pub(super) fn explore(net: &Net<'_>, mode: Mode) -> Explored {
    let mut explorer = Explorer::new(net, mode);
    let by_data = net.nodes.iter().copied().find(|at| net.joins(*at) == Join::Counted);
    if by_data.is_some() {
        explorer.found.by_data = by_data;
        explorer.found.completes = true;
        return explorer.found;
    }
    explorer.run();
    explorer.found.states = explorer.states.len();
    explorer.found.is_whole = explorer.next == explorer.states.len();
    if explorer.found.is_whole && mode == Mode::Whole {
        explorer.found.endless = explorer.endless();
    }
    explorer.found
}

pub(super) struct Explorer<'n, 'd> {
    pub(super) net: &'n Net<'d>,
    mode: Mode,
    pub(super) states: IndexSet<Rc<[Token]>, Quick>,
    pub(super) steps: Vec<Step>,
    pub(super) edges: Vec<(u32, u32)>,
    /// States in which nothing is left to do.
    pub(super) ends: Vec<u32>,
    next: usize,
    tokens: usize,
    /// Whether the state that is being made has more tokens at one place than are looked at.
    has_too_many: bool,
    found: Explored,
    pub(super) catching_up: HashMap<usize, Bits>,
    pub(super) apart: HashMap<usize, bool>,
    pub(super) coming: HashMap<(usize, usize, u64), BTreeSet<usize>>,
}

impl<'n, 'd> Explorer<'n, 'd> {
    fn new(net: &'n Net<'d>, mode: Mode) -> Self {
        let found = Explored {
            completes: false,
            stuck: BTreeMap::new(),
            twice: BTreeMap::new(),
            endless: None,
            entered: Bits::new(net.definition.nodes.len()),
            scopes: BTreeMap::new(),
            is_whole: false,
            by_data: None,
            states: 0,
        };
        Self {
            net,
            mode,
            states: IndexSet::default(),
            steps: Vec::new(),
            edges: Vec::new(),
            ends: Vec::new(),
            next: 0,
            tokens: 0,
            has_too_many: false,
            found,
            catching_up: HashMap::new(),
            apart: HashMap::new(),
            coming: HashMap::new(),
        }
    }

    fn run(&mut self) {
        let starts: Vec<usize> =
            std::iter::once(self.net.start).chain(self.net.other_starts.iter().copied()).collect();
        for start in &starts {
            let begin = Step { from: 0, left: small(*start), jump: NO_FLOW };
            self.found.entered.add(*start);
            if !self.net.is_chosen {
                self.keep(begin, vec![Token::at_node(*start, 0, 0)]);
            } else if *start == self.net.start {
                let all = starts.iter().map(|start| Token::at_node(*start, 0, 0));
                self.keep(begin, all.collect());
            }
        }
        while self.next < self.states.len()
            && self.states.len() <= STATES_MAX
            && self.tokens <= TOKENS_MAX
        {
            let id = self.next;
            self.next += 1;
            let state = Rc::clone(&self.states[id]);
            self.expand(small(id), &state);
        }
    }

    /// Finds what a state leads to.
    fn expand(&mut self, id: u32, state: &[Token]) {
        if state.is_empty() {
            self.found.completes = true;
            self.ends.push(id);
            return;
        }
        if let Some(at) = state.iter().position(|token| self.goes_at_once(token)) {
            return self.leave(id, state, at);
        }
        let (ready, unclear) = self.inclusive(state);
        if let Some((join, flows)) = ready {
            return self.fire(id, state, join, &flows);
        }
        // What ends the scope may happen later as well as now, and everything else before it.
        let last = state.iter().position(|token| self.terminates(token));
        if last.is_some() {
            self.ends.push(id);
        }
        let moves = state.iter().any(|token| token.node().is_some() && !self.terminates(token));
        match last {
            Some(at) if !moves || self.mode == Mode::WithoutWaiting => {
                return self.leave(id, state, at);
            }
            None if !moves => return self.stuck(id, state),
            Some(_) | None => {}
        }
        if self.mode == Mode::WithoutWaiting {
            return;
        }
        for at in self.movers(state, unclear) {
            self.leave(id, state, at);
        }
    }

    fn goes_at_once(&self, token: &Token) -> bool {
        token.node().is_some_and(|node| {
            let shape = self.net.shape(node);
            let passes = !shape.pauses || (self.mode == Mode::WithoutWaiting && shape.passes);
            passes && !shape.terminates
        })
    }

    /// Whether a token is where everything in the scope ends.
    pub(super) fn terminates(&self, token: &Token) -> bool {
        token.node().is_some_and(|node| self.net.shape(node).terminates)
    }

    /// Every way in which one token may go on.
    fn leave(&mut self, id: u32, state: &[Token], at: usize) {
        let net = self.net;
        let token = state[at];
        let node = token.node().expect("what waits at a join does not leave it");
        let shape = net.shape(node);
        let is_done = token.back == 0 && net.definition.nodes[node].element.is_activity();
        let (marks, cut_off) = shape.marks_behind(token.marks, is_done);
        let rest = || -> Vec<Token> {
            let others = state.iter().enumerate().filter(|(other, _)| *other != at);
            others.map(|(_, token)| *token).collect()
        };
        let step = |jump: u32| Step { from: id, left: small(node), jump };
        for way in &shape.ways {
            let mut tokens = rest();
            let mut by = step(NO_FLOW);
            match way {
                Way::Terminate => tokens.clear(),
                Way::Throw | Way::Unknown => {
                    self.ends.push(id);
                    continue;
                }
                Way::Flows(_) if token.back().is_some() => {
                    let back = token.back().expect("it was asked just now");
                    self.activate(by, &mut tokens, Token::at_node(back, token.marks, token.thread));
                }
                Way::Flows(flows) => {
                    for flow in flows {
                        self.enter(
                            by,
                            &mut tokens,
                            *flow,
                            Token::at_node(node, marks, token.thread),
                        );
                    }
                }
                Way::Named { mark, .. } if token.marks & mark != 0 => continue,
                Way::Named { flow, comes_back: true, .. } => {
                    let back = small(node) + 1;
                    let sent = Token { back, ..Token::at_node(node, token.marks, token.thread) };
                    self.enter(by, &mut tokens, *flow, sent);
                }
                Way::Named { flow, leads_back, comes_back: false, .. } => {
                    if *leads_back {
                        by.jump = small(*flow);
                    }
                    let kind = &net.definition.flows[*flow].kind;
                    let is_late = matches!(kind, FlowKind::Overdue);
                    let marks = if is_late { cut_off } else { marks };
                    self.enter(by, &mut tokens, *flow, Token::at_node(node, marks, token.thread));
                }
            }
            self.keep(by, tokens);
        }
        if self.mode == Mode::WithoutWaiting {
            return;
        }
        self.happen(id, state, at, (marks, cut_off));
    }

    /// A token comes along a flow.
    fn enter(&mut self, by: Step, tokens: &mut Vec<Token>, flow: usize, token: Token) {
        let net = self.net;
        let to = net.definition.flows[flow].to;
        let join = net.joins(to);
        if join == Join::Each {
            let token = Token { back: token.back, ..Token::at_node(to, token.marks, token.thread) };
            return self.activate(by, tokens, token);
        }
        let waits = Token::on_flow(flow, token.marks & net.shape(to).alive, token.thread);
        self.put(by, tokens, waits, to);
        let incoming = &net.definition.nodes[to].incoming;
        let has = |flow: &usize| tokens.iter().any(|token| token.flow() == Some(*flow));
        if join == Join::All && incoming.iter().all(has) {
            self.join(by, tokens, to, incoming);
        }
    }

    /// A join uses up one token of each flow.
    fn join(&mut self, by: Step, tokens: &mut Vec<Token>, to: usize, flows: &[usize]) {
        let (mut marks, mut threads) = (0, Vec::new());
        for flow in flows {
            let at = tokens.iter().position(|token| token.flow() == Some(*flow));
            let used = tokens.swap_remove(at.expect("callers name flows with tokens"));
            marks |= used.marks;
            threads.push(used.thread);
        }
        threads.dedup();
        let thread = if let [one] = threads[..] { one } else { 0 };
        if flows.len() > 1 {
            marks |= self.net.shape(to).mark;
        }
        self.activate(by, tokens, Token::at_node(to, marks, thread));
    }

    /// A token comes to a node.
    pub(super) fn activate(&mut self, by: Step, tokens: &mut Vec<Token>, token: Token) {
        let node = token.node().expect("callers send it to a node");
        let marks = token.marks & self.net.shape(node).alive;
        self.put(by, tokens, Token { marks, ..token }, node);
        let is_new = self.found.entered.add(node);
        if is_new && self.net.definition.nodes[node].begins_inside().next().is_some() {
            let path = self.path(by, None);
            self.found.scopes.insert(node, path);
        }
    }

    /// One more token at a place.
    fn put(&mut self, by: Step, tokens: &mut Vec<Token>, token: Token, node: usize) {
        let same = || tokens.iter().filter(|other| other.at == token.at);
        let stays = token.flow().is_some() || self.net.shape(node).pauses;
        if stays && same().any(|other| !other.is_of_the_thread_of(&token)) {
            self.twice(by, node);
        }
        let count = same().count();
        if count > 0 && self.terminates(&token) {
            return;
        }
        self.has_too_many |= count >= COPIES_MAX;
        tokens.push(token);
    }

    fn twice(&mut self, by: Step, node: usize) {
        // People may begin the same again.
        if !self.net.is_chosen && !self.found.twice.contains_key(&node) {
            let path = self.path(by, Some(node));
            self.found.twice.insert(node, path);
        }
    }

    /// Nothing is active, and something waits.
    fn stuck(&mut self, id: u32, state: &[Token]) {
        self.ends.push(id);
        let definition = self.net.definition;
        let flows: Vec<usize> = state.iter().filter_map(Token::flow).collect();
        for flow in &flows {
            let join = definition.flows[*flow].to;
            if self.found.stuck.contains_key(&join) {
                continue;
            }
            let incoming = definition.nodes[join].incoming.iter();
            let missing = incoming.copied().filter(|flow| !flows.contains(flow)).collect();
            let path = self.path(self.steps[id as usize], Some(join));
            self.found.stuck.insert(join, Stuck { missing, path });
        }
    }

    fn fire(&mut self, id: u32, state: &[Token], join: usize, flows: &[usize]) {
        let mut tokens = state.to_vec();
        let by = Step { from: id, left: small(join), jump: NO_FLOW };
        self.join(by, &mut tokens, join, flows);
        self.keep(by, tokens);
    }

    pub(super) fn keep(&mut self, by: Step, mut tokens: Vec<Token>) {
        if std::mem::take(&mut self.has_too_many) {
            // It is not followed; what it comes from is not to blame.
            self.ends.push(by.from);
            return;
        }
        tokens.sort_unstable();
        let id = match self.states.get_index_of(tokens.as_slice()) {
            Some(id) => id,
            None => {
                self.tokens += tokens.len();
                self.steps.push(by);
                self.states.insert_full(tokens.into()).0
            }
        };
        self.edges.push((by.from, small(id)));
    }
}
