//! Who does the tasks of whom for a time (代理). Told by the directory as a whole: they are few. When a
//! task goes to a deputy is the user task's.

use serde::{Deserialize, Serialize};

use crate::actor::{Grant, Principal};
use crate::ids::{PersonId, ProcessName};
use crate::text::{Language, Text};
use crate::time::Timestamp;

/// One who does the tasks of another for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Deputy {
    /// Who is away.
    pub person: PersonId,
    /// Who does their tasks.
    pub to: PersonId,
    /// From when.
    pub from: Timestamp,
    /// Until when; not at that moment any more.
    pub until: Timestamp,
    /// Of which processes; of all where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub processes: Vec<ProcessName>,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// What whoever is away holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
}

impl Deputy {
    /// Whether they stand in for tasks of a process at a moment.
    pub fn is_for(&self, process: &ProcessName, now: Timestamp) -> bool {
        let is_named = self.processes.is_empty() || self.processes.contains(process);
        is_named && self.from <= now && now < self.until
    }

    /// Whether what is offered to a principal is offered to who is away.
    pub fn is_offered(&self, principal: &Principal) -> bool {
        match principal {
            Principal::Person(person) => *person == self.person,
            Principal::Role(_) | Principal::RoleIn(..) => {
                self.grants.iter().any(|grant| grant.is(principal))
            }
        }
    }
}

/// All deputies that were set, those to come among them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deputies(Vec<Deputy>);

impl Deputies {
    /// These, in the order in which they were set.
    pub const fn new(all: Vec<Deputy>) -> Self {
        Self(all)
    }

    /// Adds one.
    pub fn add(&mut self, one: Deputy) {
        self.0.push(one);
    }

    /// Ends what a person set: whether they had set anything that was not over.
    pub fn end(&mut self, person: &PersonId, now: Timestamp) -> bool {
        let before = self.0.len();
        self.0.retain(|one| one.person != *person || one.until <= now);
        self.0.len() < before
    }

    /// Refuses one that nobody could set.
    ///
    /// # Errors
    /// What is wrong, in words: one's own deputy, a time that is over or turned round, and a second one in
    /// the same time.
    pub fn check(&self, new: &Deputy, now: Timestamp) -> Result<(), Text> {
        if new.person == new.to {
            return Err(said(
                "代理人应为他人，不能是本人",
                "expected another person as the deputy, found whoever is away",
            ));
        }
        if new.until <= new.from || new.until <= now {
            let zh = "结束时间应晚于开始时间和现在";
            return Err(said(zh, "expected an end after the beginning and after now"));
        }
        let is_same = |one: &&Deputy| {
            let shares = |name| one.processes.contains(name);
            let is_named = one.processes.is_empty()
                || new.processes.is_empty()
                || new.processes.iter().any(shares);
            is_named && one.person == new.person && one.from < new.until && new.from < one.until
        };
        match self.0.iter().find(is_same) {
            None => Ok(()),
            Some(Deputy { to, from, until, .. }) => Err(said(
                &format!("这段时间已委托给 {to}（{from} 至 {until}），请先结束该代理"),
                &format!(
                    "expected no other deputy in that time, found {to} ({from} to {until}): end that first"
                ),
            )),
        }
    }

    /// Who does the tasks of a person now.
    pub fn of(&self, person: &PersonId, process: &ProcessName, now: Timestamp) -> Option<&Deputy> {
        self.0.iter().find(|one| one.person == *person && one.is_for(process, now))
    }

    /// For whom a person stands in now.
    pub fn standing<'a>(
        &'a self,
        to: &'a PersonId,
        process: &'a ProcessName,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a Deputy> {
        self.0.iter().filter(move |one| one.to == *to && one.is_for(process, now))
    }

    /// For whom a person stands in now, in whichever process.
    pub fn for_whom<'a>(
        &'a self,
        to: &'a PersonId,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a Deputy> {
        self.0.iter().filter(move |one| one.to == *to && one.from <= now && now < one.until)
    }
}

fn said(zh: &str, en: &str) -> Text {
    Text::Many([(Language::Zh, zh.to_owned()), (Language::En, en.to_owned())].into())
}

#[cfg(test)]
mod tests {
    use super::{Deputies, Deputy};
    use crate::actor::Grant;
    use crate::time::Timestamp;

    #[test]
    fn one_stands_in_for_a_time_and_for_what_is_named() {
        let all = Deputies::new(vec![Deputy {
            person: "li".into(),
            to: "wu".into(),
            from: Timestamp(10),
            until: Timestamp(20),
            processes: vec!["p".into()],
            reason: String::new(),
            grants: vec![Grant { role: "clerk".into(), unit: None }],
        }]);
        for (process, at, is) in
            [("p", 9, false), ("p", 10, true), ("p", 19, true), ("p", 20, false), ("q", 15, false)]
        {
            let found = all.of(&"li".into(), &process.into(), Timestamp(at));
            assert_eq!(found.is_some(), is, "{process} at {at}");
            let standing = all.standing(&"wu".into(), &process.into(), Timestamp(at)).count();
            assert_eq!(standing == 1, is, "{process} at {at}");
        }
        let li = all.of(&"li".into(), &"p".into(), Timestamp(10)).expect("there is one");
        let is_offered = |to: &str| li.is_offered(&to.parse().expect("it is well formed"));
        assert!(is_offered("role:clerk") && is_offered("person:li"));
        assert!(!is_offered("role:head") && !is_offered("person:wu"));
    }
}
