//! Who asked lately: a request then need not read the directory first. What this node changes
//! counts at once, what another one changes within `AGE_MAX`. Nothing is decided here.

use std::collections::BTreeMap;
use std::sync::RwLock;
use std::time::{Duration, Instant};

use super::Person;
use crate::error::StoreError;
use crate::store::Store;

/// How long a person is taken to be as they were read.
const AGE_MAX: Duration = Duration::from_secs(1);
/// People that are kept; the next one begins anew.
const PEOPLE_MAX: usize = 10_000;

/// People by id, with when they were read.
#[derive(Debug, Default)]
pub(crate) struct Lately(RwLock<BTreeMap<String, (Instant, Person)>>);

impl Lately {
    fn get(&self, id: &str) -> Option<Person> {
        let people = self.0.read().ok()?;
        let (read, person) = people.get(id)?;
        (read.elapsed() < AGE_MAX).then(|| person.clone())
    }

    fn keep(&self, read: Instant, person: &Person) {
        if let Ok(mut people) = self.0.write() {
            if people.len() >= PEOPLE_MAX {
                people.clear();
            }
            people.insert(person.id.clone(), (read, person.clone()));
        }
    }

    /// Forgets everybody: the directory changed.
    pub(super) fn forget(&self) {
        if let Ok(mut people) = self.0.write() {
            people.clear();
        }
    }
}

impl Store {
    /// A person who asks for something, as the directory had them a second ago at most; none when
    /// there is no such person, or no more.
    pub async fn who_asks(&self, id: &str) -> Result<Option<Person>, StoreError> {
        let lately = &self.inner.shared.lately;
        if let Some(person) = lately.get(id) {
            return Ok(Some(person));
        }
        let read = Instant::now();
        let person = self.person(id).await?;
        if let Some(person) = &person {
            lately.keep(read, person);
        }
        Ok(person)
    }
}
