//! Nodes on one `PostgreSQL` tell each other what changed, by NOTIFY after the commit: NOTIFY inside
//! a transaction would make all commits of the database wait for each other. A lost message costs a
//! period's wait, nothing else, since workers also look by themselves.
//!
//! Each message is a transaction that is written to disk and comes back to who sent it, so a node that
//! is alone says nothing but that it is there, once. Who hears that answers; from then on both tell
//! what changes, and say now and then that they are still there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use engine::ids::InstanceId;
use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
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
/// A node that has company and nothing to tell says so often that it is there.
const HERE_EVERY: Duration = Duration::from_secs(5);
/// A node that was not heard for so long is gone.
const GONE_AFTER: Duration = Duration::from_secs(30);

/// One change, as nodes tell it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct News {
    /// The node that tells it.
    node: u64,
    /// Whether it has just begun to listen and knows nobody yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    arrived: bool,
    /// Principals whose inbox changed, and the cases by which.
    cases: Vec<(Arc<BTreeSet<String>>, Vec<i64>)>,
    /// Tables that workers wait for.
    tables: Vec<String>,
}

impl News {
    /// Nothing but that the node is there.
    const fn here(node: u64) -> Self {
        Self { node, arrived: false, cases: Vec::new(), tables: Vec::new() }
    }
}

/// What a node knows of others on its database.
#[derive(Debug, Default)]
struct Others {
    heard: Mutex<Option<Instant>>,
    /// Somebody asks who is there.
    asked: Notify,
}

impl Others {
    fn hear(&self, news: &News) {
        // Who was alone sleeps until there is something to tell: from now on it says that it is there.
        let is_first = !self.are_there();
        if let Ok(mut heard) = self.heard.lock() {
            *heard = Some(Instant::now());
        }
        if news.arrived || is_first {
            self.asked.notify_one();
        }
    }

    fn are_there(&self) -> bool {
        let heard = self.heard.lock().ok().and_then(|heard| *heard);
        heard.is_some_and(|heard| heard.elapsed() < GONE_AFTER)
    }
}

/// Starts telling and listening; both end with the store.
pub(crate) fn start(store: &Store, telling: Receiver<Told>) {
    let node = crate::random::mark(std::process::id());
    let inner = Arc::downgrade(&store.inner);
    let others = Arc::new(Others::default());
    tokio::spawn(tell(store.inner.reads.clone(), node, telling, others.clone()));
    if let Place::Postgres(url) = store.inner.place.clone() {
        tokio::spawn(async move {
            while inner.upgrade().is_some() {
                if let Err(error) = listen(&url, node, &inner, &others).await {
                    tracing::warn!(%error, "other nodes are not heard; trying again");
                }
                tokio::time::sleep(WAIT_AFTER_LOSS).await;
            }
        });
    }
}

/// Tells what was changed, a moment's batches together.
async fn tell(
    database: sea_orm::DatabaseConnection,
    node: u64,
    mut telling: Receiver<Told>,
    others: Arc<Others>,
) {
    let mut waiting = Vec::with_capacity(BATCHES_AT_ONCE);
    loop {
        let (closed, asked) = tokio::select! {
            some = telling.recv_many(&mut waiting, BATCHES_AT_ONCE) => (some == 0, false),
            () = others.asked.notified() => (false, true),
            () = tokio::time::sleep(HERE_EVERY), if others.are_there() => (false, false),
        };
        if closed {
            return;
        }
        let told = waiting.drain(..);
        if !asked && !others.are_there() {
            continue;
        }
        for part in parts(node, told) {
            say(&database, &part).await;
        }
        tokio::time::sleep(TELL_PAUSE).await;
    }
}

async fn say(database: &impl ConnectionTrait, news: &News) {
    let text = serde_json::to_string(news).expect("news are plain data");
    if text.len() > BYTES_MAX {
        return;
    }
    let values = [CHANNEL.into(), text.into()];
    let notify = Statement::from_sql_and_values(DbBackend::Postgres, TELL, values);
    if let Err(error) = database.execute_raw(notify).await {
        tracing::warn!(%error, "other nodes could not be told");
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
    let mut parts = vec![News { tables, ..News::here(node) }];
    let mut bytes = 0;
    for (principals, cases) in groups {
        let cases: Vec<i64> = cases.into_iter().collect();
        let own = 8 + principals.iter().map(|one| one.len() + 4).sum::<usize>();
        for cases in cases.chunks(CASES_AT_ONCE) {
            let more = own + cases.len() * CASE_BYTES_MAX;
            if bytes + more > BYTES_MAX / 2 {
                parts.push(News::here(node));
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
    others: &Others,
) -> Result<(), sea_orm::sqlx::Error> {
    let mut listener = PgListener::connect(url).await?;
    listener.listen(CHANNEL).await?;
    if let Some(inner) = inner.upgrade() {
        say(&inner.reads, &News { arrived: true, ..News::here(node) }).await;
    }
    loop {
        let heard = listener.recv().await?;
        let Some(inner) = inner.upgrade() else { return Ok(()) };
        let Ok(news) = serde_json::from_str::<News>(heard.payload()) else { continue };
        if news.node == node {
            continue;
        }
        others.hear(&news);
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
