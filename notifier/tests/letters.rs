//! What letters say of a case beside its documents: its variables, and why something takes longer.

mod office;

use engine::actor::{Actor, Grant};
use engine::command::{Command, Content};
use engine::ids::Key;
use store::Submit;
use store::directory::Person;

use self::office::{BEGIN, li};

const PACK: &[(&str, &str)] = &[
    ("pack.yaml", "{ pack: test, name: Test, version: '1', calendar: cn }"),
    ("roles.yaml", "roles: { clerk: { name: { zh: 经办人, en: Clerk } } }"),
    ("calendars/cn.yaml", "{ calendar: cn, zone: Asia/Shanghai, years: { 2026: {} } }"),
    (
        "processes/licence.yaml",
        "process: licence
name: { zh: 许可, en: Licence }
startedBy: [clerk]
notices: { extended: longer }
variables: { since: { type: dateTime }, until: { type: date }, days: { type: integer } }
nodes:
  note: { type: scriptTask, set: { since: =now, until: \"=addWorkdays(date(now), 5)\", days: '=1 + 1' } }
  check: { type: userTask, role: clerk, due: { in: 3 workdays, extend: once } }
",
    ),
    (
        "notices/longer.yaml",
        r#"
notice: longer
subject: { zh: "延期", en: "Longer" }
body:
  zh: "{{ extension.reason }}"
  en: "{{ extension.reason }}|{{ extension.until }}|{{ extension.working }}|{{ variables.since }}|{{ variables.until }}|{{ variables.days }}"
"#,
    ),
];

#[tokio::test]
async fn a_letter_says_why_it_takes_longer_and_what_the_case_knows() -> anyhow::Result<()> {
    let setup = office::setup(PACK, "licence").await?;
    let longer = Command::ExtendTask {
        task: Key(2),
        by: "2 workdays".into(),
        reason: "a hearing is held".into(),
    };
    setup.store.submit(Submit::to(setup.case, li(), longer)).await?;
    setup.clock.set(BEGIN.plus_ms(60_000));
    // It goes to a role, and so to each who holds it.
    setup.deliver().await?;
    let mail = setup.server.wait_for_mail("li@example.org", "Longer").await?;
    let text = mail.text();
    let said: Vec<&str> = text.trim().split('|').collect();
    let [reason, until, working, since, last, days] = said[..] else { panic!("{text}") };
    assert_eq!(reason, "a hearing is held");
    assert_eq!((since, last, days), ("2026-03-02 17:00:05 (UTC+08:00)", "2026-03-09", "2"));
    assert_eq!(until, "2026-03-09");
    let counted = "3 workdays from 2026-03-02, that day not counted, to 2026-03-09, extended by 2 \
                   workdays";
    assert_eq!(working, counted);
    Ok(())
}

const HEARING: &[(&str, &str)] = &[
    ("pack.yaml", "{ pack: test, name: Test, version: '1', calendar: cn }"),
    ("roles.yaml", "roles: { clerk: { name: { zh: 经办人, en: Clerk } } }"),
    ("calendars/cn.yaml", "{ calendar: cn, zone: Asia/Shanghai, years: { 2026: {} } }"),
    (
        "forms/comment.yaml",
        "{ form: comment, name: Comment, fields: { email: { type: email, label: Mail } } }",
    ),
    (
        "processes/hearing.yaml",
        "process: hearing
name: { zh: 听证, en: Hearing }
startedBy: [clerk]
operations: [void]
notices: { stopped: gone }
documents: { comments: { form: comment, list: true } }
variables: { clerk: { type: text } }
nodes:
  note: { type: scriptTask, set: { clerk: =initiator.id } }
  hear: { type: intake, name: { zh: 接收意见, en: Comments }, from: public, receiptTo: email, closes: 5 days, into: comments }
",
    ),
    (
        "notices/gone.yaml",
        r#"
notice: gone
subject: { zh: "不再办理", en: "Stopped" }
body:
  zh: "{{ stopped.node }}已{{ stopped.how }}：{{ stopped.reason }}（{{ variables.clerk | name }}）"
  en: "{{ stopped.node }} was {{ stopped.how }}: {{ stopped.reason }} ({{ variables.clerk | name }})"
"#,
    ),
];

#[tokio::test]
async fn who_handed_something_in_is_told_why_it_is_looked_at_no_more() -> anyhow::Result<()> {
    let setup = office::setup(HEARING, "hearing").await?;
    let content = Content::new(serde_json::json!({ "email": "zhang@example.org" }));
    let submit = Command::Submit { intake: Key(2), content, replaces: None };
    setup.store.submit(Submit::to(setup.case, Actor::Public, submit).dedup("one")).await?;
    let void = Command::Void { reason: "a better plan".into() };
    setup.store.submit(Submit::to(setup.case, li(), void)).await?;
    setup.clock.set(BEGIN.plus_ms(60_000));
    setup.deliver().await?;
    let mail = setup.server.wait_for_mail("zhang@example.org", "Stopped").await?;
    let text = mail.text();
    for said in
        ["接收意见已作废：a better plan（李明）", "Comments was voided: a better plan (李明)"]
    {
        assert!(text.contains(said), "{text}");
    }
    Ok(())
}

const LIST: &[(&str, &str)] = &[
    ("pack.yaml", "{ pack: test, name: Test, version: '1', calendar: cn }"),
    ("roles.yaml", "roles: { clerk: { name: { zh: 经办人, en: Clerk } } }"),
    ("calendars/cn.yaml", "{ calendar: cn, zone: Asia/Shanghai, years: { 2026: {} } }"),
    (
        "processes/list.yaml",
        "process: list
name: { zh: 资格审查, en: Qualification }
startedBy: [clerk]
notices: { task: yours }
nodes:
  check: { type: userTask, name: { zh: 初审, en: Check }, role: clerk, forEach: { in: \"=['甲公司', '乙公司']\", as: one } }
",
    ),
    (
        "notices/yours.yaml",
        r#"
notice: yours
subject: { zh: "请办理{{ task.name }}", en: "Please do: {{ task.name }}" }
body: { zh: "{{ task.item }}", en: "[{{ task.item }}]" }
"#,
    ),
];

/// Who gets five letters about tasks of one name has to know which is about whom.
#[tokio::test]
async fn a_letter_about_a_task_of_a_list_tells_its_item() -> anyhow::Result<()> {
    let setup = office::setup(LIST, "list").await?;
    setup.clock.set(BEGIN.plus_ms(60_000));
    setup.deliver().await?;
    for item in ["甲公司", "乙公司"] {
        let subject = format!("Please do: Check ({item})");
        let mail = setup.server.wait_for_mail("li@example.org", &subject).await?;
        assert_eq!(mail.text().trim(), format!("[{item}]"));
    }
    Ok(())
}

const VOTE: &[(&str, &str)] = &[
    ("pack.yaml", "{ pack: test, name: Test, version: '1', calendar: cn }"),
    ("roles.yaml", "roles: { clerk: { name: { zh: 经办人, en: Clerk } } }"),
    ("calendars/cn.yaml", "{ calendar: cn, zone: Asia/Shanghai, years: { 2026: {} } }"),
    (
        "processes/vote.yaml",
        "process: vote
name: { zh: 表决, en: Vote }
startedBy: [clerk]
notices: { copy: copied }
nodes:
  vote: { type: userTask, name: { zh: 表决, en: Vote }, people: \"=['li', 'wu']\", sign: vote, outcomes: { yes: 是, no: 否 } }
",
    ),
    (
        "notices/copied.yaml",
        r#"
notice: copied
subject: Copied
body: "[{{ task.outcome }}]"
"#,
    ),
];

/// A letter that leaves later than what it tells of must not tell a vote of a round that runs.
#[tokio::test]
async fn a_letter_tells_no_vote_before_its_round_is_decided() -> anyhow::Result<()> {
    let setup = office::setup(VOTE, "vote").await?;
    let wu = Person {
        id: "wu".to_owned(),
        name: "吴昊".to_owned(),
        unit: None,
        email: None,
        language: None,
        fields: serde_json::Map::new(),
        grants: vec![Grant { role: "clerk".into(), unit: None }],
    };
    setup.store.load_people(&[], std::slice::from_ref(&wu)).await?;
    let documents = std::collections::BTreeMap::new();
    let start = Command::Start { process: "vote".into(), documents, parent: None, origin: None };
    let case = setup.store.submit(Submit::new(li(), start)).await?.instance;
    let tasks = setup.store.tasks_of_each(&[case.0], store::read::Page::first(10)).await?;
    let of_wu = tasks[&case.0].rows.iter().find(|row| row.assignee.as_deref() == Some("wu"));
    let task = Key(u32::try_from(of_wu.expect("wu is asked").key)?);
    let copy = Command::Copy { people: vec!["li".into()], task: Some(task) };
    setup.store.submit(Submit::to(case, wu.actor(), copy)).await?;
    let vote = Command::CompleteTask {
        task,
        outcome: Some("no".into()),
        documents: std::collections::BTreeMap::new(),
        comment: None,
        seen: std::collections::BTreeMap::new(),
    };
    setup.store.submit(Submit::to(case, wu.actor(), vote)).await?;
    setup.clock.set(BEGIN.plus_ms(60_000));
    setup.deliver().await?;
    let mail = setup.server.wait_for_mail("li@example.org", "Copied").await?;
    assert_eq!(mail.text().trim(), "[]");
    Ok(())
}
