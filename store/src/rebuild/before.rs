//! What rows of cases from before today's fold may be without, or say otherwise: what was not noted yet, and what
//! stood still when that had its time all the same.

use std::collections::BTreeMap;

use engine::instance::{Fold, Instance};
use engine::time::Timestamp;
use serde_json::Value as Json;

use crate::row::{Row, Table, Value};
use crate::tables as t;

/// Where a case's state says which fold it began with.
const FOLD: &str = "fold";

/// Times of what stands still with its case: rows of before told those, where they tell none today.
#[derive(Debug, Default)]
pub(super) struct Stood {
    cases: BTreeMap<i64, Times>,
}

#[derive(Debug, Default)]
struct Times {
    /// When tasks are due, by key; also those that ended while the case stood still.
    due: BTreeMap<i64, i64>,
    /// When the first of those is due that are open.
    first: Option<i64>,
    /// When pages end, by key.
    pages: BTreeMap<i64, i64>,
}

impl Stood {
    /// Notes the times of a case as it is after one of its commands.
    pub(super) fn note(&mut self, case: &Instance) {
        if case.suspended().is_none() {
            return;
        }
        let times = self.cases.entry(case.id().0).or_default();
        times.first = None;
        for (key, activation) in case.activations() {
            let key = i64::from(key.0);
            if let Some(due) = crate::project::due(&activation.waiting) {
                times.due.insert(key, due.0);
                times.first = Some(times.first.map_or(due.0, |first| first.min(due.0)));
            }
            if let Some(until) = activation.page_ends() {
                times.pages.insert(key, until.0);
            }
        }
    }

    /// Forgets those whose case began with today's fold: nothing is let pass there.
    pub(super) fn keep_earlier(&mut self, cases: &BTreeMap<Row, Row>) {
        let body = t::instance::TABLE.position("body");
        let now = serde_json::to_value(Fold::NOW).ok().as_ref().and_then(Json::as_u64);
        self.cases.retain(|id, _| {
            let row = cases.get([Value::Int(*id)].as_slice());
            let state = row.and_then(|row| serde_json::from_str::<Json>(row[body].text()).ok());
            state.is_some_and(|state| Some(fold_of(&state)) < now)
        });
    }

    /// A row as one of before tells it, where it may tell another time than today's.
    pub(super) fn before(&self, table: &'static Table, row: &Row) -> Option<Row> {
        let of = |id: &str, time: &str| (table.position(id), table.position(time));
        let (case, time) = match table.name {
            name if name == t::instance::TABLE.name => of("id", "due_at"),
            name if name == t::task::TABLE.name || name == t::inbox::TABLE.name => {
                of("instance_id", "due_at")
            }
            name if name == t::page::TABLE.name => of("instance_id", "published_until"),
            _ => return None,
        };
        let times =
            self.cases.get(&row[case].int()).filter(|_| row[time].int() == Timestamp::NEVER.0)?;
        let key = || row[table.position("key")].int();
        let told = if table.name == t::instance::TABLE.name {
            times.first?
        } else if table.name == t::page::TABLE.name {
            *times.pages.get(&key())?
        } else {
            *times.due.get(&key())?
        };
        let mut before = row.clone();
        before[time] = Value::Int(told);
        Some(before)
    }
}

/// Whether a case that began with an earlier fold of the events is as the journal gives it, but for what was
/// not noted yet.
pub(super) fn is_from_before(table: &'static Table, expected: &Row, found: &Row) -> bool {
    if table.name != t::instance::TABLE.name {
        return false;
    }
    let place = table.position("body");
    let body = |row: &Row| serde_json::from_str::<Json>(row[place].text()).ok();
    let (Some(given), Some(own)) = (body(expected), body(found)) else { return false };
    let others = |row: &Row| {
        let mut row = row.clone();
        row[place] = Value::Null;
        row
    };
    fold_of(&own) < fold_of(&given) && is_part(&own, &given) && others(expected) == others(found)
}

fn fold_of(state: &Json) -> u64 {
    state.get(FOLD).and_then(Json::as_u64).unwrap_or(0)
}

/// Whether a state says nothing that another does not say too, which may say more.
fn is_part(own: &Json, given: &Json) -> bool {
    match (own, given) {
        (Json::Object(own), Json::Object(given)) => own.iter().all(|(key, own)| {
            key == FOLD || given.get(key).is_some_and(|given| is_part(own, given))
        }),
        (Json::Array(own), Json::Array(given)) => {
            own.len() == given.len()
                && own.iter().zip(given).all(|(own, given)| is_part(own, given))
        }
        _ => own == given,
    }
}
