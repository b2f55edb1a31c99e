//! What the loaders read: a statement of the store for many keys each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::actor::{Member, Unit};
use engine::ids::{RoleName, UnitId};
use engine::instance::Instance;
use engine::text::Text;
use serde_json::Value;
use store::directory::Person;
use store::read::{Entry, Page, Refused, Slice};
use store::tables::{
    attachment, comment, copied, document, draft, intake, job, page, register_entry,
    register_version, task,
};
use store::{Store, StoreError};

use super::batch::Fetch;

/// A page of what belongs to a case: after which place, and how many. In one request all rows of a
/// list ask for the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place<K, C, M = ()> {
    /// Of what.
    pub(crate) of: K,
    /// After which place.
    pub(crate) after: Option<C>,
    /// How many.
    pub(crate) first: u32,
    /// In which way.
    pub(crate) mode: M,
}

/// Keys that ask for the same page, together.
fn by_page<K: Ord + Clone, C: Ord + Clone, M: Ord + Copy>(
    keys: Vec<Place<K, C, M>>,
) -> BTreeMap<(Option<C>, u32, M), Vec<K>> {
    let mut groups: BTreeMap<(Option<C>, u32, M), Vec<K>> = BTreeMap::new();
    for Place { of, after, first, mode } in keys {
        groups.entry((after, first, mode)).or_default().push(of);
    }
    groups
}

/// Declares fetches of a page of each of many.
macro_rules! paged {
    ($($(#[$doc:meta])* $name:ident: $of:ty, $cursor:ty, $mode:ty => $row:ty, $read:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name;

        impl Fetch for $name {
            type Key = Place<$of, $cursor, $mode>;
            type Value = Arc<Slice<$row>>;

            async fn fetch(
                &self,
                store: &Store,
                keys: Vec<Self::Key>,
            ) -> Result<BTreeMap<Self::Key, Self::Value>, StoreError> {
                let mut found = BTreeMap::new();
                for ((after, first, mode), of) in by_page(keys) {
                    let page = Page { after: after.clone(), first };
                    let read = $read;
                    let slices: BTreeMap<$of, Slice<$row>> = read(store, of, page, mode).await?;
                    found.extend(slices.into_iter().map(|(of, slice)| {
                        let after = after.clone();
                        (Place { of, after, first, mode }, Arc::new(slice))
                    }));
                }
                Ok(found)
            }
        }
    )+};
}

paged! {
    /// Tasks of cases.
    TasksOf: i64, i64, () => task::Model,
        async |store: &Store, of: Vec<i64>, page, ()| store.tasks_of_each(&of, page).await;
    /// Comments on cases.
    Comments: i64, (i64, i64), () => comment::Model,
        async |store: &Store, of: Vec<i64>, page, ()| store.comments_of_each(&of, page).await;
    /// Commands of cases.
    Histories: i64, (i64, i64, i64), Refused => Entry,
        async |store: &Store, of: Vec<i64>, page, refused| {
            store.history_of_each(&of, page, refused).await
        };
    /// Entries of registers.
    EntriesOf: String, (i64, i64), () => register_entry::Model,
        async |store: &Store, of: Vec<String>, page, ()| store.register_entries(&of, page).await;
    /// Changes of entries of registers.
    EntryVersions: (String, String), i64, () => register_version::Model,
        async |store: &Store, of: Vec<(String, String)>, page, ()| {
            store.register_versions_of_each(&of, page).await
        };
    /// Versions of documents of cases.
    Versions: (i64, String), i64, () => document::Model,
        async |store: &Store, of: Vec<(i64, String)>, page, ()| {
            store.versions_of_each(&of, page).await
        };
}

/// Declares fetches by key.
macro_rules! keyed {
    ($($(#[$doc:meta])* $name:ident: $key:ty => $value:ty, $read:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name;

        impl Fetch for $name {
            type Key = $key;
            type Value = $value;

            async fn fetch(
                &self,
                store: &Store,
                keys: Vec<$key>,
            ) -> Result<BTreeMap<$key, $value>, StoreError> {
                let read = $read;
                read(store, keys).await
            }
        }
    )+};
}

/// Rows that belong to cases, by case.
fn grouped<M>(rows: Vec<M>, instance: impl Fn(&M) -> i64) -> BTreeMap<i64, Arc<Vec<M>>> {
    let mut groups: BTreeMap<i64, Vec<M>> = BTreeMap::new();
    for row in rows {
        groups.entry(instance(&row)).or_default().push(row);
    }
    groups.into_iter().map(|(id, rows)| (id, Arc::new(rows))).collect()
}

/// Cases by the person that each is asked about for.
fn by_person(keys: Vec<(String, i64)>) -> BTreeMap<String, Vec<i64>> {
    let mut groups: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (person, id) in keys {
        groups.entry(person).or_default().push(id);
    }
    groups
}

keyed! {
    /// States of cases.
    States: i64 => Arc<Instance>,
        async |store: &Store, keys: Vec<i64>| -> Result<_, StoreError> {
            Ok(store.states(&keys).await?.into_iter().collect())
        };
    /// Tasks by case and key.
    Tasks: (i64, i64) => task::Model,
        async |store: &Store, keys: Vec<(i64, i64)>| -> Result<_, StoreError> {
            let rows = store.tasks(&keys).await?;
            Ok(rows.into_iter().map(|row| ((row.instance_id, row.key), row)).collect())
        };
    /// People by id.
    People: String => Person,
        async |store: &Store, keys: Vec<String>| -> Result<_, StoreError> {
            let people = store.persons(&keys).await?;
            Ok(people.into_iter().map(|person| (person.id.clone(), person)).collect())
        };
    /// What people and units are called, by id.
    Names: String => Text,
        async |store: &Store, keys: Vec<String>| -> Result<_, StoreError> {
            Ok(store.names(&keys).await?.into_iter().collect())
        };
    /// Units by id, as the expressions see them.
    Units: UnitId => Arc<Unit>,
        async |store: &Store, keys: Vec<UnitId>| -> Result<_, StoreError> {
            let ids: Vec<String> = keys.iter().map(ToString::to_string).collect();
            let units = store.units(&ids).await?.into_iter().map(store::directory::Unit::into_told);
            Ok(units.map(|unit| (unit.id.clone(), Arc::new(unit))).collect())
        };
    /// Contents of documents by hash.
    Contents: String => Arc<Value>,
        async |store: &Store, keys: Vec<String>| -> Result<_, StoreError> {
            Ok(store.contents(&keys).await?.into_iter().collect())
        };
    /// Members of roles.
    Members: RoleName => Arc<Vec<Member>>,
        async |store: &Store, keys: Vec<RoleName>| -> Result<_, StoreError> {
            let members = store.members_of(&keys).await?;
            Ok(members.into_iter().map(|(role, held)| (role, Arc::new(held))).collect())
        };
    /// Whether a person did something in a case, as `Store::did_among` says: there is a value where they
    /// did.
    Did: (String, i64) => (),
        async |store: &Store, keys: Vec<(String, i64)>| -> Result<_, StoreError> {
            let mut found = BTreeMap::new();
            for (person, own) in by_person(keys) {
                let did = store.did_among(&person, &own).await?;
                found.extend(did.into_iter().map(|id| ((person.clone(), id), ())));
            }
            Ok(found)
        };
    /// Whether a person was told of a case, as `Store::told_among` says: there is a value where they were.
    Copied: (String, i64) => (),
        async |store: &Store, keys: Vec<(String, i64)>| -> Result<_, StoreError> {
            let mut found = BTreeMap::new();
            for (person, own) in by_person(keys) {
                let told = store.told_among(&person, &own).await?;
                found.extend(told.into_iter().map(|id| ((person.clone(), id), ())));
            }
            Ok(found)
        };
    /// What of cases was copied to whom.
    Copies: i64 => Arc<Vec<copied::Model>>,
        async |store: &Store, keys: Vec<i64>| -> Result<_, StoreError> {
            Ok(grouped(store.copies_of(&keys).await?, |row| row.instance_id))
        };
    /// Drafts of tasks, by person, case and key.
    Drafts: (String, i64, i64) => draft::Model,
        async |store: &Store, keys: Vec<(String, i64, i64)>| -> Result<_, StoreError> {
            let mut found = BTreeMap::new();
            let people: BTreeSet<String> = keys.iter().map(|(one, _, _)| one.clone()).collect();
            for person in people {
                let own = keys.iter().filter(|(of, _, _)| *of == person);
                let own: Vec<(i64, i64)> = own.map(|(_, id, key)| (*id, *key)).collect();
                let rows = store.drafts(&person, &own).await?;
                found.extend(
                    rows.into_iter()
                        .map(|row| ((row.person.clone(), row.instance_id, row.key), row)),
                );
            }
            Ok(found)
        };
    /// Cases that cases called.
    Children: i64 => Vec<Arc<Instance>>,
        async |store: &Store, keys: Vec<i64>| store.states_of_children(&keys).await;
    /// Public pages of cases, also those that are down.
    Pages: i64 => Arc<Vec<page::Model>>,
        async |store: &Store, keys: Vec<i64>| -> Result<_, StoreError> {
            Ok(grouped(store.pages_of(&keys).await?, |row| row.instance_id))
        };
    /// The last changes of entries of registers.
    LastVersions: (String, String) => register_version::Model,
        async |store: &Store, keys: Vec<(String, String)>| store.last_versions(&keys).await;
    /// Register entries of cases.
    Entries: i64 => Arc<Vec<register_entry::Model>>,
        async |store: &Store, keys: Vec<i64>| -> Result<_, StoreError> {
            Ok(grouped(store.register_entries_of(&keys).await?, |row| row.instance_id))
        };
    /// Intakes of cases.
    Intakes: i64 => Arc<Vec<intake::Model>>,
        async |store: &Store, keys: Vec<i64>| -> Result<_, StoreError> {
            Ok(grouped(store.intakes_of(&keys).await?, |row| row.instance_id))
        };
    /// Intakes by case and key.
    IntakesById: (i64, i64) => intake::Model,
        async |store: &Store, keys: Vec<(i64, i64)>| -> Result<_, StoreError> {
            let rows = store.intakes(&keys).await?;
            Ok(rows.into_iter().map(|row| ((row.instance_id, row.key), row)).collect())
        };
    /// Public pages by case and key, also those that are down.
    PagesById: (i64, i64) => page::Model,
        async |store: &Store, keys: Vec<(i64, i64)>| -> Result<_, StoreError> {
            let rows = store.pages_by_id(&keys).await?;
            Ok(rows.into_iter().map(|row| ((row.instance_id, row.key), row)).collect())
        };
    /// YAML of processes, by process and version.
    Sources: (String, u32) => String,
        async |store: &Store, keys: Vec<(String, u32)>| store.definition_sources(&keys).await;
    /// What is known of files, by hash; a file has a row for each person who uploaded it.
    Attachments: String => Arc<Vec<attachment::Model>>,
        async |store: &Store, keys: Vec<String>| -> Result<_, StoreError> {
            let mut found: BTreeMap<String, Vec<attachment::Model>> = BTreeMap::new();
            for row in store.attachments(&keys).await? {
                found.entry(row.hash.clone()).or_default().push(row);
            }
            Ok(found.into_iter().map(|(hash, rows)| (hash, Arc::new(rows))).collect())
        };
    /// Work for machines, by case and key.
    Jobs: (i64, i64) => job::Model,
        async |store: &Store, keys: Vec<(i64, i64)>| -> Result<_, StoreError> {
            let rows = store.jobs(&keys).await?;
            Ok(rows.into_iter().map(|row| ((row.instance_id, row.key), row)).collect())
        };
}
