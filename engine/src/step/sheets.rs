//! Score sheets of a round once all are in: those that leave a candidate out who is one by now are asked
//! for anew, and the others are counted. How is `elements/user_task/score`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::withdrawal::Given;
use super::{Halt, Step};
use crate::elements::user_task::score::{self, SHEET, Score};
use crate::event::Event;
use crate::ids::{Hash, Key};
use crate::instance::Waiting;
use crate::rejection::Need;

impl<'a> Step<'a> {
    /// Asks those anew whose sheets leave out who has become a candidate since they were given; whether
    /// there are any.
    pub(super) fn ask_for_sheets_anew(&mut self, body: Key) -> Result<bool, Halt> {
        let Some(score) = self.scoring(body) else { return Ok(false) };
        let Some(candidates) = self.scored(score, body)? else { return Ok(false) };
        let Waiting::Items { sheets, begun, .. } = &self.activation(body).waiting else {
            return Ok(false);
        };
        let (begun, mut stale) = (*begun, Vec::new());
        for sheet in sheets {
            let Some(hash) = sheet.entries.get(&score.of) else { continue };
            let is_there = |state: &crate::instance::DocumentState| state.current.contains(hash);
            // What an admin has corrected since is no longer what was given.
            if !self.instance.documents().get(&score.of).is_some_and(is_there) {
                continue;
            }
            let value = self.content_of(hash)?;
            let missing = score::missing(&score.rule, &candidates, &value);
            if !missing.is_empty() && !self.is_void(score, body, &value)? {
                stale.push((Given::of_sheet(body, sheet), missing));
            }
        }
        let any = !stale.is_empty();
        for (given, missing) in stale {
            let missing = missing.join("、");
            let reason = format!(
                "候选对象已变更，缺少{missing}，须重新评分 (the candidates have changed: {missing} is missing)"
            );
            self.ask_anew(given, begun, reason)?;
        }
        Ok(any)
    }

    /// Counts the score sheets of a round, where its node has such.
    pub(super) fn count_scores(&mut self, body: Key) -> Result<(), Halt> {
        let Some(score) = self.scoring(body) else { return Ok(()) };
        let own = self.own_entries(body)?;
        let own: Vec<(&str, &Value)> = own.iter().map(|(name, it)| (name.as_str(), it)).collect();
        let sheets = self.evaluate_with(&score.sheets, body, &own)?;
        let Value::Array(sheets) = sheets else { return Ok(()) };
        let candidates = self.scored(score, body)?;
        let mut void = Vec::with_capacity(sheets.len());
        for sheet in &sheets {
            void.push(self.is_void(score, body, sheet)?);
        }
        let counted = score::count(&score.rule, &sheets, &void, candidates.as_ref());
        let result = counted.map_err(|message| Halt::incident("BAD_SCORE", message))?;
        let (round, into) = (self.activation(body).round, score.into.clone());
        self.emit(Event::ScoresCounted { key: body, round, into, result, noted: true });
        Ok(())
    }

    fn scoring(&self, body: Key) -> Option<&'a Score> {
        self.node_of(body).each.as_deref()?.score.as_ref()
    }

    /// Whom sheets are about as it is now, by what names them; none where that is not said.
    fn scored(&self, score: &Score, body: Key) -> Result<Option<BTreeSet<String>>, Halt> {
        let Some(whom) = &score.candidates else { return Ok(None) };
        match self.evaluate(whom, body)? {
            Value::Array(candidates) => Ok(score::named(&score.rule, &candidates)),
            other => {
                let message = format!("expected a list of candidates, found {other}");
                Err(Halt::incident("NOT_A_LIST", message))
            }
        }
    }

    fn is_void(&self, score: &Score, body: Key, sheet: &Value) -> Result<bool, Halt> {
        match &score.void {
            Some(void) => Ok(self.evaluate_about(void, body, SHEET, sheet)? == Value::Bool(true)),
            None => Ok(false),
        }
    }

    fn content_of(&self, hash: &Hash) -> Result<Value, Halt> {
        match (self.own(hash), self.facts.documents.get(hash)) {
            (Some(value), _) => Ok(value.clone()),
            (None, Some(value)) => Ok((**value).clone()),
            (None, None) => Err(self.need(Need::Document(hash.clone()))),
        }
    }
}
