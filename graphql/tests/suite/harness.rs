//! An API to test with: the same test on both databases, on a clock that stands still.

use std::future::Future;
use std::time::Duration;

use async_graphql::{Executor as _, Request, Variables};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use engine::actor::Grant;
use engine::text::Language;
use engine::time::Timestamp;
use graphql::{Schema, Viewing, schema};
use sea_orm::{ConnectionTrait as _, Database as Connection};
use serde_json::{Value, json};
use store::attachments::Files;
use store::directory::Person;
use store::{Clock, Settings, Store};
use testkit::postgres::Database;

/// When tests begin: 2026-01-05 09:00 in Beijing, a Monday.
pub(crate) const BEGIN: Timestamp = Timestamp(1_767_574_800_000);
/// A test that takes longer hangs.
const TEST_MAX: Duration = Duration::from_mins(2);

const PROCESS: &str = "process: permit
name: { zh: 许可, en: Permit }
number: 'P{year}-{number:04}'
title: =application.name
startedBy: [clerk]
documents:
  application: { form: application }
  review:
    form: review
    rules: [{ check: text != application.secret, message: { zh: 不得照抄, en: Do not copy }, field: text }]
  comments: { form: comment, list: true }
nodes:
  apply: { type: userTask, name: 申请, assign: initiator, edit: application }
  review:
    type: userTask
    name: { zh: 审查, en: Review }
    basis: 第一条
    role: reviewer
    separate: [apply]
    show: { document: application, fields: { secret: hidden, working: hidden } }
    edit: review
    due: { in: 10 workdays, extend: once }
    outcomes:
      accept: { label: 通过, require: review.text }
      correct: { label: 退回, to: apply, comment: required, documents: optional }
  hearing:
    type: intake
    from: public
    where: { check: submitted.text != application.name, message: { zh: 意见不能只写名称, en: Say more than its name } }
    into: comments
    closes: 5 days
  enter: { type: record, register: permits, columns: { name: =application.name } }
  announce: { type: publish, title: =application.name, show: { document: application, fields: { secret: hidden, working: hidden } } }
  notify: { type: serviceTask, topic: letter }
";

/// A case with signers and every operation.
const LEAVE: &str = "process: leave
name: Leave
startedBy: [clerk]
operations: [withdraw, void, terminate, reopen]
opinions: open
documents: { request: { form: review } }
nodes:
  ask: { type: userTask, name: 申请, assign: initiator, edit: request }
  sign:
    type: userTask
    name: { zh: 会签, en: Sign }
    people: =['li', 'zhao']
    sign: { rule: vote, pass: 2/3 }
    operations: [addSigner, removeSigner, transfer, delegate, return, terminate, urge, copy]
    outcomes: { agree: { zh: 同意, en: Agree }, disagree: { label: 不同意, to: ask } }
  check: { type: userTask, name: 审核, role: reviewer, operations: [takeBack, urge, copy], outcomes: { pass: 通过 } }
  confirm: { type: userTask, name: 确认, role: clerk }
";

const FORMS: [(&str, &str); 3] = [
    (
        "application",
        "form: application
name: 申请表
fields:
  name: { type: text, label: 名称, required: true }
  secret: { type: text, label: 内部 }
  proof: { type: file, label: 证明, accept: [pdf] }
  working: { type: file, label: 底稿, accept: [pdf] }
",
    ),
    (
        "comment",
        "form: comment
name: 意见表
fields:
  text: { type: text, required: true }
  annexes: { type: file, label: 附件, accept: [pdf], many: true }
",
    ),
    ("review", "form: review\nname: 审查表\nfields:\n  text: { type: text, required: true }\n"),
];

const ROLES: &str = "roles:
  clerk: { name: Clerk }
  reviewer: { name: Reviewer }
  admin: { name: Admin }
  auditor: { name: Auditor }
  dashboard: { name: Dashboard }
  worker: { name: Worker }
";

const REGISTER: &str = "register: permits
name: 许可台账
series: '许〔{year}〕{number:04}号'
public: true
columns: { name: 名称 }
";

const NOTES: &str = "register: notes
name: 内部台账
series: '内〔{year}〕{number:04}号'
readers: [reviewer]
columns: { name: 名称 }
";

/// The test pack's files.
pub(crate) fn pack() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = vec![
        ("pack.yaml".into(), "pack: test\nname: Test\nversion: \"1\"\ncalendar: cn\n".into()),
        ("roles.yaml".into(), ROLES.into()),
        ("calendars/cn.yaml".into(), "calendar: cn\nzone: Asia/Shanghai\n".into()),
        ("processes/permit.yaml".into(), PROCESS.into()),
        ("processes/leave.yaml".into(), LEAVE.into()),
        ("registers/permits.yaml".into(), REGISTER.into()),
        ("registers/notes.yaml".into(), NOTES.into()),
    ];
    files.extend(FORMS.map(|(name, text)| (format!("forms/{name}.yaml"), text.into())));
    files
}

/// Everybody there is, with their roles.
pub(crate) const PEOPLE: [(&str, &[&str]); 8] = [
    ("wu", &["clerk"]),
    ("li", &["reviewer"]),
    ("zhao", &["reviewer", "clerk"]),
    ("boss", &["admin"]),
    ("eye", &["auditor"]),
    ("board", &["dashboard"]),
    ("robot", &["worker"]),
    ("nobody", &[]),
];

/// An API over a store.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) store: Store,
    pub(crate) schema: Schema,
    settings: Settings,
}

impl Api {
    /// The API on a store that is opened with these settings.
    async fn open(settings: Settings) -> Self {
        let store = Store::open(settings.clone()).await.expect("the store opens");
        let schema = schema(&store, |_| Vec::new());
        Self { store, schema, settings }
    }

    /// Runs SQL while the store is closed, and opens it again.
    pub(crate) async fn after_sql(self, sql: &str) -> Self {
        let Self { store, schema, settings } = self;
        store.close().await;
        drop((store, schema));
        let connection = Connection::connect(&settings.url).await.expect("a connection");
        connection.execute_unprepared(sql).await.expect("the SQL runs");
        connection.close().await.expect("it closes");
        Self::open(settings).await
    }

    /// Who asks.
    pub(crate) async fn viewing(&self, who: Option<&str>) -> Viewing {
        self.viewing_in(who, Language::En).await
    }

    /// Who asks, in which language.
    pub(crate) async fn viewing_in(&self, who: Option<&str>, language: Language) -> Viewing {
        let person = match who {
            Some(who) => self.store.person(who).await.expect("the directory answers"),
            None => None,
        };
        Viewing { person, language }
    }

    /// A person's request; none is the public.
    pub(crate) async fn raw(&self, who: Option<&str>, query: &str, variables: Value) -> Value {
        let asked = Request::new(query).variables(Variables::from_json(variables));
        let asked = asked.data(self.viewing(who).await);
        serde_json::to_value(self.schema.execute(asked).await).expect("plain data")
    }

    /// What a person's request gives; it has to succeed.
    pub(crate) async fn ask(&self, who: &str, query: &str, variables: Value) -> Value {
        let answer = self.raw(Some(who), query, variables).await;
        assert!(answer.get("errors").is_none(), "{who}: {query}\n{answer:#}");
        answer["data"].clone()
    }

    /// The code that a person's request is refused with.
    pub(crate) async fn code(&self, who: Option<&str>, query: &str, variables: Value) -> String {
        let answer = self.raw(who, query, variables).await;
        answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("OK").to_owned()
    }

    /// Begins a permit as `wu` and hands the application in; answers the case's id.
    pub(crate) async fn applied(&self, name: &str) -> String {
        self.applied_with(json!({ "name": name, "secret": "s" })).await
    }

    /// The same with all that is filled in.
    pub(crate) async fn applied_with(&self, content: Value) -> String {
        let begin =
            "mutation { startInstance(input: { process: \"permit\" }) { instance { id } } }";
        let begun = self.ask("wu", begin, json!({})).await;
        let id = begun["startInstance"]["instance"]["id"].as_str().expect("an id").to_owned();
        let task = self.open_task("wu", &id).await;
        let documents = json!([{ "document": "application", "content": content }]);
        let input = json!({ "input": { "task": task, "documents": documents } });
        self.ask("wu", COMPLETE, input).await;
        id
    }

    /// The same until the public may say what it thinks: that intake.
    pub(crate) async fn open_intake(&self, name: &str) -> Value {
        let case = self.applied(name).await;
        let task = self.open_task("li", &case).await;
        let review = json!([{ "document": "review", "content": { "text": "fine" } }]);
        let accept = json!({ "task": task, "outcome": "accept", "documents": review });
        self.ask("li", COMPLETE, json!({ "input": accept })).await;
        let mut open = self.raw(None, "{ openIntakes { id closesAt } }", json!({})).await;
        open["data"]["openIntakes"][0].take()
    }

    /// Asks for one field, which uses some of these ids as variables.
    pub(crate) async fn asked_with(
        &self,
        who: Option<&str>,
        kind: &str,
        field: &str,
        ids: &Value,
    ) -> Value {
        let all = ids.as_object().expect("ids by name");
        let used = all.iter().filter(|(name, _)| field.contains(&format!("${name}")));
        let used: serde_json::Map<_, _> =
            used.map(|(name, id)| (name.clone(), id.clone())).collect();
        let declared: Vec<String> = used.keys().map(|name| format!("${name}: ID!")).collect();
        let declared = match declared.is_empty() {
            true => String::new(),
            false => format!("({})", declared.join(", ")),
        };
        let query = format!("{kind}{declared} {{ {field} {{ __typename }} }}");
        self.raw(who, &query, Value::Object(used)).await
    }

    /// The global id of a person.
    pub(crate) async fn person(&self, who: &str) -> Value {
        self.ask(who, "{ me { id } }", json!({})).await["me"]["id"].clone()
    }

    /// The first open task in a person's inbox.
    pub(crate) async fn own_task(&self, who: &str) -> Value {
        let inbox = self.ask(who, "{ inbox { edges { node { id } } } }", json!({})).await;
        inbox["inbox"]["edges"][0]["node"]["id"].clone()
    }

    /// The one open task of a case.
    pub(crate) async fn open_task(&self, who: &str, instance: &str) -> Value {
        let query = "query($id: ID!) { instance(id: $id) { tasks { edges { node { id completedAt } \
                     } } } }";
        let found = self.ask(who, query, json!({ "id": instance })).await;
        let edges = found["instance"]["tasks"]["edges"].as_array().expect("tasks").clone();
        let mut open = edges.into_iter().filter(|edge| edge["node"]["completedAt"].is_null());
        open.next().expect("an open task")["node"]["id"].clone()
    }
}

/// Decides a task.
pub(crate) const COMPLETE: &str = "mutation($input: CompleteTaskInput!) { completeTask(input: \
    $input) { repeated revision clientMutationId task { state } instance { status currentNodes { \
    name } } } }";

/// Takes a task.
pub(crate) const CLAIM: &str = "mutation($task: ID!) { claimTask(input: { task: $task }) { \
    revision task { state assignee { handle } } } }";

/// A global id of what need not be there.
pub(crate) fn id_of(plain: &str) -> Value {
    json!(BASE64.encode(plain))
}

/// The global id of something in a case: its kind and key.
pub(crate) fn id_within(case: &str, kind: &str, key: u32) -> Value {
    let plain = BASE64.decode(case).expect("an id");
    let plain = String::from_utf8(plain).expect("an id");
    let number = plain.strip_prefix("Instance:").expect("the id of a case");
    id_of(&format!("{kind}:{number}/{key}"))
}

/// How many commands the journal has.
pub(crate) async fn journalled(api: &Api) -> u64 {
    api.store.verify(|_, _| ()).await.expect("it can be read").rows
}

/// Runs a test on both databases.
pub(crate) fn on_both<F: Future<Output = ()>>(test: impl Fn(Api) -> F) {
    let postgres = Database::create().expect("a PostgreSQL database");
    for url in [None, Some(postgres.url())] {
        let folder = tempfile::tempdir().expect("a folder");
        let lite = format!("sqlite://{}/test.db", folder.path().display());
        let settings = Settings {
            clock: Clock::manual(BEGIN),
            files: Files::Folder(folder.path().join("files")),
            ..Settings::new(url.unwrap_or(lite))
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let api = Api::open(settings).await;
            let files = pack().into_iter().map(|(path, text)| (path, text.into_bytes())).collect();
            api.store.deploy(files, "deployer").await.expect("the test pack is right");
            api.store.load_people(&[], &people()).await.expect("people");
            let done = tokio::time::timeout(TEST_MAX, test(api)).await;
            done.expect("the test ends in time");
        });
    }
}

/// Everybody, as the directory has them.
pub(crate) fn people() -> Vec<Person> {
    let people = PEOPLE.map(|(id, roles)| Person {
        id: id.into(),
        name: format!("{id} the person"),
        unit: None,
        email: None,
        language: None,
        fields: serde_json::Map::new(),
        grants: roles.iter().map(|role| Grant { role: (*role).into(), unit: None }).collect(),
    });
    people.to_vec()
}
