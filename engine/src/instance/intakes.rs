//! Intakes that have closed: what a late submission is told, whether what they received still counts, and
//! what a correction of one goes on with. `apply` alone writes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Activation, Instance, Submission, Waiting, Writer};
use crate::ids::{DocumentName, Key, NodeName};
use crate::time::Timestamp;

/// An intake that has closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedIntake {
    /// The node.
    pub node: NodeName,
    /// From when it was open.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The list that what it received became entries of, and where they were written. None where what it
    /// received counts no more, and of an intake that closed before this was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<(DocumentName, Writer)>,
    /// What it received and what became of that, where a correction may go on with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub received: Vec<Submission>,
    /// The intake that it corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<Key>,
    /// Whether what it received counts no more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undone: bool,
}

impl Instance {
    /// Intakes that have closed.
    pub const fn closed_intakes(&self) -> &BTreeMap<Key, ClosedIntake> {
        &self.closed_intakes
    }

    /// Intakes that have closed and whose entries are some: what they received counts no more with these,
    /// unless a correction that stays goes on with it.
    pub(crate) fn undone_with_entries(
        &self,
        is_dropped: impl Fn(&DocumentName, &Writer) -> bool,
    ) -> Vec<Key> {
        let lists = self.closed_intakes.iter().filter_map(|(key, closed)| {
            let (list, writer) = closed.list.as_ref()?;
            Some((*key, closed.corrects, is_dropped(list, writer)))
        });
        let lists: Vec<(Key, Option<Key>, bool)> = lists.collect();
        let stays: BTreeMap<Key, Key> = lists
            .iter()
            .filter(|(_, _, is_dropped)| !is_dropped)
            .filter_map(|(key, corrects, _)| Some(((*corrects)?, *key)))
            .collect();
        let gone = lists.iter().filter(|(key, corrects, is_dropped)| {
            let later = stays.get(&corrects.unwrap_or(*key));
            *is_dropped && later.is_none_or(|later| later < key)
        });
        gone.map(|(key, ..)| *key).collect()
    }

    /// What an intake received that is corrected now.
    pub(super) fn received_before(&self, key: Key) -> Vec<Submission> {
        let corrected = self.activations.get(&key).and_then(|one| one.corrects);
        let Some(earlier) = corrected.and_then(|key| self.closed_intakes.get(&key)) else {
            return Vec::new();
        };
        let mut received = earlier.received.clone();
        for one in &mut received {
            one.of = one.of.or(corrected);
        }
        received
    }

    pub(super) fn intake_closed(&mut self, key: Key, list: Option<&DocumentName>, kept: bool) {
        let Some(Activation {
            node,
            waiting: Waiting::Submissions { from, until, submissions, .. },
            corrects,
            ..
        }) = self.activations.get(&key)
        else {
            return;
        };
        let closed = ClosedIntake {
            node: node.clone(),
            from: *from,
            until: *until,
            list: list.map(|list| (list.clone(), self.writes_at(key))),
            received: if kept { submissions.clone() } else { Vec::new() },
            corrects: corrects.filter(|_| list.is_some()),
            undone: false,
        };
        self.closed_intakes.insert(key, closed);
    }

    /// What an intake received is as its correction left it.
    pub(super) fn intake_corrected(&mut self, corrected: Key, key: Key) {
        let Some(by) = self.closed_intakes.get_mut(&key) else { return };
        let mut received = std::mem::take(&mut by.received);
        let Some(closed) = self.closed_intakes.get_mut(&corrected) else { return };
        for one in &mut received {
            one.of = Some(one.of.unwrap_or(key)).filter(|of| *of != corrected);
        }
        closed.received = received;
    }
}
