//! Who stepped aside (回避) of those who were drawn into a variable, and from what: from the case, or from
//! one lot of several. `apply` alone writes it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Instance, OwnVariable};
use crate::ids::{Key, NodeName, PersonId};

/// A run of a list as what it is about: the node, and the item.
pub type Lot = (NodeName, Value);

/// Who stepped aside from a lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aside {
    /// The variable that they were drawn into.
    pub drawn: String,
    /// Who.
    pub person: PersonId,
    /// The lot, and those that it is in, from the innermost: whichever run it has.
    pub lots: Vec<Lot>,
}

impl Instance {
    /// Whether somebody who was drawn into a variable stepped aside, from the case or in some lots.
    pub(crate) fn stepped_aside(&self, drawn: &str, person: &PersonId, lots: &[Lot]) -> bool {
        let from_lots = || {
            let of = |one: &&Aside| one.drawn == drawn && one.person == *person;
            self.aside_of_lots.iter().filter(of).any(|one| one.lots.ends_with(lots))
        };
        self.aside.get(drawn).is_some_and(|all| all.contains(person)) || from_lots()
    }

    pub(super) fn steps_aside(&mut self, (drawn, person): &(String, PersonId), lots: &[Lot]) {
        if lots.is_empty() {
            self.aside.entry(drawn.clone()).or_default().insert(person.clone());
            return;
        }
        let (drawn, person, lots) = (drawn.clone(), person.clone(), lots.to_vec());
        self.aside_of_lots.push(Aside { drawn, person, lots });
    }

    /// What another wrote to a variable is changed, for a run of a list alone where that is named.
    pub(super) fn amended(&mut self, name: &str, value: &Value, (key, run): (Key, Key)) {
        let has_own = self
            .runs_around(key)
            .any(|run| self.own.iter().any(|one| one.run == run && one.name == name));
        if run.is_zero() || has_own {
            self.variables.insert(name.to_owned(), value.clone());
            return;
        }
        self.own.push(OwnVariable { name: name.to_owned(), run, value: Some(value.clone()) });
    }
}
