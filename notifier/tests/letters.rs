//! What letters say of a case beside its documents: its variables, and why something takes longer.

mod office;

use engine::command::Command;
use engine::ids::Key;
use store::Submit;

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
