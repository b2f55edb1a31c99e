//! Runs a checked tree. Total: it gives a value or a sentence, never a panic, and stops after
//! `STEPS_MAX` steps. What the named functions do is `library.rs`.
//!
//! What is not filled in is `null`. It equals only `null`; an order, a sum or a call with it is
//! `null` again (as in SQL), `false && null` is false, and a condition that is `null` does not
//! hold. So a forgotten field never stops a case.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use chrono_tz::Tz;

use super::Scope;
use super::arithmetic::too_large;
use super::library;
use super::node::{Each, Literal, Node};
use super::value::{ANY, Val, equal};
use crate::calendar::Calendar;

/// Most steps of one evaluation: nodes visited, elements walked, and blocks of text copied.
///
/// Enough to compare each of 500 rows with each other; about 0.4 s where nothing is optimised.
pub const STEPS_MAX: u64 = 2_500_000;

/// Characters that count as one step when text is built.
const TEXT_BYTES_PER_STEP: usize = 16;

/// Milliseconds of a day.
pub(super) const DAY_MS: i64 = 86_400_000;

type Result<T> = std::result::Result<T, String>;

/// One evaluation under way.
pub(super) struct Machine<'a> {
    roots: &'a [Val<'a>],
    pub(super) scope: &'a dyn Scope,
    locals: Vec<Val<'a>>,
    zone: Tz,
    calendar: Option<&'a Calendar>,
    steps: u64,
}

impl<'a> Machine<'a> {
    pub(super) fn new(
        roots: &'a [Val<'a>],
        scope: &'a dyn Scope,
        zone: Tz,
        calendar: Option<&'a Calendar>,
    ) -> Self {
        Self { roots, scope, locals: Vec::new(), zone, calendar, steps: 0 }
    }

    /// The calendar by which working days are counted.
    pub(super) fn calendar(&self) -> Result<&'a Calendar> {
        self.calendar.ok_or_else(|| "there is no calendar to count working days by".to_owned())
    }

    /// The zone in which an instant has a date.
    pub(super) fn zone(&self) -> Tz {
        self.zone
    }

    /// Counts work, and stops what is too much.
    pub(super) fn charge(&mut self, steps: usize) -> Result<()> {
        self.steps = self.steps.saturating_add(steps as u64);
        if self.steps > STEPS_MAX {
            return Err(format!("it took more than {STEPS_MAX} steps; walk fewer elements"));
        }
        Ok(())
    }

    /// Counts text that is built.
    pub(super) fn charge_text(&mut self, bytes: usize) -> Result<()> {
        self.charge(1 + bytes / TEXT_BYTES_PER_STEP)
    }

    /// The value of a node.
    pub(super) fn run(&mut self, node: &'a Node) -> Result<Val<'a>> {
        self.charge(1)?;
        match node {
            Node::Literal(literal) => Ok(literal_value(literal)),
            Node::Root(slot) => Ok(self.roots.get(*slot).cloned().unwrap_or(Val::Null)),
            Node::Local(slot) => Ok(self.locals.get(*slot).cloned().unwrap_or(Val::Null)),
            Node::Field { of, name, ty } => self.run(of)?.entry(name, Some(ty)),
            Node::Index { of, index } => self.index(of, index),
            Node::Has(of) => Ok(Val::Bool(!matches!(self.run(of)?, Val::Null))),
            Node::Not(of) => Ok(match self.truth(of)? {
                Some(value) => Val::Bool(!value),
                None => Val::Null,
            }),
            Node::Negate(of) => self.negate(of),
            Node::And(left, right) => self.connect(left, right, false),
            Node::Or(left, right) => self.connect(left, right, true),
            Node::Condition(condition, then, otherwise) => {
                if self.truth(condition)? == Some(true) {
                    self.run(then)
                } else {
                    self.run(otherwise)
                }
            }
            Node::Binary(operator, left, right) => {
                let (left, right) = (self.run(left)?, self.run(right)?);
                self.binary(*operator, &left, &right)
            }
            Node::In(item, row) => self.contains(item, row),
            Node::List(items) => {
                let items = items.iter().map(|item| self.run(item)).collect::<Result<_>>()?;
                Ok(Val::List(Rc::new(items)))
            }
            Node::Map(entries) => self.map(entries),
            Node::Loop { each, over, slot, filter, body } => {
                let over = self.run(over)?;
                self.each(*each, &over, *slot, filter.as_deref(), body)
            }
            Node::Call(function, arguments) => {
                let arguments = arguments
                    .iter()
                    .map(|argument| self.run(argument))
                    .collect::<Result<Vec<_>>>()?;
                library::call(self, *function, &arguments)
            }
            Node::Entry { register, number, ty } => self.entry(register, number, ty),
            Node::Entries { register, column, value, ty } => {
                self.entries(register, column, value, ty)
            }
            Node::Superiors { of, levels, asked } => {
                let of = self.run(of)?;
                let levels = levels.as_ref().map(|levels| self.run(levels)).transpose()?;
                self.superiors(&of, levels.as_ref(), *asked)
            }
            Node::Unit(of) => self.unit(of),
            Node::Words { of, words, language } => {
                let of = self.run(of)?;
                self.words(&of, words, *language)
            }
            Node::Matches(of, pattern) => match self.run(of)? {
                Val::Null => Ok(Val::Null),
                Val::Text(text) => {
                    self.charge_text(text.len())?;
                    Ok(Val::Bool(pattern.is_match(&text)))
                }
                other => Err(format!("`matches` expected text, found {}", other.kind())),
            },
        }
    }

    /// A node that must be true, false or null.
    fn truth(&mut self, node: &'a Node) -> Result<Option<bool>> {
        match self.run(node)? {
            Val::Bool(value) => Ok(Some(value)),
            Val::Null => Ok(None),
            other => Err(format!("expected true/false, found {}", other.kind())),
        }
    }

    /// `&&` (decided by false) or `||` (decided by true). As in CEL, the side that decides does so
    /// even where the other fails.
    fn connect(&mut self, left: &'a Node, right: &'a Node, decisive: bool) -> Result<Val<'a>> {
        let left = self.truth(left);
        if left == Ok(Some(decisive)) {
            return Ok(Val::Bool(decisive));
        }
        let right = self.truth(right);
        if right == Ok(Some(decisive)) {
            return Ok(Val::Bool(decisive));
        }
        Ok(match (left?, right?) {
            (Some(_), Some(_)) => Val::Bool(!decisive),
            _ => Val::Null,
        })
    }

    fn index(&mut self, of: &'a Node, index: &'a Node) -> Result<Val<'a>> {
        let (of, index) = (self.run(of)?, self.run(index)?);
        match (&of, &index) {
            (Val::Null, _) | (_, Val::Null) => Ok(Val::Null),
            (Val::Map(_) | Val::JsonMap(..), Val::Text(key)) => of.entry(key, Some(&ANY)),
            (Val::List(_) | Val::JsonList(..), Val::Int(position)) => {
                let length = of.len().unwrap_or(0);
                usize::try_from(*position)
                    .ok()
                    .and_then(|position| of.nth(position))
                    .unwrap_or_else(|| {
                        Err(format!("element {position} was asked of a list of {length}"))
                    })
            }
            _ => Err(format!("{} has no element by {}", of.kind(), index.kind())),
        }
    }

    fn negate(&mut self, of: &'a Node) -> Result<Val<'a>> {
        match self.run(of)? {
            Val::Null => Ok(Val::Null),
            Val::Int(value) => value.checked_neg().map(Val::Int).ok_or_else(too_large),
            Val::Double(value) => Ok(Val::Double(-value)),
            Val::Duration(value) => Ok(Val::Duration(-value)),
            other => Err(format!("expected a number after `-`, found {}", other.kind())),
        }
    }

    fn contains(&mut self, item: &'a Node, row: &'a Node) -> Result<Val<'a>> {
        let (item, row) = (self.run(item)?, self.run(row)?);
        if matches!(row, Val::Text(_)) {
            return Err("`in` looks into a list or a map; for text use contains(text, part)".into());
        }
        self.includes(&row, &item).map(Val::Bool)
    }

    /// Whether a list has an element, or a map a key.
    pub(super) fn includes(&mut self, row: &Val<'a>, item: &Val<'a>) -> Result<bool> {
        let elements = row
            .elements()
            .ok_or_else(|| format!("expected a list or a map, found {}", row.kind()))??;
        self.charge(elements.len())?;
        for element in &elements {
            if equal(element, item)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn map(&mut self, entries: &'a [(Node, Node)]) -> Result<Val<'a>> {
        let mut map = BTreeMap::new();
        for (key, value) in entries {
            let key = match self.run(key)? {
                Val::Text(key) => key.into_owned(),
                other => return Err(format!("expected text as a key, found {}", other.kind())),
            };
            let value = self.run(value)?;
            if map.insert(key.clone(), value).is_some() {
                return Err(format!("the key `{key}` stands twice in one map"));
            }
        }
        Ok(Val::Map(Rc::new(map)))
    }

    fn each(
        &mut self,
        each: Each,
        over: &Val<'a>,
        slot: usize,
        filter: Option<&'a Node>,
        body: &'a Node,
    ) -> Result<Val<'a>> {
        let elements = over
            .elements()
            .ok_or_else(|| format!("expected a list to walk, found {}", over.kind()))??;
        self.charge(elements.len())?;
        self.locals.truncate(slot);
        self.locals.push(Val::Null);
        let result = self.walk(each, elements, slot, filter, body);
        self.locals.truncate(slot);
        result
    }

    fn walk(
        &mut self,
        each: Each,
        elements: Vec<Val<'a>>,
        slot: usize,
        filter: Option<&'a Node>,
        body: &'a Node,
    ) -> Result<Val<'a>> {
        let mut kept = Vec::new();
        let mut holds = 0_usize;
        let mut failed = None;
        let mut unknown = false;
        for element in elements {
            self.locals[slot] = element.clone();
            if let Some(filter) = filter
                && self.truth(filter)? != Some(true)
            {
                continue;
            }
            match each {
                Each::Map => kept.push(self.run(body)?),
                Each::Filter if self.truth(body)? == Some(true) => kept.push(element),
                Each::Filter => {}
                Each::ExistsOne => holds += usize::from(self.truth(body)? == Some(true)),
                Each::All | Each::Exists => match self.truth(body) {
                    Ok(Some(value)) if value == (each == Each::Exists) => {
                        return Ok(Val::Bool(value));
                    }
                    Ok(Some(_)) => {}
                    Ok(None) => unknown = true,
                    Err(error) => failed = Some(error),
                },
            }
        }
        match each {
            Each::Map | Each::Filter => Ok(Val::List(Rc::new(kept))),
            Each::ExistsOne => Ok(Val::Bool(holds == 1)),
            Each::All | Each::Exists => match failed {
                Some(error) => Err(error),
                None if unknown => Ok(Val::Null),
                None => Ok(Val::Bool(each == Each::All)),
            },
        }
    }
}

fn literal_value(literal: &Literal) -> Val<'_> {
    match literal {
        Literal::Null => Val::Null,
        Literal::Bool(value) => Val::Bool(*value),
        Literal::Int(value) => Val::Int(*value),
        Literal::Double(value) => Val::Double(*value),
        Literal::Text(text) => Val::Text(Cow::Borrowed(text)),
    }
}
