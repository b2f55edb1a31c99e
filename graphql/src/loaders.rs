//! Batches what a list's items need, so that no list makes a query per row.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use engine::instance::Instance;
use serde_json::Value;
use store::directory::Person;
use store::{Store, StoreError};

/// States of cases by id.
#[derive(Debug)]
pub(crate) struct Cases(Store);
/// People by id.
#[derive(Debug)]
pub(crate) struct People(Store);
/// Contents by hash.
#[derive(Debug)]
pub(crate) struct Contents(Store);

pub(crate) fn cases(store: &Store) -> DataLoader<Cases> {
    DataLoader::new(Cases(store.clone()), TokioSpawner::current(), TokioTimer::default())
}

pub(crate) fn people(store: &Store) -> DataLoader<People> {
    DataLoader::new(People(store.clone()), TokioSpawner::current(), TokioTimer::default())
}

pub(crate) fn contents(store: &Store) -> DataLoader<Contents> {
    DataLoader::new(Contents(store.clone()), TokioSpawner::current(), TokioTimer::default())
}

impl Loader<i64> for Cases {
    type Value = Arc<Instance>;
    type Error = Arc<StoreError>;

    async fn load(&self, keys: &[i64]) -> Result<HashMap<i64, Self::Value>, Self::Error> {
        self.0.states(keys).await.map_err(Arc::new)
    }
}

impl Loader<String> for People {
    type Value = Person;
    type Error = Arc<StoreError>;

    async fn load(&self, keys: &[String]) -> Result<HashMap<String, Person>, Self::Error> {
        let people = self.0.persons(keys).await.map_err(Arc::new)?;
        Ok(people.into_iter().map(|person| (person.id.clone(), person)).collect())
    }
}

impl Loader<String> for Contents {
    type Value = Arc<Value>;
    type Error = Arc<StoreError>;

    async fn load(&self, keys: &[String]) -> Result<HashMap<String, Arc<Value>>, Self::Error> {
        self.0.contents(keys).await.map_err(Arc::new)
    }
}
