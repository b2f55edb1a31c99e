//! Rows that only ever grow, one event at a time: documents, comments, copies, register entries,
//! numbers and pages.

use engine::event::Event;
use engine::ids::Key;
use engine::time::Timestamp;

use super::Applied;
use crate::changes::{Changes, Columns};
use crate::row::Value;
use crate::tables::{comment, copied, counter, document, page, register_entry, register_version};

pub(super) fn comment(step: &Applied<'_>, place: usize, event: &Event, changes: &mut Changes) {
    let Event::Commented { person, text } = event else { return };
    let row = comment::Model {
        instance_id: step.instance(),
        revision: step.revision,
        n: i64::try_from(place).unwrap_or(i64::MAX),
        person: person.as_str().to_owned(),
        at: step.at(),
        text: text.clone(),
    };
    changes.put(&comment::TABLE, row.into_row());
}

pub(super) fn document(step: &Applied<'_>, event: &Event, changes: &mut Changes) {
    let Event::DocumentWritten { document, version, hash, key, entry, sealed, .. } = event else {
        return;
    };
    let row = document::Model {
        instance_id: step.instance(),
        document: document.as_str().to_owned(),
        version: i64::from(*version),
        entry: i64::from(*entry),
        hash: hash.as_str().to_owned(),
        key: i64::from(key.0),
        at: step.at(),
        person: step.envelope.actor.person().map(|person| person.as_str().to_owned()),
        sealed: i64::from(*sealed),
    };
    changes.put(&document::TABLE, row.into_row());
}

pub(super) fn copied(step: &Applied<'_>, event: &Event, changes: &mut Changes) {
    let Event::Copied { key, person } = event else { return };
    let row = copied::Model {
        person: person.as_str().to_owned(),
        at: step.at(),
        instance_id: step.instance(),
        key: i64::from(key.0),
        read_at: None,
    };
    changes.put(&copied::TABLE, row.into_row());
}

pub(super) fn number(event: &Event, changes: &mut Changes) {
    let Event::NumberTaken { series, year, number } = event else { return };
    let row = counter::Model {
        series: series.clone(),
        year: i64::from(*year),
        value: i64::from(*number),
    };
    changes.put(&counter::TABLE, row.into_row());
}

pub(super) fn register(step: &Applied<'_>, place: usize, event: &Event, changes: &mut Changes) {
    let Event::RegisterEntered { key, register, number, columns, texts } = event else { return };
    let (year, serial) = number_before(&step.events[..place]);
    let row = register_entry::Model {
        register: register.as_str().to_owned(),
        instance_id: step.instance(),
        key: i64::from(key.0),
        number: number.clone(),
        year,
        serial,
        at: step.at(),
        body: serde_json::to_string(columns).expect("columns are plain data"),
        texts: (!texts.is_empty())
            .then(|| serde_json::to_string(texts).expect("texts are plain data")),
    };
    changes.put(&register_entry::TABLE, row.into_row());
}

pub(super) fn register_version(step: &Applied<'_>, event: &Event, changes: &mut Changes) {
    let Event::RegisterChanged { key, register, number, version, columns } = event else { return };
    let row = register_version::Model {
        register: register.as_str().to_owned(),
        number: number.clone(),
        version: i64::from(*version),
        instance_id: step.instance(),
        key: i64::from(key.0),
        at: step.at(),
        body: serde_json::to_string(columns).expect("columns are plain data"),
    };
    changes.put(&register_version::TABLE, row.into_row());
}

pub(super) fn page(step: &Applied<'_>, event: &Event, changes: &mut Changes) {
    let Event::PagePublished { key, title, content, from, until } = event else { return };
    let row = page::Model {
        instance_id: step.instance(),
        key: i64::from(key.0),
        process: step.after.process().as_str().to_owned(),
        title: title.clone(),
        content: content.to_string(),
        published_from: from.0,
        published_until: until.unwrap_or(Timestamp::NEVER).0,
    };
    changes.put(&page::TABLE, row.into_row());
}

/// A page that is shown until another time: only that changes.
pub(super) fn page_until(step: &Applied<'_>, key: Key, until: Timestamp, changes: &mut Changes) {
    let mut row = vec![Value::Null; page::TABLE.columns.len()];
    row[page::TABLE.position("instance_id")] = Value::Int(step.instance());
    row[page::TABLE.position("key")] = Value::Int(i64::from(key.0));
    row[page::TABLE.position("published_until")] = Value::Int(until.0);
    let columns = Columns::of(&page::TABLE, &["published_until"]);
    changes.update(&page::TABLE, row, columns);
}

/// Pages whose end a case waits for, when it comes to stand still or goes on.
pub(super) fn held_pages(step: &Applied<'_>, changes: &mut Changes) {
    let Some(before) = step.before else { return };
    for key in before.activations().keys() {
        if let Some(until) = step.after.page_until(*key) {
            page_until(step, *key, until, changes);
        }
    }
}

/// The year and the serial number that an entry got: its number is taken just before it.
fn number_before(events: &[Event]) -> (i64, i64) {
    events
        .iter()
        .rev()
        .find_map(|event| {
            if let Event::NumberTaken { year, number, .. } = event {
                return Some((i64::from(*year), i64::from(*number)));
            }
            None
        })
        .unwrap_or_default()
}
