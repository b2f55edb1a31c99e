//! From a command to a mailbox: a case is begun on a real store, its notices go out by a real SMTP
//! server, and what fails is tried again.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::actor::{Actor, Grant};
use engine::command::Command;
use engine::ids::{InstanceId, Key};
use engine::time::Timestamp;
use notifier::deliver::Deliverer;
use notifier::email::{Email, Settings as MailSettings};
use notifier::template::Site;
use store::directory::Person;
use store::{Clock, Settings, Store, Submit};
use tests::smtp::{HangUp, Refusal, SmtpServer};

const BEGIN: Timestamp = Timestamp(1_772_442_000_000); // 2026-03-02 17:00 in Shanghai

const PACK: &[(&str, &str)] = &[
    ("pack.yaml", "{ pack: test, name: Test, version: '1', calendar: cn }"),
    ("roles.yaml", "roles: { clerk: { name: { zh: 经办人, en: Clerk } } }"),
    ("calendars/cn.yaml", "{ calendar: cn, zone: Asia/Shanghai, years: { 2026: {} } }"),
    (
        "processes/review.yaml",
        "process: review
name: { zh: 审核, en: Review }
startedBy: [clerk]
notices: { task: taskCreated, outcome: decided }
nodes:
  check:
    type: userTask
    name: { zh: 初审, en: Check }
    basis: 第七条
    role: clerk
    due: 5 workdays
    outcomes: { accept: { zh: 通过, en: Accepted }, reject: { zh: 退回, en: Rejected } }
",
    ),
    (
        "notices/taskCreated.yaml",
        r#"
notice: taskCreated
subject: { zh: "待办:{{ task.name }}", en: "To do: {{ task.name }}" }
body:
  zh: "{{ recipient.name }}:请于 {{ task.due }} 前办理。依据:{{ task.basis }}。{{ task.url }}"
  en: "Dear {{ recipient.name }}, due {{ task.due }}: {{ task.working }}"
"#,
    ),
    (
        "notices/decided.yaml",
        r#"{ notice: decided, subject: "{{ case.process }}", body: "{{ task.outcome }}:{{ task.comment }}" }"#,
    ),
];

struct Setup {
    store: Store,
    clock: Clock,
    server: SmtpServer,
    deliverer: Arc<Deliverer<Email>>,
    _folder: tempfile::TempDir,
}

async fn setup() -> anyhow::Result<Setup> {
    let folder = tempfile::tempdir()?;
    let clock = Clock::manual(BEGIN);
    let url = format!("sqlite://{}/test.db", folder.path().display());
    let store = Store::open(Settings { clock: clock.clone(), ..Settings::new(url) }).await?;
    let files = PACK.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    let deployed = store.deploy(files.collect(), "admin").await;
    deployed.map_err(|error| anyhow::anyhow!("{error}: {error:#?}"))?;
    let people =
        [("li", "李明", Some("en")), ("wang", "王芳", None)].map(|(id, name, language)| Person {
            id: id.to_owned(),
            name: name.to_owned(),
            unit: None,
            email: Some(format!("{id}@example.org")),
            language: language.map(str::to_owned),
            fields: serde_json::Map::new(),
            grants: vec![Grant { role: "clerk".into(), unit: None }],
        });
    store.load_people(&[], &people).await?;
    let server = SmtpServer::start().await?;
    let address = format!("smtp://{}:{}", server.host(), server.port());
    let email = Email::new(&MailSettings::from_url(&address, "office@example.org")?)?;
    let site = Site { name: "office".to_owned(), url: "https://example.org".to_owned() };
    let deliverer = Arc::new(Deliverer::new(store.clone(), email, site, "example.org"));
    Ok(Setup { store, clock, server, deliverer, _folder: folder })
}

async fn submit(
    store: &Store,
    target: Option<InstanceId>,
    command: Command,
) -> anyhow::Result<store::Committed> {
    let grants = vec![Grant { role: "clerk".into(), unit: None }];
    let actor = Actor::Person { id: "li".into(), unit: None, grants };
    let submit = match target {
        Some(case) => Submit::to(case, actor, command),
        None => Submit::new(actor, command),
    };
    Ok(store.submit(submit).await?)
}

async fn begin(store: &Store) -> anyhow::Result<InstanceId> {
    let command = Command::Start {
        process: "review".into(),
        documents: BTreeMap::default(),
        parent: None,
        origin: None,
    };
    Ok(submit(store, None, command).await?.instance)
}

#[tokio::test]
async fn everybody_with_the_role_hears_of_a_task_in_their_language() -> anyhow::Result<()> {
    let Setup { store, server, deliverer, .. } = &setup().await?;
    let case = begin(store).await?;
    while deliverer.deliver_once().await? > 0 {}
    let wang = server.wait_for_mail("wang@example.org", "待办:初审").await?;
    assert_eq!(
        wang.text().trim(),
        format!("王芳:请于 2026-03-09 前办理。依据:第七条。https://example.org/tasks/{case}/1")
    );
    let li = server.wait_for_mail("li@example.org", "To do: Check").await?;
    assert_eq!(
        li.text().trim(),
        "Dear 李明, due 2026-03-09: 5 workdays from 2026-03-02, that day not counted, to 2026-03-09"
    );
    assert_ne!(wang.message_id(), li.message_id());
    submit(store, Some(case), Command::ClaimTask { task: Key(1) }).await?;
    let command = Command::CompleteTask {
        task: Key(1),
        outcome: Some("accept".into()),
        documents: BTreeMap::default(),
        comment: Some("材料齐全".to_owned()),
        seen: std::collections::BTreeMap::new(),
    };
    submit(store, Some(case), command).await?;
    while deliverer.deliver_once().await? > 0 {}
    let decided = server.wait_for_mail("li@example.org", "Review").await?;
    assert_eq!(decided.text().trim(), "Accepted:材料齐全");
    assert_eq!(server.received().len(), 3);
    Ok(())
}

#[tokio::test]
async fn what_is_refused_for_now_is_tried_again_and_what_is_refused_for_good_is_not()
-> anyhow::Result<()> {
    let Setup { store, clock, server, deliverer, .. } = &setup().await?;
    server.refuse("li@example.org", Refusal::Temporary);
    server.refuse("wang@example.org", Refusal::Permanent);
    let case = begin(store).await?;
    while deliverer.deliver_once().await? > 0 {}
    assert!(server.received().is_empty());
    let status = async || -> anyhow::Result<Vec<(String, String, i64)>> {
        let rows = store.notices_of(&[case.0]).await?;
        let rows = rows.into_iter().filter(|row| row.recipient.starts_with("person:"));
        let mut rows: Vec<_> = rows.map(|row| (row.recipient, row.status, row.attempts)).collect();
        rows.sort();
        Ok(rows)
    };
    let row = |who: &str, status: &str, attempts| (who.to_owned(), status.to_owned(), attempts);
    let expected = [row("person:li", "pending", 1), row("person:wang", "failed", 1)];
    assert_eq!(status().await?, expected);
    server.accept("li@example.org");
    server.accept("wang@example.org");
    assert_eq!(deliverer.deliver_once().await?, 0, "not before its time");
    clock.set(BEGIN.plus_ms(60_000));
    assert_eq!(deliverer.deliver_once().await?, 1);
    let expected = [row("person:li", "sent", 2), row("person:wang", "failed", 1)];
    assert_eq!((status().await?, server.received().len()), (expected.to_vec(), 1));
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_repeats_the_mail_under_its_id() -> anyhow::Result<()> {
    let Setup { store, clock, server, deliverer, .. } = &setup().await?;
    server.refuse("wang@example.org", Refusal::Permanent);
    server.hang_up(HangUp::BeforeAcknowledging);
    begin(store).await?;
    while deliverer.deliver_once().await? > 0 {}
    clock.set(BEGIN.plus_ms(60_000));
    while deliverer.deliver_once().await? > 0 {}
    let mails = server.wait_for(2).await?;
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].message_id(), mails[1].message_id());
    clock.set(BEGIN.plus_ms(600_000_000));
    assert_eq!(deliverer.deliver_once().await?, 0, "sent is sent");
    Ok(())
}

#[tokio::test]
async fn the_loop_sends_as_notices_come_and_ends_when_told() -> anyhow::Result<()> {
    let Setup { store, server, deliverer, .. } = &setup().await?;
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn({
        let deliverer = Arc::clone(deliverer);
        async move {
            deliverer
                .run(async {
                    let _ended = ended.await;
                })
                .await;
        }
    });
    begin(store).await?;
    server.wait_for(2).await?;
    begin(store).await?;
    server.wait_for(4).await?;
    end.send(()).expect("it still runs");
    running.await?;
    Ok(())
}
