//! `kill -9` in the middle of load: what was acknowledged is there, nothing is there twice, the
//! journal's chain holds, and the tables are what it says.
//!
//! Many clients work through GraphQL, each command under an idempotency key. The server is killed
//! when a random number of commands has been acknowledged, at a random moment after that. Then the
//! database is read as it was left, the server begins again, and every client sends the command it
//! had no answer for once more, under the same key. `MANDATE_TEST_LONG=1` (`cargo xtask test
//! --long`) kills 200 times in a row on each database, otherwise 3 times; `MANDATE_TEST_SEED`
//! repeats a run's random choices.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::api::Api;
use tests::office::CLERKS;
use tests::places::Place;
use tests::random::Random;
use tests::server::Server;
use tokio::sync::Notify;

const KILLS: usize = 3;
const KILLS_LONG: usize = 200;
/// Commands that are acknowledged before a kill, at most.
const BEFORE_KILL_MAX: u64 = 120;
/// Turns that the killer gives away before it kills, at most: so that it is not always just after
/// a commit.
const TURNS_MAX: u64 = 4_000;

/// A command that a client sends until it has an answer.
#[derive(Debug, Clone)]
struct Pending {
    query: &'static str,
    variables: Value,
    /// The case that it is for; none begins one.
    case: Option<i64>,
}

/// One client: it begins cases of three tasks and works through them.
#[derive(Debug)]
struct Client {
    person: String,
    sent: usize,
    pending: Option<Pending>,
    /// What it does next, where nothing is pending.
    next: Option<(&'static str, Value, i64)>,
    /// How many commands of each case were acknowledged.
    acknowledged: BTreeMap<i64, i64>,
}

/// How the kill is timed.
#[derive(Debug)]
struct Moment {
    acknowledged: AtomicUsize,
    kill_at: usize,
    reached: Notify,
}

const START: &str = "mutation($key: String!) {
    answer: startInstance(input: { process: \"three\", idempotencyKey: $key }) {
    revision instance { id status tasks(first: 10) { nodes { id state } } } } }";
const CLAIM: &str = "mutation($task: ID!, $key: String!) {
    answer: claimTask(input: { task: $task, idempotencyKey: $key }) {
    revision instance { id status tasks(first: 10) { nodes { id state } } } } }";
const COMPLETE: &str = "mutation($task: ID!, $key: String!) {
    answer: completeTask(input: { task: $task, idempotencyKey: $key }) {
    revision instance { id status tasks(first: 10) { nodes { id state } } } } }";

impl Client {
    fn new(number: usize) -> Self {
        Self {
            person: format!("clerk{number}"),
            sent: 0,
            pending: None,
            next: None,
            acknowledged: BTreeMap::new(),
        }
    }

    /// The command without an answer, or the next one.
    fn command(&mut self) -> Pending {
        if let Some(pending) = &self.pending {
            return pending.clone();
        }
        self.sent += 1;
        let key = format!("k{}", self.sent);
        let (query, mut variables, case) = match self.next.take() {
            Some((query, variables, case)) => (query, variables, Some(case)),
            None => (START, json!({}), None),
        };
        variables["key"] = json!(key);
        let pending = Pending { query, variables, case };
        self.pending = Some(pending.clone());
        pending
    }

    /// Works until the server is gone.
    async fn work(&mut self, api: &Api, moment: &Moment) -> Result<()> {
        loop {
            let command = self.command();
            let told = api.try_ask(Some(&self.person), command.query, command.variables.clone());
            let Ok(told) = told.await else { return Ok(()) };
            let data = match told {
                Ok(data) => data,
                Err(refused) => bail!("{} {command:?}: {refused}", self.person),
            };
            self.note(&command, &data["answer"])?;
            if moment.acknowledged.fetch_add(1, Ordering::SeqCst) + 1 == moment.kill_at {
                moment.reached.notify_one();
            }
        }
    }

    /// An answer: each command raises its case's revision by one, whether it is answered at once or
    /// when it is sent again.
    fn note(&mut self, command: &Pending, answer: &Value) -> Result<()> {
        let case = tests::api::instance_key(&answer["instance"]["id"])?;
        let revision = answer["revision"].as_i64().context("a revision")?;
        ensure!(command.case.is_none_or(|expected| expected == case), "{command:?}: {answer}");
        let acknowledged = self.acknowledged.entry(case).or_default();
        *acknowledged += 1;
        ensure!(*acknowledged == revision, "{} {command:?}: {answer}", self.person);
        self.pending = None;
        let tasks = answer["instance"]["tasks"]["nodes"].as_array().context("a list")?;
        let of = |state: &str| tasks.iter().find(|task| task["state"] == state);
        self.next = match (of("CLAIMED"), of("OPEN")) {
            (Some(task), _) => Some((COMPLETE, json!({ "task": task["id"] }), case)),
            (None, Some(task)) => Some((CLAIM, json!({ "task": task["id"] }), case)),
            (None, None) => None,
        };
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_a_killed_server_loses_nothing_and_repeats_nothing() -> Result<()> {
    killed_again_and_again(&Place::sqlite()?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_a_killed_server_loses_nothing_and_repeats_nothing() -> Result<()> {
    killed_again_and_again(&Place::postgres()?).await
}

async fn killed_again_and_again(place: &Place) -> Result<()> {
    let kills = if tests::long() { KILLS_LONG } else { KILLS };
    let mut random = Random::from_environment();
    tests::office::write(&place.folder().join("office"))?;
    let mut clients: Vec<Client> = (0..CLERKS).map(Client::new).collect();
    for kill in 1..=kills {
        let kill_at = usize::try_from(1 + random.below(BEFORE_KILL_MAX))?;
        let moment =
            Arc::new(Moment { acknowledged: AtomicUsize::new(0), kill_at, reached: Notify::new() });
        let server = start(place)?;
        let api = Api::of(server.address());
        let turns = random.below(TURNS_MAX);
        let killer = tokio::spawn({
            let moment = Arc::clone(&moment);
            async move {
                moment.reached.notified().await;
                for _ in 0..turns {
                    std::thread::yield_now();
                }
                server.kill()
            }
        });
        let working = clients.iter_mut().map(|client| client.work(&api, &moment));
        for worked in join_all(working).await {
            worked.with_context(|| format!("before kill {kill}"))?;
        }
        killer.await??;
        compare(place, &clients).with_context(|| format!("after kill {kill}"))?;
        eprintln!("kill {kill}: after {kill_at} commands and {turns} turns, all as it should be");
    }
    settle(place, &mut clients).await
}

fn start(place: &Place) -> Result<Server> {
    let pack = place.folder().join("office").display().to_string();
    Server::start(&place.url(), &["--demo", "--pack", &pack, "--blobs", &place.files()])
}

/// Every client gets the answer it still waits for; then nothing may be open to doubt.
async fn settle(place: &Place, clients: &mut [Client]) -> Result<()> {
    let server = start(place)?;
    let api = Api::of(server.address());
    for client in clients.iter_mut().filter(|client| client.pending.is_some()) {
        let command = client.command();
        let data = api.ask(Some(&client.person), command.query, command.variables.clone()).await?;
        client.note(&command, &data["answer"])?;
    }
    ensure!(server.end()?.success());
    compare(place, clients)?;
    let commands: i64 = clients.iter().flat_map(|client| client.acknowledged.values()).sum();
    let carried_out = place.numbers("SELECT count(*) FROM journal WHERE refused IS NULL")?;
    assert_eq!(carried_out, [[commands]], "each command is journalled once");
    let keys: usize = clients.iter().map(|client| client.sent).sum();
    assert_eq!(i64::try_from(keys)?, commands, "each key is one command");
    eprintln!("{commands} commands of {} clients, each there and once", clients.len());
    Ok(())
}

/// The database as the dead server left it, against what the clients were told.
fn compare(place: &Place, clients: &[Client]) -> Result<()> {
    let rows = place.numbers("SELECT id, revision FROM instance")?;
    let mut found: BTreeMap<i64, i64> = rows.iter().map(|row| (row[0], row[1])).collect();
    let mut beginning = 0;
    for client in clients {
        let open = client.pending.as_ref();
        beginning += usize::from(open.is_some_and(|pending| pending.case.is_none()));
        for (case, acknowledged) in &client.acknowledged {
            let revision = found.remove(case).with_context(|| format!("case {case} is lost"))?;
            let more = i64::from(open.is_some_and(|pending| pending.case == Some(*case)));
            ensure!(
                (*acknowledged..=acknowledged + more).contains(&revision),
                "case {case}: {acknowledged} commands were acknowledged, {revision} are there"
            );
        }
    }
    ensure!(found.len() <= beginning, "cases that nobody was told of: {found:?}");
    ensure!(found.values().all(|revision| *revision == 1), "done on cases of nobody: {found:?}");
    for command in ["verify", "rebuild"] {
        let mut checking = Command::new(testkit::binary::mandate()?);
        checking.current_dir(place.folder()).args([command, "--database", &place.url()]);
        let checked = checking.output()?;
        let said = String::from_utf8_lossy(&checked.stdout);
        let complained = String::from_utf8_lossy(&checked.stderr);
        ensure!(checked.status.success(), "mandate {command}: {said}{complained}");
    }
    Ok(())
}
