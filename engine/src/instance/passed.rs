//! What is remembered of a node, by the case and by each run that goes on. Plain data; `run` says who
//! writes it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Roster;
use crate::ids::{Key, OutcomeName, PersonId};
use crate::time::Timestamp;

/// What is remembered of a node that was passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Passed {
    /// How often it was begun.
    pub round: u32,
    /// The last outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<OutcomeName>,
    /// Who decided last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Outcomes of the last round, counted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tally: BTreeMap<OutcomeName, u32>,
    /// The activation that left it so; 0 where nothing did, or that was not noted yet.
    #[serde(default, skip_serializing_if = "Key::is_zero")]
    pub key: Key,
    /// The last activation there was when it was left so.
    #[serde(default, skip_serializing_if = "Key::is_zero")]
    pub last: Key,
    /// The outcome and who decided last before that activation, while not all of several have decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<(Option<OutcomeName>, Option<PersonId>)>>,
    /// Everybody who ever decided it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub people: BTreeSet<PersonId>,
    /// Everybody who returned it, or ended the case from it: they did something there, and decided
    /// nothing.
    #[serde(rename = "gaveUp", default, skip_serializing_if = "BTreeSet::is_empty")]
    pub gave_up: BTreeSet<PersonId>,
    /// Those of `people` whose own decision was to pass it, and who did not take that back; nobody of
    /// before a return that undid it. Votes from before this was noted are none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub agreed: BTreeSet<PersonId>,
    /// Those of `people` who had it by name, such as by 转办: they hold no role for it. Nobody from before
    /// this was noted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub named: BTreeSet<PersonId>,
    /// For whom those of `people` did it last who did it as deputies: it comes back to whose it is. Nobody from
    /// before this was noted.
    #[serde(rename = "stoodFor", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stood_for: BTreeMap<PersonId, PersonId>,
    /// Everybody who was ever let know of it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub copied: BTreeSet<PersonId>,
    /// Whom its last rounds of signers asked, by the (sub-)process they are in, where that is not whom
    /// the definition names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rosters: BTreeMap<Key, Roster>,
}

impl Passed {
    /// Whether it was left by somebody or something that counts.
    pub(crate) fn is_left(&self) -> bool {
        self.outcome.is_some() || self.by.is_some() || !self.tally.is_empty()
    }

    /// Whether somebody ever did something there: decided it, prepared it, or gave it up.
    pub fn is_done_by(&self, person: &PersonId) -> bool {
        self.people.contains(person) || self.gave_up.contains(person)
    }

    /// It is as before the first time; how often it was begun, and by whom it was done, stays.
    pub(super) fn is_as_before(&mut self) {
        (self.outcome, self.by, self.key, self.last) = (None, None, Key(0), Key(0));
        self.before = None;
        self.tally.clear();
    }
}
