//! Batches what the rows of a list need, so that no list makes a query per row. A loader waits
//! until whoever answers the request has asked for all it can, and then reads once for all. Nothing
//! is kept: what a later part of the request asks for is read anew.

mod batch;
mod fetches;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use store::Store;

use batch::Loader;
pub(crate) use fetches::Place;
use fetches::{
    Attachments, Children, Comments, Contents, Copied, Copies, Did, Drafts, Entries, EntriesOf,
    EntryVersions, Histories, Intakes, IntakesById, Jobs, LastVersions, Members, Names, Pages,
    PagesById, People, Sources, States, Tasks, TasksOf, Units, Versions,
};

/// The loaders of one request.
#[derive(Debug)]
pub(crate) struct Loaders {
    /// States of cases by id.
    pub(crate) states: Loader<States>,
    /// Tasks by case and key.
    pub(crate) tasks: Loader<Tasks>,
    /// Pages of cases' tasks.
    pub(crate) tasks_of: Loader<TasksOf>,
    /// People by id.
    pub(crate) people: Loader<People>,
    /// What people and units are called, by id.
    pub(crate) names: Loader<Names>,
    /// Units by id, as the expressions see them.
    pub(crate) units: Loader<Units>,
    /// Contents of documents by hash.
    pub(crate) contents: Loader<Contents>,
    /// Members of roles.
    pub(crate) members: Loader<Members>,
    /// Whether something of a case was copied to a person.
    pub(crate) copied: Loader<Copied>,
    /// Whether a person did something in a case, as their list says.
    pub(crate) did: Loader<Did>,
    /// What of cases was copied to whom.
    pub(crate) copies: Loader<Copies>,
    /// A person's drafts.
    pub(crate) drafts: Loader<Drafts>,
    /// Pages of cases' comments.
    pub(crate) comments: Loader<Comments>,
    /// Pages of cases' histories.
    pub(crate) histories: Loader<Histories>,
    /// Pages of versions of documents.
    pub(crate) versions: Loader<Versions>,
    /// Cases that cases called.
    pub(crate) children: Loader<Children>,
    /// Public pages of cases.
    pub(crate) pages: Loader<Pages>,
    /// Register entries of cases.
    pub(crate) entries: Loader<Entries>,
    /// Pages of registers' entries.
    pub(crate) entries_of: Loader<EntriesOf>,
    /// Pages of changes of registers' entries.
    pub(crate) entry_versions: Loader<EntryVersions>,
    /// Last changes of registers' entries.
    pub(crate) last_versions: Loader<LastVersions>,
    /// Intakes of cases.
    pub(crate) intakes: Loader<Intakes>,
    /// Intakes by case and key.
    pub(crate) intakes_by_id: Loader<IntakesById>,
    /// Public pages by case and key.
    pub(crate) pages_by_id: Loader<PagesById>,
    /// YAML of processes.
    pub(crate) sources: Loader<Sources>,
    /// What is known of files, by hash.
    pub(crate) attachments: Loader<Attachments>,
    /// Work for machines.
    pub(crate) jobs: Loader<Jobs>,
    /// Cases that the request gave a command as one who takes part in them.
    pub(crate) given: Mutex<BTreeSet<i64>>,
    /// Whether the store failed for the request and it was logged.
    pub(crate) has_failed: AtomicBool,
}

impl Loaders {
    /// Loaders for a new request.
    pub(crate) fn new(store: &Store) -> Self {
        Self {
            states: Loader::new(store, States),
            tasks: Loader::new(store, Tasks),
            tasks_of: Loader::new(store, TasksOf),
            people: Loader::new(store, People),
            names: Loader::new(store, Names),
            units: Loader::new(store, Units),
            contents: Loader::new(store, Contents),
            members: Loader::new(store, Members),
            copied: Loader::new(store, Copied),
            did: Loader::new(store, Did),
            copies: Loader::new(store, Copies),
            drafts: Loader::new(store, Drafts),
            comments: Loader::new(store, Comments),
            histories: Loader::new(store, Histories),
            versions: Loader::new(store, Versions),
            children: Loader::new(store, Children),
            pages: Loader::new(store, Pages),
            entries: Loader::new(store, Entries),
            entries_of: Loader::new(store, EntriesOf),
            entry_versions: Loader::new(store, EntryVersions),
            last_versions: Loader::new(store, LastVersions),
            intakes: Loader::new(store, Intakes),
            intakes_by_id: Loader::new(store, IntakesById),
            pages_by_id: Loader::new(store, PagesById),
            sources: Loader::new(store, Sources),
            attachments: Loader::new(store, Attachments),
            jobs: Loader::new(store, Jobs),
            given: Mutex::default(),
            has_failed: AtomicBool::new(false),
        }
    }
}
