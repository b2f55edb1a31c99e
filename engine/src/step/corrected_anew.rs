//! A correction comes straight back to all who asked for it. Whoever made it takes it back (拿回) while nobody
//! to whom it came back has gone on: it is open again, for the same who asked for it.

use std::collections::BTreeSet;

use super::{Halt, Step, Token};
use crate::definition::source::Then;
use crate::event::{Because, Event};
use crate::ids::Key;
use crate::instance::{Activation, Asked, Correction, DueBefore, Trace, Waiting};
use crate::rejection::Rejection;

/// All who asked for a correction, each with the activation that it came back to.
pub(super) type Askers = Vec<(Key, Asked)>;

impl Step<'_> {
    /// To whom a correction came back, none of whom has gone on since.
    pub(super) fn waits_since(
        &self,
        corrected: Key,
        correction: &Correction,
    ) -> Result<Askers, Halt> {
        let active = || self.instance.activations().iter();
        let followed =
            |one: &Activation| Err(Rejection::SomethingFollowed { node: one.node.clone() }.into());
        if let Some((_, anew)) = active().find(|(_, one)| one.corrects == Some(corrected)) {
            return followed(anew);
        }
        let scope = self.instance.trail()[&corrected].scope;
        let (mut askers, mut known) = (Askers::new(), BTreeSet::new());
        for asked in &correction.asked {
            let came_back = |(key, one): &(&Key, &Activation)| {
                let is_it = one.node == asked.back && one.scope == scope;
                is_it && **key > correction.key && !known.contains(*key)
            };
            let Some((key, open)) = active().find(came_back) else {
                return Err(Rejection::SomethingFollowed { node: asked.back.clone() }.into());
            };
            if !self.is_untouched(*key) {
                return followed(open);
            }
            self.nothing_followed(&self.instance.cone(&[*key]), *key)?;
            known.insert(*key);
            askers.push((*key, Asked { from: open.from.clone(), ..asked.clone() }));
        }
        Ok(askers)
    }

    /// The correction is open again: to whom it came back it comes back anew.
    pub(super) fn correct_anew(
        &mut self,
        task: Key,
        (corrected, trace): (Key, Trace),
        correction: &Correction,
        reason: &str,
    ) -> Result<(), Halt> {
        let askers = self.waits_since(corrected, correction)?;
        let open: Vec<Key> = askers.iter().map(|(key, _)| *key).collect();
        for key in &open {
            self.stand_still_anew(*key, correction);
        }
        let (key, to, then) = (task, vec![trace.node.clone()], Then::ComeBack);
        let (person, reason) = (trace.by.clone(), Some(reason.to_owned()));
        self.undo_all(Event::Returned { key, again: open, to, then, person, reason }, false);
        let node = self.definition.index(&trace.node);
        for _ in &askers {
            self.sent_back(&trace.node, &trace);
        }
        let mut askers = askers.into_iter().map(|(_, asked)| asked);
        let Some(Asked { back, by, from, due, task }) = askers.next() else { return Ok(()) };
        let token = Token {
            come_back: Some(back),
            asked_by: by,
            asked_due: due,
            asked_as: task,
            from,
            again: true,
            person: trace.by,
            corrects: Some(corrected),
            due: trace.due_before,
            ..Token::new(node, trace.scope)
        };
        self.activate(&token, Vec::new())?;
        for asked in askers {
            if !self.join_correction((corrected, trace.scope), asked.clone()) {
                // It is done already.
                let Asked { back, by: person, from, .. } = asked;
                let node = self.definition.index(&back);
                let token = Token::new(node, trace.scope);
                self.send_token(Token { from, person, again: true, ..token });
            }
        }
        Ok(())
    }

    /// Sends a token along a flow to what is corrected, to come straight back from there to who asks; where that
    /// is being corrected already, they wait for it as well.
    pub(super) fn ask_for_correction(
        &mut self,
        flow: usize,
        scope: Key,
        corrects: Option<Key>,
        asked: Asked,
    ) {
        let node = self.flow_taken(flow, Because::Outcome);
        if corrects.is_some_and(|key| self.join_correction((key, scope), asked.clone())) {
            return;
        }
        let Asked { back, by, from, due, task } = asked;
        let corrected = corrects.and_then(|key| self.instance.trail().get(&key));
        self.send_token(Token {
            flow: Some(flow),
            come_back: Some(back),
            asked_by: by,
            asked_due: due,
            asked_as: task,
            from,
            again: true,
            person: corrected.and_then(|trace| trace.by.clone()),
            corrects: corrects.filter(|_| corrected.is_some()),
            ..Token::new(node, scope)
        });
    }

    /// Sends tokens from what was corrected straight back to all who asked for that; of several
    /// corrections that one asked for, the last comes back.
    pub(super) fn go_back(&mut self, node: usize, corrected: Activation, due: Option<&DueBefore>) {
        let Activation { come_back: Some(back), scope, from, asked_by: by, also, corrects, .. } =
            corrected
        else {
            return;
        };
        let first = Asked::plainly(back, by, from);
        for Asked { back, by: person, from, .. } in std::iter::once(first).chain(also) {
            if self.is_coming_back(scope, &back, &from) {
                continue;
            }
            self.emit(Event::FlowTaken {
                flow: None,
                from: self.definition.nodes[node].name.clone(),
                to: back.clone(),
                because: Because::ComesBack,
            });
            let node = self.definition.index(&back);
            let within = self.way_at(node, scope, &from).unwrap_or(scope);
            if let Some(corrected) = corrects {
                self.drop_asked((&back, within), corrected);
            }
            let person = self.had_it_alone(&back, within, person);
            let due = due.cloned();
            self.send_token(Token { from, person, due, again: true, ..Token::new(node, scope) });
        }
    }

    /// The clock of who waits for the correction again stands still again, with what it has left, where it stood
    /// still before; in a round those of all.
    fn stand_still_anew(&mut self, open: Key, correction: &Correction) {
        let node = self.activation(open).node.clone();
        let Some((_, ground)) = correction.paused.iter().find(|(one, _)| *one == node) else {
            return;
        };
        let at = self.now();
        let beside = self.beside(open).stopped(at);
        let is_its = |(key, one): &(&Key, &Activation)| {
            **key == open || one.scope == open && one.node == node
        };
        let clocks = self.instance.activations().iter().filter(is_its);
        let clocks = clocks.filter_map(|(key, one)| match &one.waiting {
            Waiting::Task { due: Some(due), .. } => Some((*key, due.clone())),
            _ => None,
        });
        for (key, working) in clocks.collect::<Vec<_>>() {
            let mut undone_with = self.asked_with(key);
            undone_with.retain(|one| *one != open);
            self.emit(Event::ClockPaused {
                node: node.clone(),
                working,
                at,
                ground: ground.clone(),
                key,
                undone_with,
                beside: beside.clone(),
            });
        }
    }
}
