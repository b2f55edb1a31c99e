//! How an intake ends: what was handed in becomes a list, whatever ended it.

use super::{Window, receipt};
use crate::actor::Principal;
use crate::definition::FlowKind;
use crate::event::{Because, Event, Recipient};
use crate::ids::{Hash, Key};
use crate::instance::Waiting;
use crate::rejection::{Need, Rejection};
use crate::step::{Halt, Leave, Step};
use crate::time::Timestamp;

impl Window {
    /// Its time has come: what came becomes the list, and the case goes on.
    pub(super) fn close(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let Waiting::Submissions { submissions, .. } = &step.activation(key).waiting else {
            return Err(Rejection::NotOpen { key }.into());
        };
        let valid: Vec<_> =
            submissions.iter().filter(|one| !one.void).map(|one| one.hash.clone()).collect();
        let least = match &self.fewer {
            Some(fewer) => step.dynamic_count(fewer, key)?,
            None => 0,
        };
        let none = step.flow_where(key, |kind| matches!(kind, FlowKind::None));
        let fewer = step.flow_where(key, |kind| matches!(kind, FlowKind::Fewer));
        let flow = match (none, fewer) {
            (Some(flow), _) if valid.is_empty() => Some(flow),
            (_, Some(flow)) if valid.len() < least => Some(flow),
            _ => None,
        };
        let is_unread = self.unopened && flow.is_some() && !valid.is_empty();
        self.closed(step, key, &valid);
        if !is_unread {
            step.begin_list(key, &self.into);
            self.keep(step, key, valid);
        }
        match flow {
            Some(flow) => step.complete(key, Leave::Flows(vec![(flow, Because::TooFew)])),
            None => step.complete(key, Leave::Next),
        }
    }

    fn closed(&self, step: &mut Step<'_>, key: Key, valid: &[Hash]) {
        let count = u32::try_from(valid.len()).expect("there are few");
        let (document, kept) = (Some(self.into.clone()), step.may_be_corrected(key));
        step.emit(Event::IntakeClosed { key, count, document, kept });
    }

    /// What was handed in becomes the list.
    fn keep(&self, step: &mut Step<'_>, key: Key, valid: Vec<Hash>) {
        for hash in valid {
            step.list_entry(key, &self.into, hash);
        }
    }

    /// Everybody who handed something in that counts: where their receipt went, or their account.
    pub(super) fn submitters(&self, step: &Step<'_>, key: Key) -> Result<Vec<Recipient>, Halt> {
        let Waiting::Submissions { submissions, .. } = &step.activation(key).waiting else {
            return Ok(Vec::new());
        };
        let mut submitters = Vec::new();
        for one in submissions.iter().filter(|one| !one.void) {
            let account = one.person.clone().map(Principal::Person).map(Recipient::Principal);
            let address = match &self.receipt_to {
                Some(to) => match step.facts.documents.get(&one.hash) {
                    Some(content) => receipt::address(content, to).map(Recipient::Address),
                    None => {
                        step.need(Need::Document(one.hash.clone()));
                        None
                    }
                },
                None => None,
            };
            submitters.extend(address.or(account));
        }
        if step.has_needs() { Err(Halt::Needs) } else { Ok(submitters) }
    }

    /// What came is not lost where something else than its time ends it.
    pub(super) fn account_for(&self, step: &mut Step<'_>, key: Key) {
        let Waiting::Submissions { submissions, sealed, .. } = &step.activation(key).waiting else {
            return;
        };
        let valid = submissions.iter().filter(|one| !one.void);
        let (valid, is_unsealed): (Vec<Hash>, bool) =
            (valid.map(|one| one.hash.clone()).collect(), !sealed);
        if valid.is_empty() {
            return;
        }
        self.closed(step, key, &valid);
        if is_unsealed {
            // What is corrected stays until the correction is done, and goes with it if it goes on.
            if step.activation(key).corrects.is_none() {
                step.begin_list(key, &self.into);
            }
            self.keep(step, key, valid);
        }
    }
}

/// An intake that nobody could hand anything in to.
pub(super) fn closed_before(opens: Timestamp, closes: Timestamp) -> Halt {
    let message = format!("expected an intake to close after it opens, at {opens}, found {closes}");
    Halt::incident("BAD_TIME", message)
}
