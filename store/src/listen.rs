//! Nodes on one `PostgreSQL` tell each other what changed, by NOTIFY after the commit: NOTIFY inside
//! a transaction would make all commits of the database wait for each other. A lost message costs a
//! period's wait, nothing else, since workers also look by themselves.

use std::collections::BTreeSet;
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

const CHANNEL: &str = "mandate";
/// A message is cut into parts of at most this many bytes; `PostgreSQL` takes 8000.
const BYTES_MAX: usize = 7_000;
const BATCHES_AT_ONCE: usize = 64;
const WAIT_AFTER_LOSS: Duration = Duration::from_secs(1);

/// One change, as nodes tell it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct News {
    /// The node that tells it.
    node: u64,
    /// Cases and the principals whose inbox changed.
    cases: Vec<(i64, BTreeSet<String>)>,
    /// Tables that workers wait for.
    tables: Vec<String>,
}

/// Starts telling and listening; both end with the store.
pub(crate) fn start(store: &Store, telling: Receiver<Told>) {
    let node = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), std::process::id());
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

async fn tell(database: sea_orm::DatabaseConnection, node: u64, mut telling: Receiver<Told>) {
    let mut waiting = Vec::with_capacity(BATCHES_AT_ONCE);
    while telling.recv_many(&mut waiting, BATCHES_AT_ONCE).await > 0 {
        let mut news = News { node, cases: Vec::new(), tables: Vec::new() };
        let mut parts = Vec::new();
        let mut bytes = 0;
        for told in waiting.drain(..) {
            for table in told.tables {
                if !news.tables.iter().any(|own| own == table) {
                    news.tables.push(table.to_owned());
                }
            }
            for changed in told.changed {
                let principals: BTreeSet<String> = (*changed.principals).clone();
                bytes += 40 + principals.iter().map(|own| own.len() + 8).sum::<usize>();
                news.cases.push((changed.instance.0, principals));
                if bytes > BYTES_MAX / 2 {
                    parts.push(news);
                    news = News { node, cases: Vec::new(), tables: Vec::new() };
                    bytes = 0;
                }
            }
        }
        parts.push(news);
        for part in parts {
            let text = serde_json::to_string(&part).expect("news are plain data");
            if text.len() > BYTES_MAX {
                continue;
            }
            let sql = "SELECT pg_notify($1, $2)";
            let values = [CHANNEL.into(), text.into()];
            let notify = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
            if let Err(error) = database.execute_raw(notify).await {
                tracing::warn!(%error, "other nodes could not be told");
            }
        }
    }
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
        for (case, principals) in news.cases {
            let changed = Changed { instance: InstanceId(case), principals: Arc::new(principals) };
            let _listeners = inner.shared.changes.send(changed);
        }
    }
}
