//! What somebody handed in to intakes, from the journal: a case forgets it when its intake closes.

use std::collections::{BTreeMap, BTreeSet};

use engine::event::Event;
use engine::ids::{Hash, Key};
use engine::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::history::entry;
use super::{Page, Slice, TimeCursor, bounded};
use crate::error::StoreError;
use crate::store::Store;
use crate::tables::journal;

/// The condition of the index that finds them.
const SUBMITTED: &str = "command = 'submit' AND refused IS NULL";
/// What may make a submission void; the public can neither replace nor take back.
const CHANGED: &str =
    "command IN ('submit', 'withdrawSubmission') AND refused IS NULL AND actor <> 'public'";
/// Commands that are looked at for what became of the submissions of one page.
const CHANGES_MAX: u64 = 10_000;

/// What became of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmissionFate {
    /// It counts.
    Valid,
    /// Another one took its place: its number.
    Replaced(u32),
    /// It was taken back.
    Withdrawn,
}

/// Something that somebody handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSubmission {
    /// Its place in the list.
    pub place: TimeCursor,
    /// The case.
    pub instance: i64,
    /// The intake's activation.
    pub key: Key,
    /// Its number in the intake, from 1.
    pub number: u32,
    /// When it was received.
    pub at: Timestamp,
    /// What, by its hash.
    pub hash: Hash,
    /// What became of it.
    pub fate: SubmissionFate,
}

impl Store {
    /// What a person handed in, the last first.
    pub async fn submissions_of(
        &self,
        person: &str,
        page: Page<TimeCursor>,
    ) -> Result<Slice<OwnSubmission>, StoreError> {
        let limit = page.limit();
        let columns = [journal::Column::At, journal::Column::Lane, journal::Column::Pos];
        let mut query = journal::Entity::find()
            .filter(journal::Column::Actor.eq(format!("person:{person}")))
            .filter(Expr::cust(SUBMITTED));
        if let Some((at, lane, pos)) = page.after {
            let before =
                Expr::tuple(columns.map(Expr::col)).lt(Expr::tuple([at, lane, pos].map(Expr::val)));
            query = query.filter(before);
        }
        for column in columns {
            query = query.order_by_desc(column);
        }
        let rows = query.limit(limit as u64 + 1).all(self.reads()).await?;
        let Slice { rows, more } = Slice::of(rows, limit);
        let mut own = Vec::with_capacity(rows.len());
        for row in rows {
            own.extend(submission(row)?);
        }
        let cases: BTreeSet<i64> = own.iter().map(|one| one.instance).collect();
        let fates = self.fates_of_submissions(&cases.into_iter().collect::<Vec<_>>()).await?;
        for one in &mut own {
            if let Some(fate) = fates.get(&(one.instance, one.key, one.number)) {
                one.fate = *fate;
            }
        }
        Ok(Slice { rows: own, more })
    }

    /// Submissions to intakes of some cases that do not count any more.
    async fn fates_of_submissions(
        &self,
        instances: &[i64],
    ) -> Result<BTreeMap<(i64, Key, u32), SubmissionFate>, StoreError> {
        let ids = bounded(instances)?.iter().copied();
        let query = journal::Entity::find()
            .filter(journal::Column::InstanceId.is_in(ids))
            .filter(Expr::cust(CHANGED))
            .order_by_asc(journal::Column::InstanceId)
            .order_by_asc(journal::Column::InstanceVersion)
            .limit(CHANGES_MAX);
        let mut fates = BTreeMap::new();
        for row in query.all(self.reads()).await? {
            let instance = row.instance_id.unwrap_or_default();
            let record = entry(row)?.record;
            for event in record.events.iter().flat_map(|events| events.iter()) {
                match event {
                    Event::SubmissionReceived {
                        key,
                        submission,
                        replaces: Some(number),
                        of,
                        ..
                    } => {
                        let fate = SubmissionFate::Replaced(*submission);
                        fates.insert((instance, of.unwrap_or(*key), *number), fate);
                    }
                    Event::SubmissionWithdrawn { key, submission, of } => {
                        let of = of.unwrap_or(*key);
                        fates.insert((instance, of, *submission), SubmissionFate::Withdrawn);
                    }
                    _ => {}
                }
            }
        }
        Ok(fates)
    }
}

fn submission(row: journal::Model) -> Result<Option<OwnSubmission>, StoreError> {
    let place = (row.at, row.lane, row.pos);
    let instance = row.instance_id.unwrap_or_default();
    let record = entry(row)?.record;
    let mut events = record.events.iter().flat_map(|events| events.iter());
    Ok(events.find_map(|event| match event {
        Event::SubmissionReceived { key, submission, at, hash, .. } => Some(OwnSubmission {
            place,
            instance,
            key: *key,
            number: *submission,
            at: *at,
            hash: hash.clone(),
            fate: SubmissionFate::Valid,
        }),
        _ => None,
    }))
}
