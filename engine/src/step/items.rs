//! Runs of a multi-instance activity: begun at once or one after another, done, with what each gives.

use std::ops::ControlFlow;

use serde_json::{Value, json};

use super::{Halt, Step, Token};
use crate::definition::source::Mode;
use crate::definition::{Each, Listed};
use crate::event::{Cause, Event, Incident, Item};
use crate::ids::Key;
use crate::instance::{Added, Waiting, called};

impl Step<'_> {
    pub(super) fn begin_items(&mut self, body: Key) -> Result<(), Halt> {
        let node = self.node_of(body);
        let each = node.each.as_deref().expect("only such nodes begin items");
        let mut items = self.listed(body)?;
        if items.is_empty() && (each.sign.is_some() || each.score.is_some()) {
            if let Some(pass) = self.passed_by_nobody(body)? {
                return self.pass_round(body, pass);
            }
            items = self.nobody_signs(body)?;
        }
        if items.len() > super::ITEMS_MAX {
            let message =
                format!("expected at most {} items, found {}", super::ITEMS_MAX, items.len());
            return Err(Halt::incident("TOO_MANY_ITEMS", message));
        }
        let count = items.len();
        let mode = each.mode;
        let roster = self.instance.roster(body).filter(|_| self.activation(body).again).cloned();
        self.emit(Event::ItemsListed { key: body, items });
        if let Some(results) = &each.results {
            let value = Value::Array(vec![Value::Null; count]);
            self.set_own_variable(body, &results.into, value);
        }
        if count == 0 {
            return self.complete(body, super::Leave::Next);
        }
        let begin = if mode == Mode::Parallel { count } else { 1 };
        let mut is_missing = false;
        for _ in 0..begin {
            if self.instance.activation(body).is_none() {
                break;
            }
            match self.begin_item(body) {
                // Each run tells what it needs, so that all of it is fetched at once.
                Err(Halt::Needs) => is_missing = true,
                begun => begun?,
            }
        }
        if let Some(roster) = roster {
            self.add_again(body, roster)?;
        }
        if is_missing { Err(Halt::Needs) } else { Ok(()) }
    }

    pub(super) fn begin_item(&mut self, body: Key) -> Result<(), Halt> {
        let Waiting::Items { items, begun, gone, .. } = &self.activation(body).waiting else {
            return Ok(());
        };
        let mut places = *begun..;
        let index = places.find(|place| !gone.contains(place)).unwrap_or(*begun);
        let Some(value) = items.get(index as usize).cloned() else { return Ok(()) };
        let label = self.item_label(body, index, &value)?;
        self.begin_run(body, Item { index, value, added: false, label })
    }

    /// What people call an item of a list, where the definition says so. Like a title, one that cannot be
    /// worked out stops nothing.
    pub(super) fn item_label(
        &self,
        body: Key,
        index: u32,
        item: &Value,
    ) -> Result<Option<String>, Halt> {
        let each = self.node_of(body).each.as_deref();
        let Some((each, label)) = each.and_then(|each| Some((each, each.label.as_ref()?))) else {
            return Ok(None);
        };
        let place = json!({ "index": index });
        match self.evaluate_with(label, body, &[(&each.item, item), ("loop", &place)]) {
            Ok(label) => Ok(label.as_str().and_then(called)),
            Err(Halt::Incident { .. }) => Ok(None),
            Err(halt) => Err(halt),
        }
    }

    /// Begins the next run of one list whose turn it is; whether there was any.
    pub(super) fn next_item(&mut self) -> Result<bool, Halt> {
        let Some(body) = self.next_items.pop_front() else { return Ok(false) };
        if self.instance.activation(body).is_some() && self.live_runs(body).is_empty() {
            let begun = self.begin_item(body);
            self.settle(body, begun)?;
        }
        Ok(true)
    }

    /// Begins one run of a multi-instance activity.
    pub(super) fn begin_run(&mut self, body: Key, item: Item) -> Result<(), Halt> {
        let activation = self.activation(body);
        let round = activation.round;
        // One who decided for a whole list has only their own of it again.
        let each = self.node_of(body).each.as_deref();
        let is_one =
            each.is_some_and(|each| matches!(each.list, Listed::One | Listed::Again { .. }));
        let person = self.one_again(body).filter(|_| is_one && !item.added);
        let token = Token { person, ..Token::new(self.definition.index(&activation.node), body) };
        let key = self.activated(&token, round, Some(item), Vec::new());
        self.begin(key)
    }

    /// What a run of a multi-instance activity gives as it is done, if anything. Where that cannot be told
    /// (`Break`) it waits for that alone, and is not done again when it is retried.
    pub(super) fn item_result(&mut self, key: Key) -> Result<ControlFlow<(), Option<Event>>, Halt> {
        let activation = self.activation(key);
        let (Some(item), Some(Each { results: Some(results), .. })) =
            (&activation.item, self.node_of(key).each.as_deref())
        else {
            return Ok(ControlFlow::Continue(None));
        };
        let (body, index, into) = (activation.scope, item.index, results.into.clone());
        match self.evaluate(&results.value, key) {
            Ok(value) => {
                Ok(ControlFlow::Continue(Some(Event::ItemResult { key: body, into, index, value })))
            }
            Err(Halt::Incident { code, message }) => {
                let incident = Incident { is_done: true, ..Incident::new(code, message) };
                self.emit(Event::IncidentRaised { key, incident });
                Ok(ControlFlow::Break(()))
            }
            Err(halt) => Err(halt),
        }
    }

    /// One run of an item is done, and gave something.
    pub(super) fn run_done(&mut self, body: Key, gave: Option<Event>) -> Result<(), Halt> {
        if let Some(gave) = gave {
            self.emit(gave);
        }
        self.item_done(body)
    }

    /// One run of an item is done: the next begins, or the body is done. What fails is the body's
    /// incident.
    pub(super) fn item_done(&mut self, body: Key) -> Result<(), Halt> {
        let done = self.try_item_done(body);
        self.settle(body, done).map(|_| ())
    }

    /// A loop has run as often as it may, and its condition still holds: where the definition says how
    /// often, that is its end, and is told; else something is wrong with it.
    fn stop_loop(&mut self, body: Key, max: u32, is_said: bool) -> Result<(), Halt> {
        if is_said {
            self.emit(Event::LoopStopped { key: body, runs: max });
            return Ok(());
        }
        let message = format!(
            "expected the loop to be done within {max} runs, but its `while` still holds; a retry asks it again, and `max` lets a loop run longer"
        );
        Err(Halt::incident("LOOP_TOO_LONG", message))
    }

    fn try_item_done(&mut self, body: Key) -> Result<(), Halt> {
        let definition = self.definition;
        let Some(activation) = self.instance.activation(body) else { return Ok(()) };
        let Waiting::Items { items, done, added, gone, .. } = &activation.waiting else {
            return Ok(());
        };
        let complete =
            *done as usize + gone.len() == items.len() && !added.iter().any(Added::is_open);
        let node = definition.index(&activation.node);
        let each = definition.nodes[node].each.as_deref().expect("a body runs over a list");
        let enough = match &each.until {
            Some(until) => self.evaluate_bool(&until.condition, body)? == until.is,
            None => false,
        };
        if self.decide_round(body, complete)? || (complete && self.ask_for_sheets_anew(body)?) {
            return Ok(());
        }
        if let (Listed::Again { max, is_said, .. }, false, true) = (&each.list, enough, complete) {
            self.stop_loop(body, *max, *is_said)?;
        }
        if enough || complete {
            self.terminate_inside(body, &Cause::SiblingsDone);
            self.count_scores(body)?;
            return self.complete(body, super::Leave::Next);
        }
        self.next_runs(body, each.mode)
    }
}
