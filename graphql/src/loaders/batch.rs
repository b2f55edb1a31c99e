//! How a loader waits and reads: the first who asks leads. It lets everybody else of the request
//! ask, then reads for all of them. What is read is in `fetches`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use store::read::KEYS_MAX;
use store::{Store, StoreError};
use tokio::sync::oneshot;

/// What one may ask for in a batch.
pub(crate) trait Fetch: Send + Sync + 'static {
    /// What is asked by.
    type Key: Ord + Clone + Send + Sync + 'static;
    /// What is answered.
    type Value: Clone + Send + Sync + 'static;

    /// Reads for many keys; what is not there is left out.
    fn fetch(
        &self,
        store: &Store,
        keys: Vec<Self::Key>,
    ) -> impl Future<Output = Result<BTreeMap<Self::Key, Self::Value>, StoreError>> + Send;
}

/// What a loader answers.
pub(crate) type Loaded<T> = Result<T, Arc<StoreError>>;
type Waiting<F> = (<F as Fetch>::Key, oneshot::Sender<Loaded<Option<<F as Fetch>::Value>>>);

struct Queue<F: Fetch> {
    is_led: bool,
    waiting: Vec<Waiting<F>>,
}

/// A loader of one kind of thing, for one request.
pub(crate) struct Loader<F: Fetch> {
    fetch: F,
    store: Store,
    queue: Mutex<Queue<F>>,
}

impl<F: Fetch> fmt::Debug for Loader<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loader").finish_non_exhaustive()
    }
}

/// Whoever leads. Where their answer is given up, those who wait are sent away to lead themselves.
struct Leading<'a, F: Fetch>(&'a Loader<F>);

impl<F: Fetch> Drop for Leading<'_, F> {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.is_led = false;
        queue.waiting.clear();
    }
}

impl<F: Fetch> Loader<F> {
    pub(crate) fn new(store: &Store, fetch: F) -> Self {
        let queue = Mutex::new(Queue { is_led: false, waiting: Vec::new() });
        Self { fetch, store: store.clone(), queue }
    }

    fn queue(&self) -> MutexGuard<'_, Queue<F>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One thing; none where there is none.
    pub(crate) async fn load(&self, key: F::Key) -> Loaded<Option<F::Value>> {
        loop {
            let (answer, asked) = oneshot::channel();
            let leads = {
                let mut queue = self.queue();
                queue.waiting.push((key.clone(), answer));
                !std::mem::replace(&mut queue.is_led, true)
            };
            if leads {
                let leading = Leading(self);
                let waiting = self.gather().await;
                drop(leading);
                self.answer(waiting).await;
            }
            // Whoever led may have been given up: then it is asked again.
            if let Ok(answer) = asked.await {
                return answer;
            }
        }
    }

    /// Many things by their keys.
    pub(crate) async fn load_many(
        &self,
        keys: impl IntoIterator<Item = F::Key>,
    ) -> Loaded<BTreeMap<F::Key, F::Value>> {
        let keys: BTreeSet<F::Key> = keys.into_iter().collect();
        let loads = keys.into_iter().map(|key| async move {
            let value = self.load(key.clone()).await?;
            Ok::<_, Arc<StoreError>>((key, value))
        });
        let loaded = futures_util::future::try_join_all(loads).await?;
        Ok(loaded.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
    }

    /// Everybody who asks before nobody asks any more.
    async fn gather(&self) -> Vec<Waiting<F>> {
        let mut seen = 0;
        loop {
            tokio::task::yield_now().await;
            let mut queue = self.queue();
            if queue.waiting.len() == seen {
                return std::mem::take(&mut queue.waiting);
            }
            seen = queue.waiting.len();
        }
    }

    async fn answer(&self, waiting: Vec<Waiting<F>>) {
        let keys: BTreeSet<F::Key> = waiting.iter().map(|(key, _)| key.clone()).collect();
        let keys: Vec<F::Key> = keys.into_iter().collect();
        let mut found = Ok(BTreeMap::new());
        for keys in keys.chunks(KEYS_MAX) {
            let fetched = self.fetch.fetch(&self.store, keys.to_vec()).await;
            match (&mut found, fetched) {
                (Ok(found), Ok(fetched)) => found.extend(fetched),
                (_, Err(error)) => {
                    found = Err(Arc::new(error));
                    break;
                }
                (Err(_), Ok(_)) => break,
            }
        }
        for (key, answer) in waiting {
            let value = match &found {
                Ok(found) => Ok(found.get(&key).cloned()),
                Err(error) => Err(Arc::clone(error)),
            };
            // Who does not wait any more needs no answer.
            let _gone = answer.send(value);
        }
    }
}
