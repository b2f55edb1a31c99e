//! Folds the journal into rows again, with the same `project` that the writer uses, and compares
//! them with the tables. What is not the journal's (leases, what was sent, drafts) is not compared.

mod before;

use std::collections::{BTreeMap, BTreeSet};

use engine::event::Event;
use engine::instance::Instance;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult, IsolationLevel,
    TransactionTrait,
};

use self::before::{Stood, is_from_before};
use crate::changes::{Changes, Settled};
use crate::error::StoreError;
use crate::journal::Record;
use crate::project::{Applied, project};
use crate::row::{Kind, Row, Table, Value};
use crate::session::quoted;
use crate::store::Store;
use crate::tables as t;
use crate::verify::Broken;

/// Cases that are folded and compared at once.
const CASES_AT_ONCE: i64 = 2_000;
/// Differences that are listed; further ones are counted.
pub const DIFFERENCES_MAX: usize = 100;

/// Tables that are a function of the journal, with the columns that are not.
static COMPARED: &[(&Table, &[&str])] = &[
    (&t::instance::TABLE, &[]),
    // Tasks that ended before there were these columns do not say why; nor do those that were created
    // before there was that one say which item they are about.
    (&t::task::TABLE, &["closed_because", "closed_outcome", "item"]),
    (&t::inbox::TABLE, &[]),
    (&t::choice::TABLE, &[]),
    (&t::comment::TABLE, &[]),
    (&t::copied::TABLE, &["read_at"]),
    (&t::timer::TABLE, &[]),
    (&t::signal_wait::TABLE, &[]),
    (&t::subscription::TABLE, &[]),
    (&t::job::TABLE, &["leased_until", "worker"]),
    (&t::intake::TABLE, &[]),
    (&t::document::TABLE, &[]),
    (&t::register_entry::TABLE, &[]),
    (&t::register_version::TABLE, &[]),
    (&t::page::TABLE, &[]),
];

/// What rebuilding showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Cases that were folded.
    pub cases: u64,
    /// Rows that were compared.
    pub rows: u64,
    /// How many rows differ.
    pub differing: u64,
    /// The first of them.
    pub differences: Vec<Difference>,
    /// Where the journal itself does not hold, so that nothing can be made of it.
    pub broken: Option<Broken>,
}

/// A row that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: &'static str,
    /// The row's key.
    pub key: String,
    /// What the journal gives; none for no row.
    pub expected: Option<String>,
    /// What the table has; none for no row.
    pub found: Option<String>,
}

/// The last numbers by series and year.
type Counters = BTreeMap<Row, i64>;

#[derive(Debug, FromQueryResult)]
struct Id {
    id: i64,
}

#[derive(Debug, FromQueryResult)]
struct Line {
    instance_id: i64,
    instance_version: i64,
    hash: String,
    content: String,
}

impl Store {
    /// Rebuilds rows from the journal and compares them with the tables, in one snapshot.
    /// `progress` hears how many cases have been compared, of how many.
    pub async fn rebuild(
        &self,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Comparison, StoreError> {
        let snapshot = self.snapshot().await?;
        let total = self.count(&snapshot, "instance").await?;
        // What was changed behind the store need not fold at all.
        let verdict = self.verify_chains(&snapshot, &mut |_, _| ()).await?;
        if let Some(broken) = verdict.broken.filter(|broken| broken.lane > 0) {
            return Ok(Comparison { broken: Some(broken), ..Comparison::default() });
        }
        let mut comparison = Comparison::default();
        let mut counters = Counters::new();
        let mut after = i64::MIN;
        loop {
            let last = self.last_of_chunk(&snapshot, after).await?;
            let until = last.unwrap_or(i64::MAX);
            let (changes, mut stood) =
                self.fold(&snapshot, (after, until), &mut comparison, &mut counters).await?;
            for (table, ignored) in COMPARED {
                let found = self.found(&snapshot, table, after, until).await?;
                if table.name == t::instance::TABLE.name {
                    stood.keep_earlier(&found);
                }
                compare((table, ignored), (&changes, &stood), found, &mut comparison);
            }
            progress(comparison.cases, total);
            match last {
                Some(last) => after = last,
                None => break,
            }
        }
        self.compare_counters(&snapshot, &counters, &mut comparison).await?;
        Ok(comparison)
    }

    /// A transaction that sees one state of the database.
    pub(crate) async fn snapshot(&self) -> Result<DatabaseTransaction, StoreError> {
        Ok(match self.backend() {
            DbBackend::Sqlite => self.reads().begin().await?,
            _ => {
                let (level, mode) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
                self.reads().begin_with_config(Some(level), Some(mode)).await?
            }
        })
    }

    /// The last case of the next chunk; none for the last chunk.
    async fn last_of_chunk(
        &self,
        snapshot: &DatabaseTransaction,
        after: i64,
    ) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT max(id) AS id FROM (SELECT DISTINCT instance_id AS id FROM journal \
                   WHERE instance_id > $1 ORDER BY instance_id LIMIT $2) AS c HAVING count(*) = $2";
        let statement = self.statement(sql, [after, CASES_AT_ONCE].map(Into::into));
        Ok(Id::find_by_statement(statement).one(snapshot).await?.map(|id| id.id))
    }

    /// The rows that the journal gives for cases in `after < id <= until`.
    async fn fold(
        &self,
        snapshot: &DatabaseTransaction,
        (after, until): (i64, i64),
        comparison: &mut Comparison,
        counters: &mut Counters,
    ) -> Result<(Settled, Stood), StoreError> {
        let (mut changes, mut stood) = (Changes::default(), Stood::default());
        let mut case: Option<(Instance, i64)> = None;
        let mut place = (after, i64::MAX);
        loop {
            let sql = "SELECT instance_id, instance_version, hash, content FROM journal \
                       WHERE refused IS NULL AND instance_id <= $1 \
                       AND (instance_id, instance_version) > ($2, $3) \
                       ORDER BY instance_id, instance_version LIMIT $4";
            let values = [until, place.0, place.1, CASES_AT_ONCE].map(Into::into);
            let page = Line::find_by_statement(self.statement(sql, values)).all(snapshot).await?;
            let Some(last) = page.last() else { return Ok((changes.settled(), stood)) };
            place = (last.instance_id, last.instance_version);
            for line in &page {
                let same = case.take_if(|(own, _)| own.id().0 == line.instance_id);
                if same.is_none() {
                    comparison.cases += 1;
                }
                let folded = fold_line(line, same.as_ref(), &mut changes, counters)?;
                stood.note(&folded.0);
                case = Some(folded);
            }
        }
    }

    async fn found(
        &self,
        snapshot: &DatabaseTransaction,
        table: &Table,
        after: i64,
        until: i64,
    ) -> Result<BTreeMap<Row, Row>, StoreError> {
        let names: Vec<String> = table.columns.iter().map(|column| quoted(column.name)).collect();
        let id = if table.name == t::instance::TABLE.name { "id" } else { "instance_id" };
        let sql = format!(
            "SELECT {} FROM {} WHERE {id} > $1 AND {id} <= $2",
            names.join(", "),
            quoted(table.name)
        );
        let statement = self.statement(&sql, [after, until].map(Into::into));
        let mut found = BTreeMap::new();
        for result in snapshot.query_all_raw(statement).await? {
            let mut row = Row::with_capacity(table.columns.len());
            for (place, column) in table.columns.iter().enumerate() {
                row.push(match column.kind {
                    Kind::Int => {
                        let number: Option<i64> = result.try_get_by_index(place)?;
                        number.map_or(Value::Null, Value::Int)
                    }
                    Kind::Text => {
                        let text: Option<String> = result.try_get_by_index(place)?;
                        text.map_or(Value::Null, Value::Text)
                    }
                });
            }
            found.insert(row[..table.keys].to_vec(), row);
        }
        Ok(found)
    }

    async fn compare_counters(
        &self,
        snapshot: &DatabaseTransaction,
        expected: &Counters,
        comparison: &mut Comparison,
    ) -> Result<(), StoreError> {
        let sql = "SELECT series, year, value FROM counter WHERE value > 0";
        let statement = self.statement(sql, []);
        let rows = t::counter::Model::find_by_statement(statement).all(snapshot).await?;
        let mut found: BTreeMap<Row, i64> = rows
            .into_iter()
            .map(|row| (vec![Value::Text(row.series), Value::Int(row.year)], row.value))
            .collect();
        for (key, value) in expected {
            let own = found.remove(key);
            comparison.rows += 1;
            if own != Some(*value) {
                let found = own.map(|own| own.to_string());
                comparison.add(&t::counter::TABLE, key, Some(value.to_string()), found);
            }
        }
        for (key, value) in found {
            comparison.add(&t::counter::TABLE, &key, None, Some(value.to_string()));
        }
        Ok(())
    }
}

impl Comparison {
    fn add(
        &mut self,
        table: &'static Table,
        key: &Row,
        expected: Option<String>,
        found: Option<String>,
    ) {
        self.differing += 1;
        if self.differences.len() < DIFFERENCES_MAX {
            let key = shown(key);
            self.differences.push(Difference { table: table.name, key, expected, found });
        }
    }
}

fn fold_line(
    line: &Line,
    before: Option<&(Instance, i64)>,
    changes: &mut Changes,
    counters: &mut Counters,
) -> Result<(Instance, i64), StoreError> {
    let case = line.instance_id;
    let broken = |what: &dyn std::fmt::Display| {
        StoreError::Database(format!(
            "the journal of case {case} at revision {}: {what}",
            line.instance_version
        ))
    };
    let record = Record::read(&line.content).map_err(|error| broken(&error))?;
    let events = record.events.ok_or_else(|| broken(&"no events"))?;
    take_counters(&events, counters);
    let after = match before {
        None => Instance::replay(engine::ids::InstanceId(case), &*events)
            .ok_or_else(|| broken(&"it begins with nothing"))?,
        Some((before, _)) => {
            let mut after = before.clone();
            for event in &*events {
                after.apply(event);
            }
            after
        }
    };
    let applied = Applied {
        before: before.map(|(before, _)| before),
        after: &after,
        events: &events,
        envelope: &record.envelope,
        revision: line.instance_version,
        head: &line.hash,
        base: None,
    };
    project(&applied, changes, &mut BTreeSet::new());
    Ok((after, line.instance_version))
}

fn compare(
    (table, ignored): (&'static Table, &[&str]),
    (changes, stood): (&Settled, &Stood),
    mut found: BTreeMap<Row, Row>,
    comparison: &mut Comparison,
) {
    let clear = |row: &Row| {
        let mut row = row.clone();
        for column in ignored {
            row[table.position(column)] = Value::Null;
        }
        row
    };
    for row in changes.rows(table) {
        comparison.rows += 1;
        let key = row[..table.keys].to_vec();
        let before = stood.before(table, row);
        let other = before.as_ref().map(|before| before[..table.keys].to_vec());
        let own = found.remove(&key).or_else(|| found.remove(&other?));
        let is_it =
            |own: &Row, row: &Row| is_from_before(table, row, own) || clear(own) == clear(row);
        let is_alike = own.as_ref().is_some_and(|own| {
            is_it(own, row) || before.as_ref().is_some_and(|before| is_it(own, before))
        });
        if !is_alike {
            comparison.add(table, &key, Some(shown(row)), own.as_ref().map(shown));
        }
    }
    for (key, row) in found {
        comparison.add(table, &key, None, Some(shown(&row)));
    }
}

/// The last number that was taken of each series and year: cases get theirs in no order of their ids.
fn take_counters(events: &[Event], counters: &mut Counters) {
    for event in events {
        if let Event::NumberTaken { series, year, number } = event {
            let series = vec![Value::Text(series.clone()), Value::Int(i64::from(*year))];
            let value = counters.entry(series).or_default();
            *value = i64::from(*number).max(*value);
        }
    }
}

fn shown(row: &Row) -> String {
    let words = row.iter().map(|value| match value {
        Value::Null => "-".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => text.clone(),
    });
    words.collect::<Vec<_>>().join(" | ")
}
