//! What is sent, what is journalled, and what becomes of each answer and each failure.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use connectors::{Connector, OUTCOMES, Secrets, Settings};
use engine::actor::{Actor, Grant};
use engine::command::Command;
use engine::ids::{InstanceId, Key};
use engine::instance::{Instance, Status};
use engine::time::Timestamp;
use serde_json::{Value, json};
use store::attachments::Files;
use store::{Clock, Store, Submit};
use tests::places::Place;
use tests::service::{Reply, Service};
use tokio::sync::oneshot;

/// When tests begin: 2026-01-01.
const BEGIN: Timestamp = Timestamp(1_767_225_600_000);
/// Longer than any lease.
const LEASE_MS: i64 = 120_000;
const TOKEN: &str = "a-very-secret-token";

const ASKS: &str = "process: asks
name: Asks a service
startedBy: [clerk]
variables: { score: { type: integer, initial: 0 }, said: { type: any } }
nodes:
  ask:
    type: serviceTask
    http:
      method: POST
      url: http://ADDRESS/score
      headers: { Authorization: { secret: TOKEN, prefix: 'Bearer ' }, X-Case: =instance.id }
      query: { of: 某 公司 }
      body: { case: =instance.id, score: =score }
      errors: { UNKNOWN: 404 }
      timeout: 1 seconds
      result: { score: response.body.score, said: response }
  end: { type: endEvent, outcome: done }
  unknown: { type: boundaryEvent, attachedTo: ask, error: UNKNOWN, to: lost }
  lost: { type: endEvent, outcome: lost }
";

fn pack(address: &str) -> store::PackFiles {
    let files = [
        ("pack.yaml", "pack: test\nname: For tests\nversion: '1'\ncalendar: cn\n".to_owned()),
        ("roles.yaml", "roles:\n  clerk: { name: Clerk }\n".to_owned()),
        ("calendars/cn.yaml", "calendar: cn\nzone: UTC\n".to_owned()),
        ("processes/asks.yaml", ASKS.replace("ADDRESS", address)),
    ];
    files.map(|(path, text)| (path.into(), text.into_bytes())).to_vec()
}

/// A case whose task asks a service.
struct World {
    store: Store,
    connector: Connector,
    service: Service,
    case: InstanceId,
}

/// What a server may do: call that service, and say the token.
fn settings(hosts: &str) -> Result<Settings> {
    let known = [("TOKEN".to_owned(), TOKEN.to_owned())].into();
    Ok(Settings {
        hosts: hosts.parse().map_err(anyhow::Error::msg)?,
        secrets: Secrets::new(None, known),
        answer_bytes_max: 1000,
        calls_max: 2,
    })
}

impl World {
    async fn new(
        place: &Place,
        replies: Vec<Reply>,
        set: impl FnOnce(&mut Settings),
    ) -> Result<Self> {
        let service = Service::start(replies).await?;
        let mut allowed = settings(service.address())?;
        set(&mut allowed);
        let store = Store::open(store::Settings {
            clock: Clock::manual(BEGIN),
            files: Files::Folder(place.files().into()),
            ..store::Settings::new(place.url())
        });
        let store = store.await?;
        store
            .deploy(pack(service.address()), "deployer")
            .await
            .map_err(|e| anyhow::anyhow!("{e:?}"))?;
        let clerk = Actor::Person {
            id: "li".into(),
            unit: None,
            grants: vec![Grant { role: "clerk".into(), unit: None }],
        };
        let documents = BTreeMap::new();
        let (process, parent, origin) = ("asks".into(), None, None);
        let start = Command::Start { process, documents, parent, origin };
        let case = store.submit(Submit::new(clerk, start)).await?.instance;
        let connector = Connector::new(store.clone(), allowed);
        Ok(Self { store, connector, service, case })
    }

    async fn state(&self) -> Result<Arc<Instance>> {
        let mut states = self.store.states(&[self.case.0]).await?;
        states.remove(&self.case.0).context("the case")
    }

    /// Lets time pass, with all that falls due, and makes the calls that are due then.
    async fn pass(&self, ms: i64) -> Result<usize> {
        let clock = self.store.clock();
        clock.set(clock.now().plus_ms(ms));
        self.store.settle().await?;
        Ok(self.connector.settle().await?)
    }

    /// The task's incident, if it has one.
    async fn incident(&self) -> Result<String> {
        let state = self.state().await?;
        let incident = state.activations().values().find_map(|it| it.incident.clone());
        Ok(incident.map_or_else(String::new, |it| it.message))
    }

    /// How many calls ended so.
    fn ended(&self, outcome: &str) -> u64 {
        let place = OUTCOMES.iter().position(|own| *own == outcome).expect("an outcome");
        self.connector.calls().ended()[place]
    }
}

/// Runs a test on both databases.
async fn on_both<F: Future<Output = Result<()>>>(test: impl Fn(Place) -> F) -> Result<()> {
    for place in Place::both()? {
        test(place).await?;
    }
    Ok(())
}

/// In how many rows of the journal, of cases and of jobs a text stands.
fn kept(place: &Place, text: &str) -> Result<i64> {
    let mut rows = 0;
    for (table, column) in [("journal", "content"), ("instance", "body"), ("job", "input")] {
        let sql = format!("SELECT count(*) FROM {table} WHERE {column} LIKE '%{text}%'");
        rows += place.numbers(&sql)?[0][0];
    }
    Ok(rows)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_taken_and_no_secret_is_kept() -> Result<()> {
    on_both(|place| async move {
        let body = json!({ "score": 7, "seen": format!("Bearer {TOKEN}"), "pad": "一" });
        let mut reply = Reply::json(200, &body);
        if let Reply::Answer { headers, .. } = &mut reply {
            headers.push(("set-cookie", "session=abc".to_owned()));
            headers.push(("x-echo", TOKEN.to_owned()));
        }
        let world = World::new(&place, vec![reply], |_| {}).await?;
        assert_eq!(world.connector.settle().await?, 1);
        let [asked] = &world.service.asked()[..] else { panic!("asked once") };
        assert_eq!(
            (&*asked.method, &*asked.path),
            ("POST", "/score?of=%E6%9F%90%20%E5%85%AC%E5%8F%B8")
        );
        assert_eq!(asked.headers["authorization"], format!("Bearer {TOKEN}"));
        assert_eq!(asked.headers["x-case"], world.case.to_string());
        assert_eq!(asked.headers["content-type"], "application/json");
        let key = &asked.headers["idempotency-key"];
        assert!(key.starts_with(&format!("{}-1-", world.case)), "{key}");
        let sent: Value = serde_json::from_str(&asked.body)?;
        assert_eq!(sent, json!({ "case": world.case.to_string(), "score": 0 }));
        let state = world.state().await?;
        assert_eq!(state.status(), Status::Completed);
        assert_eq!(state.variables()["score"], json!(7));
        let said = &state.variables()["said"];
        assert_eq!((&said["status"], &said["body"]["seen"]), (&json!(200), &json!("Bearer ***")));
        assert_eq!(said["headers"]["x-echo"], json!("***"));
        assert_eq!(said["headers"].get("set-cookie"), None);
        assert_eq!((kept(&place, TOKEN)?, kept(&place, "session=abc")?), (0, 0));
        assert!(kept(&place, "\"secret\":\"TOKEN\"")? > 0, "its name is journalled");
        assert_eq!(world.ended("2xx"), 1);
        assert_eq!(world.connector.settle().await?, 0, "it is done");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_fails_is_asked_again_after_longer_pauses_with_the_same_key() -> Result<()> {
    on_both(|place| async move {
        let busy = || Reply::json(500, &json!({}));
        let replies = vec![busy(), busy(), Reply::json(200, &json!({ "score": 3 }))];
        let world = World::new(&place, replies, |_| {}).await?;
        assert_eq!(world.connector.settle().await?, 1);
        assert_eq!(world.pass(9_999).await?, 0, "not before its pause is over");
        assert_eq!(world.pass(1).await?, 1);
        assert_eq!(world.pass(19_999).await?, 0, "the second pause is longer");
        assert_eq!(world.pass(1).await?, 1);
        let asked = world.service.asked();
        assert_eq!(asked.len(), 3);
        for again in &asked[1..] {
            assert_eq!(again.headers["idempotency-key"], asked[0].headers["idempotency-key"]);
            assert_eq!(again.body, asked[0].body);
        }
        assert_eq!(world.state().await?.variables()["score"], json!(3));
        assert_eq!((world.ended("5xx"), world.ended("2xx")), (2, 1));
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_waits_to_be_tried_again_is_nobodys_however_long() -> Result<()> {
    on_both(|place| async move {
        let world = World::new(&place, vec![Reply::json(503, &json!({}))], |_| {}).await?;
        assert_eq!(world.connector.settle().await?, 1);
        // The clock goes beyond every lease, but what waits for it has not run.
        let clock = world.store.clock();
        clock.set(clock.now().plus_ms(LEASE_MS));
        assert_eq!(world.connector.settle().await?, 0);
        let jobs = world.store.jobs(&[(world.case.0, 1)]).await?;
        assert_eq!(jobs.iter().map(|job| job.retries).collect::<Vec<_>>(), [2]);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapped_answer_is_caught_on_the_boundary() -> Result<()> {
    on_both(|place| async move {
        let world = World::new(&place, vec![Reply::json(404, &json!({}))], |_| {}).await?;
        assert_eq!(world.connector.settle().await?, 1);
        let state = world.state().await?;
        assert_eq!(state.outcome().map(engine::ids::OutcomeName::as_str), Some("lost"));
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_not_allowed_is_not_called() -> Result<()> {
    on_both(|place| async move {
        let none = |settings: &mut Settings| settings.hosts = connectors::Hosts::default();
        let world = World::new(&place, Vec::new(), none).await?;
        assert_eq!(world.connector.settle().await?, 1);
        assert_eq!(world.service.asked(), []);
        let incident = world.incident().await?;
        let expected = format!(
            "expected the call of the service to succeed, but it failed once, last: expected a \
             host that may be called, found `{}`: add it to the server's setting connectorHosts \
             (MANDATE_CONNECTOR_HOSTS)",
            world.service.address()
        );
        assert_eq!(incident, expected);
        assert_eq!(world.ended("notMade"), 1);
        assert_eq!(world.pass(LEASE_MS).await?, 0, "it waits for somebody");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_missing_is_named_and_found_when_it_is_given() -> Result<()> {
    on_both(|place| async move {
        let folder = place.folder().join("secrets");
        std::fs::create_dir(&folder)?;
        let known = folder.clone();
        let world =
            World::new(&place, vec![Reply::json(200, &json!({ "score": 1 }))], |settings| {
                settings.secrets = Secrets::new(Some(known), BTreeMap::new());
            });
        let world = world.await?;
        assert_eq!(world.connector.settle().await?, 1);
        let incident = world.incident().await?;
        assert!(
            incident.contains("the secret `TOKEN`, which the server does not have"),
            "{incident}"
        );
        assert!(incident.contains("MANDATE_SECRET_TOKEN"), "{incident}");
        assert_eq!(world.service.asked(), []);
        std::fs::write(folder.join("TOKEN"), format!("{TOKEN}\n"))?;
        let admin = vec![Grant { role: "admin".into(), unit: None }];
        let admin = Actor::Person { id: "zhao".into(), unit: None, grants: admin };
        let retry = Command::Retry { key: Key(1) };
        world.store.submit(Submit::to(world.case, admin, retry)).await?;
        assert_eq!(world.connector.settle().await?, 1);
        let [asked] = &world.service.asked()[..] else { panic!("asked once") };
        assert_eq!(asked.headers["authorization"], format!("Bearer {TOKEN}"));
        assert_eq!(world.state().await?.status(), Status::Completed);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_too_large_is_not_taken() -> Result<()> {
    on_both(|place| async move {
        let large = Reply::json(200, &json!({ "score": 1, "pad": "x".repeat(1000) }));
        let world = World::new(&place, vec![large], |_| {}).await?;
        assert_eq!(world.connector.settle().await?, 1);
        let incident = world.incident().await?;
        assert!(incident.contains("expected an answer of at most 1000 bytes"), "{incident}");
        assert!(incident.contains("connectorAnswerBytesMax"), "{incident}");
        assert_eq!(world.ended("tooLarge"), 1);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed() -> Result<()> {
    on_both(|place| async move {
        let headers = vec![("location", "/elsewhere".to_owned())];
        let reply = Reply::Answer { status: 302, headers, body: String::new() };
        let world = World::new(&place, vec![reply], |_| {}).await?;
        assert_eq!(world.connector.settle().await?, 1);
        assert_eq!(world.service.asked().len(), 1);
        assert!(world.incident().await?.ends_with("it answered with the status 302"));
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_and_an_unreachable_service_are_tried_again() -> Result<()> {
    on_both(|place| async move {
        let world = World::new(&place, vec![Reply::Silence], |_| {}).await?;
        assert_eq!(world.connector.settle().await?, 1);
        assert_eq!((world.ended("timedOut"), world.incident().await?), (1, String::new()));
        let World { store, connector, service, case } = world;
        drop(service);
        let clock = store.clock();
        clock.set(clock.now().plus_ms(10_000));
        store.settle().await?;
        assert_eq!(connector.settle().await?, 1);
        let jobs = store.jobs(&[(case.0, 1)]).await?;
        assert_eq!(jobs.iter().map(|job| job.retries).collect::<Vec<_>>(), [1]);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_ends_finishes_the_call_it_began() -> Result<()> {
    on_both(|place| async move {
        let world = World::new(&place, vec![Reply::Silence], |_| {}).await?;
        let (end, ended) = oneshot::channel::<()>();
        let connector = world.connector.clone();
        let running = tokio::spawn(async move {
            connector.run(async { ended.await.unwrap_or_default() }).await;
        });
        world.service.asked_times(1).await?;
        end.send(()).expect("it runs");
        running.await?;
        assert_eq!(world.ended("timedOut"), 1, "it waited for the answer");
        let jobs = world.store.jobs(&[(world.case.0, 1)]).await?;
        assert_eq!(jobs.iter().map(|job| job.retries).collect::<Vec<_>>(), [2]);
        Ok(())
    })
    .await
}
