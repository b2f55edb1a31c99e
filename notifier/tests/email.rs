//! Mail against a real SMTP server: what arrives, and what each refusal means.

use std::sync::Arc;

use engine::time::Timestamp;
use notifier::deliver::{Outgoing, send_all};
use notifier::email::{Email, Secret, Security, Settings};
use notifier::notice::{Address, Channel, Failure, Notice, message_id};
use notifier::retry::Verdict;
use tests::smtp::{HangUp, Refusal, SmtpServer};

fn settings(server: &SmtpServer) -> Settings {
    Settings {
        host: server.host(),
        port: Some(server.port()),
        security: Security::None,
        ca_file: None,
        user: None,
        password: None,
        from: "普洱数据局 <no-reply@example.org>".to_owned(),
        timeout_s: 10,
    }
}

fn notice(row: &str, to: &str) -> Notice {
    Notice {
        id: row.to_owned(),
        recipient: Address { email: to.to_owned(), name: Some("李明".to_owned()) },
        subject: "待办:关于医疗数据授权运营实施方案的初审(请于 2026-03-16 前办理)".to_owned(),
        body: "李明,您好:\n.请办理初审。\n期限 2026-03-16。".to_owned(),
        message_id: message_id(row, "example.org"),
        thread: Some("case-1@example.org".to_owned()),
        at: Timestamp(1_772_442_000_000),
    }
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() -> anyhow::Result<()> {
    let server = SmtpServer::start().await?;
    let email = Email::new(&settings(&server))?;
    email.check().await?;
    email.send(&notice("12", "li@example.org")).await?;
    let mails = server.wait_for(1).await?;
    let mail = &mails[0];
    assert_eq!(mail.from, "no-reply@example.org");
    assert_eq!(mail.to, ["li@example.org"]);
    assert_eq!(mail.subject(), notice("12", "").subject);
    assert_eq!(mail.text().replace("\r\n", "\n").trim_end(), notice("12", "").body);
    assert_eq!(mail.message_id(), "12@example.org");
    let parsed = mail.parse();
    assert_eq!(parsed.from().unwrap().first().unwrap().name(), Some("普洱数据局"));
    assert_eq!(parsed.to().unwrap().first().unwrap().name(), Some("李明"));
    assert_eq!(parsed.date().unwrap().to_rfc3339(), "2026-03-02T09:00:00Z");
    assert_eq!(parsed.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
    assert_eq!(parsed.header_raw("References").map(str::trim), Some("<case-1@example.org>"));
    let head = mail.data.split(|byte| *byte == b'\n').take_while(|line| line.len() > 1);
    assert!(head.into_iter().all(<[u8]>::is_ascii), "headers are encoded");
    Ok(())
}

#[tokio::test]
async fn each_refusal_says_whether_trying_again_can_help() -> anyhow::Result<()> {
    let server = SmtpServer::start().await?;
    server.refuse("gone@example.org", Refusal::Permanent);
    server.refuse("full@example.org", Refusal::Temporary);
    let email = Email::new(&settings(&server))?;
    for (to, failure, part) in [
        ("gone@example.org", Failure::Permanent, "no such mailbox"),
        ("full@example.org", Failure::Transient, "try again later"),
        ("not an address", Failure::Permanent, "expected a mail address"),
    ] {
        let error = email.send(&notice("1", to)).await.unwrap_err();
        assert_eq!(error.failure, failure, "{to}");
        assert!(error.message.contains(part), "{error}");
    }
    assert!(server.received().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_keeps_the_mail_for_later() -> anyhow::Result<()> {
    let server = SmtpServer::start().await?;
    server.refuse_logins(true);
    let login = Settings {
        user: Some("mandate".to_owned()),
        password: Some(Secret::new("wrong")),
        ..settings(&server)
    };
    assert!(!format!("{login:?}").contains("wrong"), "a password is never shown");
    let email = Email::new(&login)?;
    let error = email.send(&notice("1", "li@example.org")).await.unwrap_err();
    assert_eq!(error.failure, Failure::Transient, "{error}");
    server.refuse_logins(false);
    email.send(&notice("1", "li@example.org")).await?;
    assert_eq!((server.logins(), server.received().len()), (2, 1));
    Ok(())
}

#[tokio::test]
async fn a_connection_cut_at_the_end_repeats_the_mail_under_the_same_id() -> anyhow::Result<()> {
    let server = SmtpServer::start().await?;
    server.hang_up(HangUp::BeforeAcknowledging);
    let email = Email::new(&settings(&server))?;
    let error = email.send(&notice("1", "li@example.org")).await.unwrap_err();
    assert_eq!(error.failure, Failure::Transient, "{error}");
    email.send(&notice("1", "li@example.org")).await?;
    let mails = server.wait_for(2).await?;
    assert_eq!(mails[0].message_id(), mails[1].message_id());
    assert_eq!(mails[0].data, mails[1].data, "a repeat is the same to the byte");
    Ok(())
}

#[tokio::test]
async fn protection_is_never_dropped_in_silence() -> anyhow::Result<()> {
    let server = SmtpServer::start().await?;
    let email = Email::new(&Settings { security: Security::Starttls, ..settings(&server) })?;
    let error = email.send(&notice("1", "li@example.org")).await.unwrap_err();
    assert_eq!(error.failure, Failure::Transient, "{error}");
    assert!(server.received().is_empty());
    Ok(())
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let good = Settings {
        host: "localhost".to_owned(),
        port: None,
        security: Security::None,
        ca_file: None,
        user: None,
        password: None,
        from: "no-reply@example.org".to_owned(),
        timeout_s: 10,
    };
    for (settings, part) in [
        (Settings { from: "nobody".to_owned(), ..good.clone() }, "expected a sender such as"),
        (Settings { timeout_s: 0, ..good.clone() }, "timeout of 1 to 150 seconds, found 0"),
        (Settings { user: Some("li".to_owned()), ..good.clone() }, "user together with a password"),
        (
            Settings {
                security: Security::Tls,
                ca_file: Some("/nonexistent".into()),
                ..good.clone()
            },
            "expected a certificate in PEM in `/nonexistent`",
        ),
    ] {
        let error = Email::new(&settings).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn a_batch_gives_each_row_its_own_verdict() -> anyhow::Result<()> {
    let server = SmtpServer::start().await?;
    server.refuse("gone@example.org", Refusal::Permanent);
    server.refuse("full@example.org", Refusal::Temporary);
    let email = Arc::new(Email::new(&settings(&server))?);
    let mut batch = vec![
        Outgoing { notice: notice("gone", "gone@example.org"), attempt: 1 },
        Outgoing { notice: notice("full", "full@example.org"), attempt: 3 },
        Outgoing { notice: notice("last", "full@example.org"), attempt: 16 },
    ];
    for row in 0..10 {
        batch.push(Outgoing { notice: notice(&row.to_string(), "li@example.org"), attempt: 1 });
    }
    let mut verdicts = send_all(&email, batch, Timestamp(0)).await;
    verdicts.sort_by(|a, b| a.0.cmp(&b.0));
    let sent = verdicts.iter().filter(|(_, verdict)| *verdict == Verdict::Sent).count();
    assert_eq!((sent, server.wait_for(10).await?.len(), verdicts.len()), (10, 10, 13));
    let of = |row: &str| &verdicts.iter().find(|(id, _)| id == row).unwrap().1;
    assert!(matches!(of("gone"), Verdict::Failed { .. }));
    assert!(matches!(of("full"), Verdict::Retry { at, .. } if at.0 >= 120_000));
    assert!(matches!(of("last"), Verdict::Failed { .. }));
    Ok(())
}
