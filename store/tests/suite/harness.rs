//! Stores to test with: the same test on both databases, on a clock that stands still.

use std::future::Future;
use std::sync::Arc;

use engine::actor::{Actor, Grant};
use engine::command::Command;
use engine::time::Timestamp;
use store::{Clock, Settings, Store};
use testkit::postgres::Database;

/// When tests begin.
pub const BEGIN: Timestamp = Timestamp(1_767_225_600_000);

/// A database for one test.
pub enum Place {
    /// A file.
    Sqlite(tempfile::TempDir),
    /// A database on the run's server.
    Postgres(Database),
}

impl Place {
    /// Its address.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => {
                format!("sqlite://{}/test.db?mode=rwc", folder.path().display())
            }
            Self::Postgres(database) => database.url(),
        }
    }

    /// Settings for it.
    pub fn settings(&self) -> Settings {
        Settings { clock: Clock::manual(BEGIN), ..Settings::new(self.url()) }
    }
}

/// Runs a test on both databases.
pub fn on_both<F: Future<Output = ()>>(test: impl Fn(Store, Arc<Place>) -> F) {
    on_sqlite(&test);
    on_postgres(&test);
}

/// Runs a test on `SQLite`.
pub fn on_sqlite<F: Future<Output = ()>>(test: &impl Fn(Store, Arc<Place>) -> F) {
    run(Place::Sqlite(tempfile::tempdir().expect("a folder")), test);
}

/// Runs a test on `PostgreSQL`.
pub fn on_postgres<F: Future<Output = ()>>(test: &impl Fn(Store, Arc<Place>) -> F) {
    run(Place::Postgres(Database::create().expect("a PostgreSQL database")), test);
}

fn run<F: Future<Output = ()>>(place: Place, test: &impl Fn(Store, Arc<Place>) -> F) {
    let _first = tracing_subscriber::fmt().with_test_writer().try_init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let place = Arc::new(place);
    runtime.block_on(async {
        let store = Store::open(place.settings()).await.expect("the store opens");
        store.deploy(pack(), "deployer").await.expect("the test pack is right");
        test(store, place.clone()).await;
    });
}

/// A person with roles.
pub fn person(id: &str, roles: &[&str]) -> Actor {
    let grants = roles.iter().map(|role| Grant { role: (*role).into(), unit: None }).collect();
    Actor::Person { id: id.into(), unit: None, grants }
}

/// A clerk.
pub fn clerk(id: &str) -> Actor {
    person(id, &["clerk"])
}

/// Begins a process.
pub fn start(process: &str) -> Command {
    Command::Start { process: process.into(), documents: Default::default(), parent: None }
}

/// Takes a task.
pub fn claim(key: u32) -> Command {
    Command::ClaimTask { task: engine::ids::Key(key) }
}

/// Decides a task.
pub fn complete(key: u32) -> Command {
    Command::CompleteTask {
        task: engine::ids::Key(key),
        outcome: None,
        documents: Default::default(),
        comment: None,
    }
}

const THREE: &str = "process: three
name: Three tasks
startedBy: [clerk]
nodes:
  one: { type: userTask, role: clerk }
  two: { type: userTask, role: clerk }
  three: { type: userTask, role: clerk }
";

/// The pack that tests run on.
pub fn pack() -> store::PackFiles {
    vec![("processes/three.yaml".into(), THREE.into())]
}
