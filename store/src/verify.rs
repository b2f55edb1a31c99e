//! Verifies the journal: every lane's chain, every case's chain, that contents are what their hashes
//! say, and that what the journal points at is there. Reads one snapshot, a page at a time, and names
//! the first row that does not fit.

mod holdings;

use engine::ids::Hash;
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult};

use crate::error::StoreError;
use crate::journal::{self, BEGINNING};
use crate::store::Store;
use crate::tables::{content, journal as rows, lane};

/// Rows that are read at once.
const ROWS_AT_ONCE: i64 = 1_000;

/// What verifying showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Journal rows that were read.
    pub rows: u64,
    /// Cases whose chain was followed.
    pub cases: u64,
    /// Where each lane ends: lane, position, hash. To be kept elsewhere as a seal.
    pub lanes: Vec<(i64, i64, String)>,
    /// The first thing that does not fit; none when all fits.
    pub broken: Option<Broken>,
}

/// A row that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its lane; 0 where it is no journal row.
    pub lane: i64,
    /// Its position in the lane.
    pub pos: i64,
    /// Its case, if it has one.
    pub instance: Option<i64>,
    /// What was expected and found.
    pub message: String,
}

#[derive(Debug, FromQueryResult)]
struct Link {
    lane: i64,
    pos: i64,
    hash: String,
    instance_id: i64,
    instance_version: i64,
    case_prev: Option<String>,
    refused: Option<String>,
}

#[derive(Debug, FromQueryResult)]
struct End {
    id: i64,
    revision: i64,
    head: String,
}

/// Where a case's chain stands while it is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct CaseHead {
    instance: i64,
    version: i64,
    hash: Option<String>,
}

impl Store {
    /// Verifies the journal and what it points at. `progress` hears how many rows have been read, of
    /// how many.
    pub async fn verify(&self, mut progress: impl FnMut(u64, u64)) -> Result<Verdict, StoreError> {
        let snapshot = self.snapshot().await?;
        let mut verdict = self.verify_chains(&snapshot, &mut progress).await?;
        if verdict.broken.is_none() {
            verdict.broken = self.verify_contents(&snapshot).await?;
        }
        if verdict.broken.is_none() {
            verdict.broken = self.verify_holdings(&snapshot).await?;
        }
        Ok(verdict)
    }

    /// Follows every lane's chain and every case's.
    pub(crate) async fn verify_chains(
        &self,
        snapshot: &DatabaseTransaction,
        progress: &mut impl FnMut(u64, u64),
    ) -> Result<Verdict, StoreError> {
        let total = self.count(snapshot, "journal").await?;
        let mut verdict = Verdict { rows: 0, cases: 0, lanes: Vec::new(), broken: None };
        for lane in lane::Entity::find().all(snapshot).await? {
            self.verify_lane(snapshot, lane.id, &mut verdict, total, progress).await?;
            if verdict.broken.is_some() {
                return Ok(verdict);
            }
        }
        if verdict.rows != total {
            let message = format!("{total} rows, but the known lanes have {}", verdict.rows);
            verdict.broken = Some(Broken { lane: 0, pos: 0, instance: None, message });
            return Ok(verdict);
        }
        verdict.broken = self.verify_cases(snapshot, &mut verdict.cases).await?;
        Ok(verdict)
    }

    async fn verify_lane(
        &self,
        snapshot: &DatabaseTransaction,
        lane: i64,
        verdict: &mut Verdict,
        total: u64,
        progress: &mut impl FnMut(u64, u64),
    ) -> Result<(), StoreError> {
        let (mut pos, mut before) = (0, BEGINNING.to_owned());
        loop {
            let sql = "SELECT * FROM journal WHERE lane = $1 AND pos > $2 ORDER BY pos LIMIT $3";
            let statement = self.statement(sql, [lane, pos, ROWS_AT_ONCE].map(Into::into));
            let page = rows::Model::find_by_statement(statement).all(snapshot).await?;
            if page.is_empty() {
                verdict.lanes.push((lane, pos, before));
                return Ok(());
            }
            for row in page {
                let expected = journal::hash(&before, &row);
                let message = if row.pos != pos + 1 {
                    format!("expected position {} next, found {}", pos + 1, row.pos)
                } else if expected.as_str() != row.hash {
                    format!("expected the hash {expected}, found {}", row.hash)
                } else {
                    (pos, before) = (row.pos, row.hash);
                    verdict.rows += 1;
                    continue;
                };
                let instance = row.instance_id;
                verdict.broken = Some(Broken { lane, pos: row.pos, instance, message });
                return Ok(());
            }
            progress(verdict.rows, total);
        }
    }

    async fn verify_cases(
        &self,
        snapshot: &DatabaseTransaction,
        cases: &mut u64,
    ) -> Result<Option<Broken>, StoreError> {
        let mut head = CaseHead { instance: 0, version: 0, hash: None };
        let mut after = (0, 0, 0, 0, 0);
        loop {
            // A refused command comes behind the applied one it saw.
            let sql = "SELECT lane, pos, hash, instance_id, instance_version, case_prev, refused \
                       FROM journal WHERE instance_id IS NOT NULL AND (instance_id, instance_version, \
                       CASE WHEN refused IS NULL THEN 0 ELSE 1 END, lane, pos) > ($1, $2, $3, $4, $5) \
                       ORDER BY instance_id, instance_version, \
                       CASE WHEN refused IS NULL THEN 0 ELSE 1 END, lane, pos LIMIT $6";
            let (case, version, refused, lane, pos) = after;
            let values = [case, version, refused, lane, pos, ROWS_AT_ONCE].map(Into::into);
            let page = Link::find_by_statement(self.statement(sql, values)).all(snapshot).await?;
            let Some(last) = page.last() else { break };
            let refused = i64::from(last.refused.is_some());
            after = (last.instance_id, last.instance_version, refused, last.lane, last.pos);
            let ids = (page.first().map_or(0, |link| link.instance_id), last.instance_id);
            for link in page {
                if link.instance_id != head.instance {
                    if let Some(broken) = self.verify_end(snapshot, &head).await? {
                        return Ok(Some(broken));
                    }
                    *cases += 1;
                    head = CaseHead { instance: link.instance_id, version: 0, hash: None };
                }
                if let Some(broken) = follow(&mut head, link) {
                    return Ok(Some(broken));
                }
            }
            tracing::debug!(from = ids.0, to = ids.1, "cases verified");
        }
        self.verify_end(snapshot, &head).await
    }

    /// The case's row must stand where its chain ends.
    async fn verify_end(
        &self,
        snapshot: &DatabaseTransaction,
        head: &CaseHead,
    ) -> Result<Option<Broken>, StoreError> {
        if head.instance == 0 {
            return Ok(None);
        }
        let sql = "SELECT id, revision, head FROM instance WHERE id = $1";
        let statement = self.statement(sql, [head.instance.into()]);
        let end = End::find_by_statement(statement).one(snapshot).await?;
        let fits = end.as_ref().is_some_and(|end| {
            end.id == head.instance
                && end.revision == head.version
                && Some(&end.head) == head.hash.as_ref()
        });
        Ok((!fits).then(|| Broken {
            lane: 0,
            pos: 0,
            instance: Some(head.instance),
            message: format!(
                "expected the case's row at revision {} with the hash {}, found {}",
                head.version,
                head.hash.as_deref().unwrap_or("(none)"),
                end.map_or_else(
                    || "no row".to_owned(),
                    |end| format!("revision {} with the hash {}", end.revision, end.head)
                )
            ),
        }))
    }

    async fn verify_contents(
        &self,
        snapshot: &DatabaseTransaction,
    ) -> Result<Option<Broken>, StoreError> {
        let mut after = String::new();
        loop {
            let sql = "SELECT * FROM content WHERE hash > $1 ORDER BY hash LIMIT $2";
            let values = [after.clone().into(), ROWS_AT_ONCE.into()];
            let statement = self.statement(sql, values);
            let page = content::Model::find_by_statement(statement).all(snapshot).await?;
            let Some(last) = page.last() else { return Ok(None) };
            after.clone_from(&last.hash);
            for row in page {
                let found = Hash::of(row.body.as_bytes());
                if found.as_str() != row.hash {
                    let message = format!("expected content with hash {}, found {found}", row.hash);
                    return Ok(Some(Broken { lane: 0, pos: 0, instance: None, message }));
                }
            }
        }
    }

    pub(crate) async fn count(
        &self,
        snapshot: &DatabaseTransaction,
        table: &str,
    ) -> Result<u64, StoreError> {
        let statement = self.statement(&format!("SELECT count(*) AS n FROM {table}"), []);
        let row = snapshot.query_one_raw(statement).await?;
        let count = row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?;
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default())
    }
}

fn follow(head: &mut CaseHead, link: Link) -> Option<Broken> {
    let message = if link.case_prev != head.hash {
        format!(
            "expected the case's row before it to be {}, found {}",
            head.hash.as_deref().unwrap_or("(none)"),
            link.case_prev.as_deref().unwrap_or("(none)")
        )
    } else if link.refused.is_some() {
        return None;
    } else if link.instance_version != head.version + 1 {
        format!("expected revision {}, found {}", head.version + 1, link.instance_version)
    } else {
        head.version = link.instance_version;
        head.hash = Some(link.hash);
        return None;
    };
    Some(Broken { lane: link.lane, pos: link.pos, instance: Some(link.instance_id), message })
}
