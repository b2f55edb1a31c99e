//! What a scenario expects, compared with what is.

use std::collections::BTreeSet;

use serde_json::Value;

use super::source::{EntrySource, ExpectSource};
use super::world::World;
use crate::event::Event;
use crate::ids::InstanceId;
use crate::instance::{Instance, Status, Waiting};

impl World<'_> {
    /// Every expectation that does not hold, as a sentence.
    pub(super) fn unmet(&self, id: InstanceId, expect: &ExpectSource) -> Vec<String> {
        let case = &self.cases[&id];
        let mut unmet = Vec::new();
        Self::place(case, expect, &mut unmet);
        self.data(case, expect, &mut unmet);
        self.outside(expect, &mut unmet);
        unmet
    }

    fn place(case: &Instance, expect: &ExpectSource, unmet: &mut Vec<String>) {
        let at: BTreeSet<&str> = case
            .activations()
            .values()
            .filter(|it| !it.is_listener() || it.incident.is_some())
            .map(|it| it.node.as_str())
            .collect();
        let found = || at.iter().copied().collect::<Vec<_>>().join(", ");
        for node in expect.at.iter().filter(|node| !at.contains(node.as_str())) {
            unmet.push(format!("expected the case at `{node}`, found it at {}", found()));
        }
        for node in expect.not_at.iter().filter(|node| at.contains(node.as_str())) {
            unmet.push(format!("expected the case not at `{node}`, found it at {}", found()));
        }
        if let Some(outcome) = &expect.outcome
            && case.outcome() != Some(outcome)
        {
            let found = case.outcome().map_or("none", crate::ids::OutcomeName::as_str);
            unmet.push(format!("expected the outcome `{outcome}`, found {found}"));
        }
        let status = match case.suspended() {
            Some(_) if case.status() == Status::Active => "suspended".into(),
            Some(_) | None => serde_json::to_value(case.status()).unwrap_or_default(),
        };
        if let Some(expected) = &expect.status
            && status != expected.as_str()
        {
            unmet.push(format!("expected the case {expected}, found it {status}"));
        }
        let incidents: Vec<&str> = case
            .activations()
            .values()
            .filter_map(|it| it.incident.as_ref())
            .map(|incident| incident.code.as_str())
            .collect();
        if expect.incidents.as_ref().is_some_and(Vec::is_empty) && !incidents.is_empty() {
            unmet.push(format!("expected no incident, found {incidents:?}"));
        }
        for code in expect.incidents.iter().flatten() {
            if !incidents.contains(&code.as_str()) {
                unmet.push(format!("expected the incident {code}, found {incidents:?}"));
            }
        }
        for (node, day) in &expect.due {
            let due = case.activations().values().find_map(|it| match &it.waiting {
                Waiting::Task { due: Some(due), .. } if it.node == *node => Some(due.last),
                _ => None,
            });
            let found = due.map_or("none".to_owned(), |due| due.to_string());
            if found != *day {
                unmet.push(format!("expected `{node}` due on {day}, found {found}"));
            }
        }
    }

    fn data(&self, case: &Instance, expect: &ExpectSource, unmet: &mut Vec<String>) {
        for (name, expected) in &expect.variables {
            let found = case.variables().get(name).unwrap_or(&Value::Null);
            if !contains(found, expected) {
                unmet.push(format!("expected `{name}` to be {expected}, found {found}"));
            }
        }
        for (name, expected) in &expect.documents {
            let hashes = case.documents().get(name).map_or(&[][..], |it| &it.current);
            let values: Vec<Value> = hashes
                .iter()
                .filter_map(|hash| self.contents.get(hash))
                .map(|value| (**value).clone())
                .collect();
            let found = match expected {
                Value::Array(_) => Value::Array(values),
                _ => values.into_iter().next_back().unwrap_or_default(),
            };
            if !contains(&found, expected) {
                unmet.push(format!("expected `{name}` to have {expected}, found {found}"));
            }
        }
    }

    fn outside(&self, expect: &ExpectSource, unmet: &mut Vec<String>) {
        for entry in &expect.registers {
            let EntrySource { register, number, columns } = entry;
            let Some(found) = self.registers.entry(register, number) else {
                let numbers = self.registers.numbers(register);
                unmet.push(format!("expected {number} in `{register}`, found {numbers:?}"));
                continue;
            };
            for (name, expected) in columns {
                let found = found.columns.get(name).unwrap_or(&Value::Null);
                if !contains(found, expected) {
                    unmet.push(format!(
                        "expected `{name}` of {number} in `{register}` to be {expected}, found {found}"
                    ));
                }
            }
        }
        let up = self.pages_up();
        if expect.pages.as_ref().is_some_and(Vec::is_empty) && !up.is_empty() {
            let titles: Vec<&str> = up.iter().map(|(title, _)| *title).collect();
            unmet.push(format!("expected no page to be up, found {titles:?}"));
        }
        for (title, expected) in &expect.published {
            let found = up.iter().rev().find(|(one, _)| one == title).map(|(_, shown)| *shown);
            if found != Some(expected) {
                let found = found.unwrap_or(&Value::Null);
                unmet
                    .push(format!("expected the page `{title}` to show {expected}, found {found}"));
            }
        }
        for expected in expect.pages.iter().flatten() {
            let published = self.events().any(
                |event| matches!(event, Event::PagePublished { title, .. } if title == expected),
            );
            if !published {
                unmet.push(format!("expected the page `{expected}` to be published"));
            }
        }
        let sent = self.notices();
        for expected in &expect.notices {
            let went: Vec<&str> = sent
                .iter()
                .filter(|(notice, _)| *notice == expected.notice.as_str())
                .map(|(_, to)| to.as_str())
                .collect();
            if !went.contains(&expected.to.as_str()) {
                unmet.push(format!(
                    "expected the notice `{}` to {}, it went to {went:?}",
                    expected.notice, expected.to
                ));
            }
        }
    }
}

/// Whether a value has everything that another one has.
fn contains(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => expected
            .iter()
            // `null` is what is not there.
            .all(|(key, expected)| contains(found.get(key).unwrap_or(&Value::Null), expected)),
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len()
                && found.iter().zip(expected).all(|(found, expected)| contains(found, expected))
        }
        // 40000 and 40000.0 are the same number.
        (Value::Number(found), Value::Number(expected)) => {
            found == expected || found.as_f64() == expected.as_f64()
        }
        (found, expected) => found == expected,
    }
}
