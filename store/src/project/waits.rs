//! Rows of `timer`, `subscription`, `signal_wait`, `choice`, `job` and `intake`: what an activation waits for, compared before
//! and after the step.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use engine::event::{Event, TimerPurpose};
use engine::ids::Key;
use engine::instance::{Activation, Instance, Submission, Waiting};
use engine::time::Timestamp;

use super::Applied;
use super::tasks::addressed;
use crate::changes::{Changes, Columns};
use crate::row::{Row, Value};
use crate::tables::{choice, intake, job, signal_wait, subscription, timer};

pub(super) fn project(step: &Applied<'_>, changes: &mut Changes) {
    let own = step.instance();
    compare(
        step,
        |key, activation, rows| timers(own, key, activation, rows),
        is_awake,
        &timer::TABLE,
        changes,
    );
    compare(
        step,
        |key, activation, rows| subscriptions(own, key, activation, rows),
        is_awake,
        &subscription::TABLE,
        changes,
    );
    compare(
        step,
        |key, activation, rows| signals(own, key, activation, rows),
        // Signals are held for a case that stands still.
        |_| true,
        &signal_wait::TABLE,
        changes,
    );
    compare(
        step,
        |key, activation, rows| choices(own, key, activation, rows),
        is_awake,
        &choice::TABLE,
        changes,
    );
    signals_again(step, changes);
    jobs(step, changes);
    intakes(step, changes);
}

/// Rows that are all key: those that went are deleted, those that came are put.
fn compare(
    step: &Applied<'_>,
    rows_of: impl Fn(Key, &Activation, &mut BTreeSet<Row>),
    waits: impl Fn(&Instance) -> bool,
    table: &'static crate::row::Table,
    changes: &mut Changes,
) {
    let rows = |instance: Option<&Instance>| {
        let mut rows = BTreeSet::new();
        let instance = instance.filter(|own| waits(own));
        for (key, activation) in instance.into_iter().flat_map(Instance::activations) {
            rows_of(*key, activation, &mut rows);
        }
        rows
    };
    let (before, after) = (rows(step.before), rows(Some(step.after)));
    for gone in before.difference(&after) {
        changes.delete(table, gone.clone());
    }
    for new in after.difference(&before) {
        changes.insert(table, new.clone());
    }
}

/// A case that stands still waits for no time and no message.
fn is_awake(instance: &Instance) -> bool {
    instance.suspended().is_none()
}

/// A case that goes on waits for its signals, also where it came to stand still before signals were
/// held for it and its rows went.
fn signals_again(step: &Applied<'_>, changes: &mut Changes) {
    if step.before.is_none_or(is_awake) || !is_awake(step.after) {
        return;
    }
    let mut rows = BTreeSet::new();
    for (key, activation) in step.after.activations() {
        signals(step.instance(), *key, activation, &mut rows);
    }
    for row in rows {
        changes.put(&signal_wait::TABLE, row);
    }
}

fn int(number: impl Into<i64>) -> Value {
    Value::Int(number.into())
}

fn timers(instance: i64, key: Key, activation: &Activation, rows: &mut BTreeSet<Row>) {
    for (number, timer) in &activation.timers {
        rows.insert(vec![int(timer.at.0), int(instance), int(key.0), int(*number)]);
    }
}

fn subscriptions(instance: i64, key: Key, activation: &Activation, rows: &mut BTreeSet<Row>) {
    for waits in &activation.subscriptions {
        rows.insert(vec![
            Value::Text(waits.message.as_str().to_owned()),
            Value::Text(waits.correlation.clone()),
            int(instance),
            int(key.0),
        ]);
    }
}

fn signals(instance: i64, key: Key, activation: &Activation, rows: &mut BTreeSet<Row>) {
    for waits in &activation.signals {
        let signal = Value::Text(waits.signal.as_str().to_owned());
        rows.insert(vec![signal, int(instance), int(key.0)]);
    }
}

fn choices(instance: i64, key: Key, activation: &Activation, rows: &mut BTreeSet<Row>) {
    let Waiting::Choosing { candidates, ended: false, .. } = &activation.waiting else { return };
    for principal in candidates.iter().flat_map(addressed) {
        let since = int(activation.since.0);
        rows.insert(vec![Value::Text(principal), since, int(instance), int(key.0)]);
    }
}

fn retries(instance: Option<&Instance>, key: Key) -> Option<u32> {
    match &instance?.activation(key)?.waiting {
        Waiting::Job { retries, .. } => Some(*retries),
        Waiting::Nothing
        | Waiting::Task { .. }
        | Waiting::Items { .. }
        | Waiting::Submissions { .. }
        | Waiting::Call
        | Waiting::Choosing { .. }
        | Waiting::Listener
        | Waiting::Compensating { .. } => None,
    }
}

/// Until when nobody is given a job of the case: for ever while the case stands still, or the job
/// waits to be tried again, for then it is created anew.
fn leased_until(instance: &Instance, key: Key) -> i64 {
    let waits = instance.activation(key).is_some_and(|activation| {
        activation.timers.values().any(|timer| timer.purpose == TimerPurpose::JobRetry)
    });
    if waits || instance.suspended().is_some() { Timestamp::NEVER.0 } else { 0 }
}

/// Jobs of a case that comes to stand still, or goes on.
fn held_jobs(step: &Applied<'_>, changes: &mut Changes) {
    static HELD: LazyLock<Columns> = LazyLock::new(|| Columns::of(&job::TABLE, &["leased_until"]));
    let Some(before) = step.before else { return };
    if before.suspended().is_some() == step.after.suspended().is_some() {
        return;
    }
    for key in before.activations().keys() {
        let left = |instance| retries(Some(instance), *key).unwrap_or(0);
        if left(before) > 0 && left(step.after) > 0 {
            let mut row = vec![Value::Null; job::TABLE.columns.len()];
            (row[0], row[1]) = (int(step.instance()), int(key.0));
            row[job::TABLE.position("leased_until")] = int(leased_until(step.after, *key));
            changes.update(&job::TABLE, row, *HELD);
        }
    }
}

/// A job that failed and is tried again: nobody is given it before, and nobody has it.
fn failed_job(step: &Applied<'_>, key: Key, retries: u32, changes: &mut Changes) {
    static FAILED: LazyLock<Columns> =
        LazyLock::new(|| Columns::of(&job::TABLE, &["retries", "leased_until", "worker"]));
    let mut row = vec![Value::Null; job::TABLE.columns.len()];
    (row[0], row[1]) = (int(step.instance()), int(key.0));
    row[job::TABLE.position("retries")] = int(retries);
    row[job::TABLE.position("leased_until")] = int(leased_until(step.after, key));
    changes.update(&job::TABLE, row, *FAILED);
}

fn jobs(step: &Applied<'_>, changes: &mut Changes) {
    held_jobs(step, changes);
    for event in step.events {
        if let Event::JobCreated { key, topic, input, retries } = event {
            let row = job::Model {
                instance_id: step.instance(),
                key: i64::from(key.0),
                topic: topic.clone(),
                input: input.to_string(),
                retries: i64::from(*retries),
                created_at: step.at(),
                leased_until: leased_until(step.after, *key),
                worker: None,
            };
            changes.put(&job::TABLE, row.into_row());
        }
        if let Event::JobFailed { key, retries: left @ 1.., .. } = event {
            failed_job(step, *key, *left, changes);
        }
    }
    for key in step.before.into_iter().flat_map(|before| before.activations().keys()) {
        let left = retries(Some(step.after), *key).unwrap_or(0);
        if retries(step.before, *key).is_some_and(|before| before > 0) && left == 0 {
            changes.delete(&job::TABLE, vec![int(step.instance()), int(key.0)]);
        }
    }
}

/// What an intake is, as an instance has it.
type Intake<'a> = (i64, i64, bool, &'a [Submission]);

fn open_intake(activation: &Activation) -> Option<Intake<'_>> {
    match &activation.waiting {
        Waiting::Submissions { from, until, sealed, submissions, .. } => {
            Some((from.0, until.0, *sealed, submissions))
        }
        Waiting::Nothing
        | Waiting::Task { .. }
        | Waiting::Items { .. }
        | Waiting::Job { .. }
        | Waiting::Call
        | Waiting::Choosing { .. }
        | Waiting::Listener
        | Waiting::Compensating { .. } => None,
    }
}

fn intakes(step: &Applied<'_>, changes: &mut Changes) {
    let keys: BTreeSet<Key> = step
        .before
        .into_iter()
        .chain(std::iter::once(step.after))
        .flat_map(Instance::activations)
        .filter(|(_, activation)| open_intake(activation).is_some())
        .map(|(key, _)| *key)
        .collect();
    for key in keys {
        let of =
            |instance: Option<&Instance>| instance.and_then(|own| own.activation(key)).cloned();
        let (before, after) = (of(step.before), of(Some(step.after)));
        let was = before.as_ref().and_then(open_intake);
        let is = after.as_ref().and_then(open_intake);
        let (Some((from, until, sealed, submissions)), Some(activation)) =
            (is.or(was), after.as_ref().or(before.as_ref()))
        else {
            continue;
        };
        let node = |own: &Option<Activation>| own.as_ref().map(|own| own.node.clone());
        let is_renamed = was.is_some() && is.is_some() && node(&before) != node(&after);
        let document = list_of(step, key);
        if was == is && !is_renamed && document.is_none() {
            continue;
        }
        let valid = submissions.iter().filter(|submission| !submission.void).count();
        let row = intake::Model {
            instance_id: step.instance(),
            key: i64::from(key.0),
            process: step.after.process().as_str().to_owned(),
            node: activation.node.as_str().to_owned(),
            document,
            opens_at: from,
            closes_at: until,
            sealed: i64::from(sealed),
            submissions: i64::try_from(valid).unwrap_or(i64::MAX),
            closed: i64::from(is.is_none()),
        };
        changes.put(&intake::TABLE, row.into_row());
    }
}

/// The list that an intake's submissions go into, where the step says so: as it opens, and as the list is
/// called otherwise in another version of the process.
fn list_of(step: &Applied<'_>, key: Key) -> Option<String> {
    let opened = step.events.iter().find_map(|event| match event {
        Event::IntakeOpened { key: own, document, .. } if *own == key => Some(document),
        _ => None,
    });
    let migrated = || {
        let documents = step.events.iter().find_map(|event| match event {
            Event::InstanceMigrated(migrated) => Some(&migrated.documents),
            _ => None,
        })?;
        documents.iter().find(|one| one.intakes.contains(&key))?.to.as_ref()
    };
    opened.or_else(migrated).map(|document| document.as_str().to_owned())
}
