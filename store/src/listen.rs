//! Nodes on one `PostgreSQL` tell each other what changed, by NOTIFY after the commit: NOTIFY inside
//! a transaction would make all commits of the database wait for each other. A lost message costs a
//! period's wait, nothing else, since workers also look by themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use engine::ids::InstanceId;
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::Receiver;

use crate::settings::Place;
use crate::shared::{Changed, Told};
use crate::store::Store;

/// How a node tells the others; apart from what is read, which is counted.
pub(crate) const TELL: &str = "SELECT pg_notify($1, $2)";
const CHANNEL: &str = "mandate";
/// A message is cut into parts of at most this many bytes; `PostgreSQL` takes 8000.
const BYTES_MAX: usize = 7_000;
const BATCHES_AT_ONCE: usize = 64;
/// Cases that are named together.
const CASES_AT_ONCE: usize = 64;
/// Digits of a case's id, and a comma.
const CASE_BYTES_MAX: usize = 21;
/// The time from one telling to the next; the first after a quiet time is told at once.
const TELL_PAUSE: Duration = Duration::from_millis(20);
const WAIT_AFTER_LOSS: Duration = Duration::from_secs(1);

/// One change, as nodes tell it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct News {
    /// The node that tells it.
    node: u64,
    /// Principals whose inbox changed, and the cases by which.
    cases: Vec<(Arc<BTreeSet<String>>, Vec<i64>)>,
    /// Tables that workers wait for.
    tables: Vec<String>,
}

/// Starts telling and listening; both end with the store.
pub(crate) fn start(store: &Store, telling: Receiver<Told>) {
    let node = crate::random::mark(std::process::id());
    let inner = Arc::downgrade(&store.inner);
    tokio::spawn(tell(store.inner.reads.clone(), node, telling));
    if let Place::Postgres(url) = store.inner.place.clone() {
        tokio::spawn(async move {
            while inner.upgrade().is_some() {
                if let Err(error) = listen(&url, node, &inner).await {
                    tracing::warn!(%error, "other nodes are not heard; trying again");
                }
                tokio::time::sleep(WAIT_AFTER_LOSS).await;
            }
        });
    }
}

/// Tells what was changed, a moment's batches together: each message is a transaction of its own, and
/// comes back to all nodes.
async fn tell(database: sea_orm::DatabaseConnection, node: u64, mut telling: Receiver<Told>) {
    let mut waiting = Vec::with_capacity(BATCHES_AT_ONCE);
    while telling.recv_many(&mut waiting, BATCHES_AT_ONCE).await > 0 {
        for part in parts(node, waiting.drain(..)) {
            let text = serde_json::to_string(&part).expect("news are plain data");
            if text.len() > BYTES_MAX {
                continue;
            }
            let values = [CHANNEL.into(), text.into()];
            let notify = Statement::from_sql_and_values(DbBackend::Postgres, TELL, values);
            if let Err(error) = database.execute_raw(notify).await {
                tracing::warn!(%error, "other nodes could not be told");
            }
        }
        tokio::time::sleep(TELL_PAUSE).await;
    }
}

/// What some batches changed, in messages that are not too long.
fn parts(node: u64, batches: impl Iterator<Item = Told>) -> Vec<News> {
    let mut tables = BTreeSet::new();
    let mut groups: BTreeMap<Arc<BTreeSet<String>>, BTreeSet<i64>> = BTreeMap::new();
    for told in batches {
        tables.extend(told.tables);
        for changed in told.changed {
            groups.entry(changed.principals).or_default().insert(changed.instance.0);
        }
    }
    let tables = tables.into_iter().map(str::to_owned).collect();
    let mut parts = vec![News { node, cases: Vec::new(), tables }];
    let mut bytes = 0;
    for (principals, cases) in groups {
        let cases: Vec<i64> = cases.into_iter().collect();
        let own = 8 + principals.iter().map(|one| one.len() + 4).sum::<usize>();
        for cases in cases.chunks(CASES_AT_ONCE) {
            let more = own + cases.len() * CASE_BYTES_MAX;
            if bytes + more > BYTES_MAX / 2 {
                parts.push(News { node, cases: Vec::new(), tables: Vec::new() });
                bytes = 0;
            }
            bytes += more;
            let part = parts.last_mut().expect("there is always one");
            part.cases.push((principals.clone(), cases.to_vec()));
        }
    }
    parts
}

async fn listen(
    url: &str,
    node: u64,
    inner: &std::sync::Weak<crate::store::Inner>,
) -> Result<(), sea_orm::sqlx::Error> {
    let mut listener = PgListener::connect(url).await?;
    listener.listen(CHANNEL).await?;
    loop {
        let heard = listener.recv().await?;
        let Some(inner) = inner.upgrade() else { return Ok(()) };
        let Ok(news) = serde_json::from_str::<News>(heard.payload()) else { continue };
        if news.node == node {
            continue;
        }
        for table in &news.tables {
            if let Some(worker) = inner.shared.wakes.of(table) {
                worker.notify_one();
            }
        }
        for (principals, cases) in news.cases {
            for case in cases {
                let (instance, principals) = (InstanceId(case), principals.clone());
                let _listeners = inner.shared.changes.send(Changed { instance, principals });
            }
        }
    }
}
