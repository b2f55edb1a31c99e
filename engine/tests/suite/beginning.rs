//! Cases that begin by themselves while a scenario is played: a clock, a message, a signal.

use engine::pack::{Pack, compile};
use engine::scenario::{Coverage, play};

const BY_HAND: &str = "process: plan
name: Begun by hand
startedBy: [clerk]
nodes:
  draw: { type: userTask, role: clerk }
";

const BY_ITSELF: &str = "process: report
name: Begins by itself
nodes:
  yearly: { type: startEvent, timer: { cron: 0 9 31 3 * }, repeat: true, to: write }
  once: { type: startEvent, timer: '2026-04-02 08:00', to: write }
  asked: { type: startEvent, message: question, to: write }
  alarm: { type: startEvent, signal: alarm, to: write }
  write: { type: userTask, role: clerk }
";

/// How many cases there are when a scenario ends.
fn cases(steps: &str) -> usize {
    cases_of(BY_ITSELF, steps)
}

fn cases_of(by_itself: &str, steps: &str) -> usize {
    let scenario = format!(
        "scenario: S\nprocess: plan\nstart: {{ by: li, at: \"2026-03-10T09:00\" }}\nsteps:\n{steps}"
    );
    let files = [
        ("pack.yaml", "pack: p\nname: P\nversion: '1'\ncalendar: cn\n"),
        ("calendars/cn.yaml", "calendar: cn\nzone: Asia/Shanghai\n"),
        ("roles.yaml", "roles: { clerk: Clerk }\n"),
        ("people.yaml", "people:\n  li: { name: Li, roles: [clerk] }\n"),
        ("processes/plan.yaml", BY_HAND),
        ("processes/report.yaml", by_itself),
        ("scenarios/s.yaml", &scenario),
    ]
    .map(|(path, text)| (path, text.to_owned()))
    .to_vec();
    let loaded = Pack::load(&files).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let compiled = compile(&files, |_| 1).unwrap_or_else(|problems| panic!("{problems:#?}"));
    match play(&compiled, &loaded, "scenarios/s.yaml", &mut Coverage::default()) {
        Ok(played) => played.cases,
        Err(failure) => panic!("{:#?}\n{scenario}", failure.diagnostics),
    }
}

#[test]
fn a_clock_begins_cases_as_time_passes() {
    for (until, expected) in [
        ("2026-03-31T08:59", 1),
        ("2026-03-31T09:00", 2),
        ("2026-04-02T08:00", 3),
        ("2027-03-31T09:00", 4),
        ("2029-03-31T09:00", 6),
    ] {
        let advance = format!("  - advance: \"{until}\"\n");
        assert_eq!(cases(&advance), expected, "until {until}");
    }
    let message = "  - message: { name: question, key: any }\n";
    let signal = "  - signal: { name: alarm }\n";
    assert_eq!(cases(&format!("{message}{message}{signal}")), 4);
}

const WAITS: &str = "process: report
name: Waits for an answer
nodes:
  begin: { type: startEvent, message: ask, to: hear }
  hear: { type: receiveTask, message: answer, key: =\"a\" }
  thanks: { type: endEvent, message: thanks, key: =\"a\" }
  again: { type: startEvent, message: thanks, to: end }
  end: { type: endEvent }
messages: { answer: { keep: 2 days } }
";

#[test]
fn a_clock_begins_so_many_cases_and_a_message_is_kept_so_long() {
    const COUNTED: &str = "process: report
name: Begins by itself
nodes:
  daily: { type: startEvent, timer: 1 workday, repeat: 3, to: write }
  write: { type: userTask, role: clerk }
";
    // Tuesday the 10th: working days end on the 11th, the 12th and the 13th.
    for (until, expected) in [
        ("2026-03-11T12:00", 1),
        ("2026-03-12T12:00", 2),
        ("2026-03-13T12:00", 3),
        ("2026-05-01", 4),
    ] {
        let advance = format!("  - advance: \"{until}\"\n");
        assert_eq!(cases_of(COUNTED, &advance), expected, "until {until}");
    }

    let (ask, answer) =
        ("  - message: { name: ask, key: any }\n", "  - message: { name: answer, key: a }\n");
    let in_time = format!("{answer}  - advance: \"2026-03-12T12:00\"\n{ask}");
    assert_eq!(cases_of(WAITS, &in_time), 3, "it was kept, and thanks begin another case");
    let late = format!("{answer}  - advance: \"2026-03-13T12:00\"\n{ask}");
    assert_eq!(cases_of(WAITS, &late), 2, "it was kept until the end of the 12th");
}

const PERMIT: &str = "process: plan
name: Permit
startedBy: [clerk]
documents:
  application: { form: application }
  report: { form: report }
  votes: { form: report, list: true }
  cover: { form: report }
nodes:
  apply: { type: userTask, assign: initiator, edit: { document: application, fields: { approved: hidden } } }
  check: { type: userTask, role: lab, edit: [report, votes] }
  own: { type: userTask, role: clerk, edit: { document: application, fields: { approved: read } } }
";

/// What comes of a case that li begins with some documents: the documents it has then, or the refusal.
fn begun_with(documents: &str) -> Result<(), String> {
    let scenario = format!(
        "scenario: S\nprocess: plan\nstart: {{ by: li, at: \"2026-03-10T09:00\", with: {documents} }}\nsteps:\n  - expect: {{ documents: {documents}, at: [apply] }}\n"
    );
    let files = [
        ("pack.yaml", "pack: p\nname: P\nversion: '1'\ncalendar: cn\n"),
        ("calendars/cn.yaml", "calendar: cn\nzone: Asia/Shanghai\n"),
        ("roles.yaml", "roles: { clerk: Clerk, lab: Lab }\n"),
        ("people.yaml", "people:\n  li: { name: Li, roles: [clerk] }\n  wu: { name: Wu, roles: [lab] }\n"),
        ("processes/plan.yaml", PERMIT),
        (
            "forms/application.yaml",
            "form: application\nname: A\nfields: { name: { type: text, label: N }, approved: { type: boolean, label: Y } }\n",
        ),
        ("forms/report.yaml", "form: report\nname: R\nfields: { fit: { type: boolean, label: F } }\n"),
        ("scenarios/s.yaml", &scenario),
    ]
    .map(|(path, text)| (path, text.to_owned()))
    .to_vec();
    let loaded = Pack::load(&files).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let compiled = compile(&files, |_| 1).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let played = play(&compiled, &loaded, "scenarios/s.yaml", &mut Coverage::default());
    played.map(drop).map_err(|failure| {
        let message = &failure.diagnostics[0].message;
        message.split_once(": ").map_or("", |(code, _)| code).to_owned()
    })
}

#[test]
fn whoever_begins_a_case_writes_no_more_than_their_tasks_would() {
    assert_eq!(begun_with("{ application: { name: A } }"), Ok(()));
    // Nothing else writes it: it can only come so.
    assert_eq!(begun_with("{ cover: { fit: true } }"), Ok(()));
    let others = Err("refused with DOCUMENT_NOT_EDITABLE".to_owned());
    assert_eq!(begun_with("{ report: { fit: true } }"), others);
    assert_eq!(begun_with("{ votes: [{ fit: true }] }"), others);
    let hidden = Err("refused with INVALID_DOCUMENT".to_owned());
    assert_eq!(begun_with("{ application: { name: A, approved: true } }"), hidden);
}
