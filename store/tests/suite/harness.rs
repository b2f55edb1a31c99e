//! Stores to test with: the same test on both databases, on a clock that stands still.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use engine::actor::{Actor, Grant};
use engine::command::Command;
use engine::ids::InstanceId;
use engine::time::Timestamp;
use sea_orm::{ConnectionTrait, Database as Connection, Statement};
use store::attachments::Files;
use store::{Clock, Settings, Store, Submit};
use testkit::postgres::Database;

/// When tests begin: 2026-01-01.
pub(crate) const BEGIN: Timestamp = Timestamp(1_767_225_600_000);

/// A test that takes longer hangs.
const TEST_MAX: std::time::Duration = std::time::Duration::from_mins(1);

/// A database for one test, with a folder for files.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    postgres: Option<Database>,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), postgres: None }
    }

    pub(crate) fn postgres() -> Self {
        let postgres = Some(Database::create().expect("a PostgreSQL database"));
        Self { folder: tempfile::tempdir().expect("a folder"), postgres }
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        match &self.postgres {
            None => format!("sqlite://{}/test.db?mode=rwc", self.folder.path().display()),
            Some(database) => database.url(),
        }
    }

    /// Settings for it.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            clock: Clock::manual(BEGIN),
            files: Files::Folder(self.folder.path().join("files")),
            ..Settings::new(self.url())
        }
    }

    /// Runs SQL behind the store's back.
    pub(crate) async fn sql(&self, sql: &str) {
        let connection = Connection::connect(self.url()).await.expect("a connection");
        connection.execute_unprepared(sql).await.expect("the SQL runs");
        connection.close().await.expect("it closes");
    }

    /// The first number of a query's first row.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let connection = Connection::connect(self.url()).await.expect("a connection");
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let row = connection.query_one_raw(statement).await.expect("the SQL runs").expect("a row");
        connection.close().await.expect("it closes");
        row.try_get_by_index(0).expect("a number")
    }
}

/// Runs a test on both databases, with the test pack deployed.
pub(crate) fn on_both<F: Future<Output = ()>>(test: impl Fn(Store, Arc<Place>) -> F) {
    on(Place::sqlite(), &test);
    on(Place::postgres(), &test);
}

/// Runs a test on one database.
pub(crate) fn on<F: Future<Output = ()>>(place: Place, test: &impl Fn(Store, Arc<Place>) -> F) {
    let _first = tracing_subscriber::fmt().with_test_writer().try_init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let place = Arc::new(place);
    runtime.expect("a runtime").block_on(async {
        let store = Store::open(place.settings()).await.expect("the store opens");
        store.deploy(pack(), "deployer").await.expect("the test pack is right");
        let done = tokio::time::timeout(TEST_MAX, test(store, place.clone())).await;
        done.expect("the test ends in time");
    });
}

/// A person with roles.
pub(crate) fn person(id: &str, roles: &[&str]) -> Actor {
    let grants = roles.iter().map(|role| Grant { role: (*role).into(), unit: None }).collect();
    Actor::Person { id: id.into(), unit: None, grants }
}

/// A clerk.
pub(crate) fn clerk(id: &str) -> Actor {
    person(id, &["clerk"])
}

/// Begins a process.
pub(crate) fn start(process: &str) -> Command {
    Command::Start {
        process: process.into(),
        documents: BTreeMap::new(),
        parent: None,
        origin: None,
    }
}

/// Takes a task.
pub(crate) fn claim(key: i64) -> Command {
    Command::ClaimTask { task: engine::ids::Key(u32::try_from(key).expect("a key")) }
}

/// Gives a task back.
pub(crate) fn release(key: i64) -> Command {
    Command::ReleaseTask { task: engine::ids::Key(u32::try_from(key).expect("a key")) }
}

/// Decides a task.
pub(crate) fn complete(key: i64) -> Command {
    Command::CompleteTask {
        task: engine::ids::Key(u32::try_from(key).expect("a key")),
        outcome: None,
        documents: BTreeMap::new(),
        comment: None,
        seen: std::collections::BTreeMap::new(),
    }
}

/// Begins a case and answers its id.
pub(crate) async fn begin(store: &Store, process: &str) -> InstanceId {
    let begun = store.submit(Submit::new(clerk("li"), start(process))).await;
    begun.expect("it begins").instance
}

/// The key of a case's one open task.
pub(crate) async fn open_task(store: &Store, case: InstanceId) -> i64 {
    let tasks = store.tasks_of(&[case.0]).await.expect("tasks");
    let mut open = tasks.iter().filter(|task| task.completed_at.is_none());
    open.next().expect("an open task").key
}

/// Runs a case of three tasks to its end.
pub(crate) async fn run_through(store: &Store, case: InstanceId) {
    for _ in 0..3 {
        let key = open_task(store, case).await;
        for command in [claim(key), complete(key)] {
            store.submit(Submit::to(case, clerk("li"), command)).await.expect("it is done");
        }
    }
}

const THREE: &str = "process: three
name: Three tasks
startedBy: [clerk]
nodes:
  one: { type: userTask, role: clerk, due: 4 hours }
  two: { type: userTask, role: clerk }
  three: { type: userTask, role: clerk }
";

const NUMBERED: &str = "process: numbered
name: With a number
number: 'N{year}-{number:04}'
startedBy: [clerk]
nodes:
  one: { type: userTask, role: clerk }
";

const SHOWS: &str = "process: shows
name: 公示
startedBy: [clerk]
nodes:
  show: { type: publish, title: Shown, for: 5 workdays, wait: true }
  done: { type: endEvent }
";

const WAITS: &str = "process: waits
name: Waits an hour
startedBy: [clerk]
variables: { note: { type: text } }
nodes:
  pause: { type: intermediateCatchEvent, timer: 1 hours }
  one: { type: userTask, role: clerk }
";

const LATE: &str = "process: late
name: Escalates what is late
startedBy: [clerk]
nodes:
  one: { type: userTask, role: clerk, due: 1 hours, overdue: { escalate: chief } }
";

const CALLS: &str = "process: calls
name: Calls another
startedBy: [clerk]
nodes:
  call: { type: callActivity, process: waits }
  one: { type: userTask, role: clerk }
";

const RECEIVES: &str = "process: receives
name: Waits for a message
startedBy: [clerk]
nodes:
  paid: { type: intermediateCatchEvent, message: paid, key: ='invoice-7' }
  one: { type: userTask, role: clerk }
";

const LISTENS: &str = "process: listens
name: Waits for a bell
startedBy: [clerk]
nodes:
  wait: { type: intermediateCatchEvent, signal: bell }
";

const LETTERS: &str = "process: letters
name: Begins when a letter comes, or when a horn is blown
variables: { text: { type: any } }
nodes:
  letter: { type: startEvent, message: letter, into: text, to: read }
  horn: { type: startEvent, signal: horn, to: read }
  read: { type: userTask, role: clerk }
";

const TAKES: &str = "process: takes
name: Waits for an amount
startedBy: [clerk]
variables: { amount: { type: integer } }
nodes:
  paid: { type: intermediateCatchEvent, message: amount, key: ='invoice-7', into: amount }
  one: { type: userTask, role: clerk }
";

const FORMS: &str = "process: forms
name: Begins with a number
variables: { said: { type: integer } }
nodes:
  form: { type: startEvent, message: form, into: said }
  one: { type: userTask, role: clerk }
";

const SIGNALS: &str = "process: signals
name: Rings a bell
startedBy: [clerk]
nodes:
  ring: { type: intermediateThrowEvent, signal: bell }
  one: { type: userTask, role: clerk }
";

/// Two that answer each other for ever, one that begins it, one that hears a signal, and one that answers what
/// waited for it.
const RINGS: [(&str, &str); 5] = [
    (
        "processes/kicks.yaml",
        "process: kicks
name: Begins the ring
startedBy: [clerk]
nodes:
  ping: { type: intermediateThrowEvent, message: ping, key: ='ring' }
  round: { type: intermediateThrowEvent, signal: round }
  ask: { type: intermediateThrowEvent, message: ask, key: ='ring' }
",
    ),
    (
        "processes/pings.yaml",
        "process: pings
name: Answers a ping
startedBy: [clerk]
nodes:
  wait: { type: intermediateCatchEvent, message: ping, key: ='ring' }
  pong: { type: intermediateThrowEvent, message: pong, key: ='ring', to: wait }
",
    ),
    (
        "processes/pongs.yaml",
        "process: pongs
name: Answers a pong
startedBy: [clerk]
nodes:
  wait: { type: intermediateCatchEvent, message: pong, key: ='ring' }
  ping: { type: intermediateThrowEvent, message: ping, key: ='ring', to: wait }
",
    ),
    (
        "processes/hears.yaml",
        "process: hears
name: Hears the round
startedBy: [clerk]
nodes:
  wait: { type: intermediateCatchEvent, signal: round }
  heard: { type: intermediateThrowEvent, message: heard, key: ='ring' }
",
    ),
    (
        "processes/answers.yaml",
        "process: answers
name: Answers what waited for it
startedBy: [clerk]
nodes:
  asked: { type: intermediateCatchEvent, message: ask, key: ='ring' }
  heard: { type: intermediateCatchEvent, message: heard, key: ='ring' }
  answer: { type: intermediateThrowEvent, message: pong, key: ='ring' }
",
    ),
];

const ASKS: &str = "process: asks
name: Calls one that fails
startedBy: [clerk]
nodes:
  call: { type: callActivity, process: fails }
  end: { type: endEvent, outcome: fine }
  told: { type: boundaryEvent, attachedTo: call, escalation: SLOW, interrupting: false, to: know }
  know: { type: userTask, role: clerk, to: known }
  known: { type: endEvent }
  failed: { type: boundaryEvent, attachedTo: call, error: REFUSED, to: refused }
  refused: { type: endEvent, outcome: refused }
";

const FAILS: &str = "process: fails
name: Escalates and fails
nodes:
  slow: { type: intermediateThrowEvent, escalation: SLOW }
  one: { type: userTask, role: clerk }
  no: { type: endEvent, error: REFUSED }
";

const WORKS: &str = "process: works
name: Work for a machine
startedBy: [clerk]
nodes:
  letter: { type: serviceTask, topic: letter, retries: 2, input: { to: ='wu' } }
  one: { type: userTask, role: clerk }
";

const SEALS: &str = "process: seals
name: A worker may fail
startedBy: [clerk]
nodes:
  seal: { type: serviceTask, topic: seal }
  end: { type: endEvent }
  failed: { type: boundaryEvent, attachedTo: seal, error: any, to: one }
  one: { type: userTask, role: clerk }
";

const LEDGER: &str = "register: ledger
name: Ledger
series: 'E{number}'
columns: { unit: Unit, state: State, amount: Amount }
types: { amount: integer }
";

const ENTERS: &str = "process: enters
name: Makes an entry
startedBy: [clerk]
variables: { number: { type: text } }
nodes:
  enter: { type: record, register: ledger, columns: { unit: acme, state: valid, amount: =7 }, into: number }
  one: { type: userTask, role: clerk }
";

const CHANGES: &str = "process: changes
name: Changes the first entry
startedBy: [clerk]
nodes:
  one: { type: userTask, role: clerk }
  change: { type: record, register: ledger, number: E1, columns: { state: over } }
  two: { type: userTask, role: clerk }
";

const LOOKS: &str = "process: looks
name: Looks for entries
startedBy: [clerk]
variables: { found: { type: texts } }
nodes:
  look: { type: scriptTask, set: { found: \"=entries('ledger', 'state', 'valid').map(e, e.number)\" } }
  one: { type: userTask, role: clerk }
";

const PACK: &str = "pack: test
name: For tests
version: '1'
calendar: cn
";

const ROLES: &str = "roles:
  clerk: { name: Clerk }
  chief: { name: Chief }
";

const CALENDAR: &str = "calendar: cn
zone: UTC
";

/// The pack that tests run on.
pub(crate) fn pack() -> store::PackFiles {
    let files = [
        ("pack.yaml", PACK),
        ("roles.yaml", ROLES),
        ("calendars/cn.yaml", CALENDAR),
        ("processes/three.yaml", THREE),
        ("processes/numbered.yaml", NUMBERED),
        ("processes/waits.yaml", WAITS),
        ("processes/late.yaml", LATE),
        ("processes/shows.yaml", SHOWS),
        ("processes/calls.yaml", CALLS),
        ("processes/receives.yaml", RECEIVES),
        ("processes/listens.yaml", LISTENS),
        ("processes/letters.yaml", LETTERS),
        ("processes/signals.yaml", SIGNALS),
        RINGS[0],
        RINGS[1],
        RINGS[2],
        RINGS[3],
        RINGS[4],
        ("processes/takes.yaml", TAKES),
        ("processes/forms.yaml", FORMS),
        ("processes/asks.yaml", ASKS),
        ("processes/fails.yaml", FAILS),
        ("processes/works.yaml", WORKS),
        ("processes/seals.yaml", SEALS),
        ("registers/ledger.yaml", LEDGER),
        ("processes/enters.yaml", ENTERS),
        ("processes/changes.yaml", CHANGES),
        ("processes/looks.yaml", LOOKS),
    ];
    files.map(|(path, text)| (path.into(), text.into())).to_vec()
}
