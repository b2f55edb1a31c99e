//! Receipts by a real SMTP server: to whom, in which language, what they say, once; and one that is
//! refused for good, until somebody has it sent again.

mod office;

use engine::actor::Actor;
use engine::command::{Command, Content};
use engine::ids::{Hash, Key};
use store::Submit;
use store::read::Page;
use tests::smtp::Refusal;

use self::office::{BEGIN, Setup, li};

const PACK: &[(&str, &str)] = &[
    ("pack.yaml", "{ pack: test, name: Test, version: '1', calendar: cn }"),
    ("roles.yaml", "roles: { clerk: { name: { zh: 经办人, en: Clerk } } }"),
    ("calendars/cn.yaml", "{ calendar: cn, zone: Asia/Shanghai, years: { 2026: {} } }"),
    (
        "forms/comment.yaml",
        "{ form: comment, name: Comment, fields: { text: { type: text, label: Text }, email: { type: email, label: Mail } } }",
    ),
    (
        "processes/hearing.yaml",
        "process: hearing
name: { zh: 听证, en: Hearing }
startedBy: [clerk]
notices: { receipt: received }
documents: { comments: { form: comment, list: true } }
nodes:
  hear: { type: intake, name: { zh: 接收意见, en: Comments }, from: public, receiptTo: email, closes: 5 days, into: comments }
  read: { type: userTask, role: clerk }
",
    ),
    (
        "notices/received.yaml",
        r#"
notice: received
subject: { zh: "回执：{{ submission.intake }}", en: "Receipt: {{ submission.intake }}" }
body:
  zh: "{{ submission.receivedAt }} {{ submission.hash }} {% if submission.by %}{{ submission.by }} {{ submission.number }}{% else %}公众{% endif %}"
  en: "{{ submission.receivedAt }} {{ submission.hash }}{% if submission.by %} {{ submission.by }} {{ submission.number }}{% endif %}"
"#,
    ),
];

/// A hearing that takes comments.
async fn setup() -> anyhow::Result<Hearing> {
    Ok(Hearing(office::setup(PACK, "hearing").await?))
}

struct Hearing(Setup);

impl std::ops::Deref for Hearing {
    type Target = Setup;
    fn deref(&self) -> &Setup {
        &self.0
    }
}

impl Hearing {
    /// Hands a comment in under a key; its hash.
    async fn comment(&self, actor: Actor, email: Option<&str>, key: &str) -> anyhow::Result<Hash> {
        let mut content = serde_json::json!({ "text": "fewer cars" });
        content
            .as_object_mut()
            .expect("fields")
            .extend(email.map(|to| ("email".into(), to.into())));
        let content = Content::new(content);
        let hash = content.hash.clone();
        let command = Command::Submit { intake: Key(1), content, replaces: None };
        self.store.submit(Submit::to(self.case, actor, command).dedup(key)).await?;
        Ok(hash)
    }
}

#[tokio::test]
async fn a_receipt_says_when_and_what_to_the_address_in_the_form_or_to_the_account()
-> anyhow::Result<()> {
    let setup = setup().await?;
    // Whoever signs in is told by their account, in their language.
    let own = setup.comment(li(), None, "own").await?;
    let other = setup.comment(li(), Some("desk@example.org"), "other").await?;
    let public = setup.comment(Actor::Public, Some("zhang@example.org"), "public").await?;
    setup.comment(Actor::Public, None, "silent").await?;
    // Sent once more, as after a lost answer.
    setup.comment(Actor::Public, Some("zhang@example.org"), "public").await?;
    // The intake is over, and gone, before any mail goes out.
    setup.clock.set(BEGIN.plus_ms(6 * 86_400_000));
    setup.store.settle().await?;
    setup.deliver().await?;
    let mail = setup.server.wait_for_mail("li@example.org", "Receipt: Comments").await?;
    assert_eq!(mail.text().trim(), format!("2026-03-02 17:00:05 (UTC+08:00) {own} 李明 1"));
    let mail = setup.server.wait_for_mail("desk@example.org", "Receipt: Comments").await?;
    assert_eq!(mail.text().trim(), format!("2026-03-02 17:00:05 (UTC+08:00) {other} 李明 2"));
    // Of whoever is not signed in nobody knows the language.
    let both = "回执：接收意见 / Receipt: Comments";
    let mail = setup.server.wait_for_mail("zhang@example.org", both).await?;
    let (zh, en) = ("2026-03-02 17:00:05（UTC+08:00）", "2026-03-02 17:00:05 (UTC+08:00)");
    let expected = format!("{zh} {public} 公众\n\n----\n\n{en} {public}");
    assert_eq!(mail.text().replace("\r\n", "\n").trim(), expected);
    assert_eq!(setup.server.received().len(), 3, "one for each submission that says where to");
    Ok(())
}

#[tokio::test]
async fn a_receipt_that_bounces_is_given_up_once_and_sent_again_by_hand() -> anyhow::Result<()> {
    let setup = setup().await?;
    let (store, server) = (&setup.store, &setup.server);
    server.refuse("zhang@example.org", Refusal::Permanent);
    setup.comment(Actor::Public, Some("zhang@example.org"), "public").await?;
    setup.deliver().await?;
    setup.clock.set(BEGIN.plus_ms(86_400_000));
    assert_eq!(setup.deliverer.deliver_once().await?, 0, "no more attempts");
    let failed = store.notices_failed(Page::first(10)).await?.rows;
    let [notice] = failed.as_slice() else { panic!("{failed:?}") };
    let error = notice.last_error.clone().unwrap_or_default();
    assert!(error.contains("550") && !error.contains("zhang"), "{error}");
    assert_eq!((store.notices_failed_count().await?, notice.next_try_at), (1, BEGIN.0));

    server.accept("zhang@example.org");
    let (again, repeated) = store.resend(&notice.id, "chief").await?;
    assert_eq!((again.status.as_str(), again.attempts, repeated), ("pending", 0, false));
    let (_, repeated) = store.resend(&notice.id, "chief").await?;
    assert!(repeated, "it is on its way");
    setup.deliver().await?;
    assert_eq!(server.wait_for(1).await?.len(), 1);
    let (sent, repeated) = store.resend(&notice.id, "chief").await?;
    assert_eq!((sent.status.as_str(), repeated), ("sent", true), "what was sent stays so");
    assert_eq!(setup.deliverer.deliver_once().await?, 0);
    assert_eq!(store.notices_failed_count().await?, 0);
    let kept = store.notices_resent(Page::first(10)).await?.rows;
    let kept: Vec<_> =
        kept.iter().map(|row| (&row.notice_id, row.person.as_str(), row.failed_at)).collect();
    assert_eq!(kept, [(&notice.id, "chief", BEGIN.0)]);
    let nowhere = store.resend("none", "chief").await;
    assert!(nowhere.is_err(), "there is no such notice");
    Ok(())
}
