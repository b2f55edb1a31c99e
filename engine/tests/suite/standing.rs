//! What stands at an incident says so to whoever would do it, and what would make it possible.

use engine::actor::{Actor, Grant};
use engine::command::{Command, Content};
use engine::ids::Key;
use engine::rejection::Rejection;
use engine::text::Language;
use serde_json::json;

use crate::small::{Case, person};

fn at(node: &str) -> Case {
    let nodes = format!(
        "process: p\nname: P\nstartedBy: [clerk]\nvariables: {{ n: {{ type: integer, initial: 0 }}, whom: {{ type: text, initial: nobody }} }}\ndocuments: {{ came: {{ form: paper, list: true }} }}\nnodes:\n  look: {{ {node} }}\n  end: {{ type: endEvent }}\n"
    );
    let paper = "form: paper\nname: Paper\nfields: { text: { type: text, label: Text } }\n";
    Case::begun(&[("processes/p.yaml", &nodes), ("forms/paper.yaml", paper)])
}

/// What stands at an incident.
fn stopped(case: &Case) -> Key {
    let mut all = case.instance.activations().iter();
    *all.find(|(_, one)| one.incident.is_some()).expect("something does").0
}

fn standing(case: &mut Case, actor: Actor, command: Command, incident: &str) {
    let before = case.instance.clone();
    let expected = Rejection::AtIncident { node: "look".into(), incident: incident.to_owned() };
    assert_eq!(case.give(actor, command), Err(expected));
    assert_eq!(case.instance, before);
}

#[test]
fn a_task_for_which_nobody_was_found() {
    let mut case = at(
        "type: userTask, assign: =whom, outcomes: { ok: 好 }, operations: [transfer, return, urge]",
    );
    let task = case.key("look");
    let (outcome, documents, comment) = (Some("ok".into()), [].into(), None);
    let complete = Command::CompleteTask { task, outcome, documents, comment };
    let reason = String::new();
    let transfer = Command::TransferTask { task, to: "wu".into(), reason };
    for command in
        [Command::ClaimTask { task }, complete.clone(), Command::UrgeTask { task }, transfer]
    {
        standing(&mut case, person("li"), command, "NOBODY_FOUND");
    }
    let said = Rejection::AtIncident { node: "look".into(), incident: "NOBODY_FOUND".into() };
    assert_eq!(
        said.message(Language::En),
        "expected `look` to be open, but it stands at the incident NOBODY_FOUND; an admin repairs what it is about and tries it again"
    );
    assert_eq!(
        said.message(Language::Zh),
        "“look”发生异常(NOBODY_FOUND),尚未开始办理;请管理员排除原因后重试"
    );
    let grants = vec![Grant { role: "admin".into(), unit: None }];
    let admin = Actor::Person { id: "admin".into(), unit: None, grants };
    let (documents, variables) = ([].into(), [("whom".to_owned(), json!("li"))].into());
    let correct = Command::Correct { documents, variables, retry: Some(task), reason: "li".into() };
    case.give(admin, correct).expect("it is repaired");
    case.give(person("li"), complete).expect("now it is open");
}

#[test]
fn a_round_without_signers_a_job_and_a_call_of_a_service() {
    let mut case = at("type: userTask, people: '=[\"nobody\"]', sign: all, outcomes: { ok: 好 }");
    let task = stopped(&case);
    standing(&mut case, person("li"), Command::ClaimTask { task }, "NOBODY_FOUND");
    let service = "type: serviceTask, http: { url: 'https://example.org/a', method: POST, body: { a: =100 % n } }";
    let worker = "type: serviceTask, topic: t, input: { a: =100 % n }";
    for node in [service, worker] {
        let mut case = at(node);
        let key = case.key("look");
        let code =
            case.instance.activations()[&key].incident.as_ref().expect("it stands").code.clone();
        let (result, error) = (json!({ "status": 200 }), "no".to_owned());
        let fail = Command::FailJob {
            key,
            error: error.clone(),
            code: None,
            retries: None,
            retry_after_ms: None,
        };
        let caught = Command::FailJob {
            key,
            error,
            code: Some("bad".into()),
            retries: None,
            retry_after_ms: None,
        };
        for command in [Command::CompleteJob { key, result }, fail, caught] {
            standing(&mut case, Actor::System, command, &code);
        }
    }
}

#[test]
fn an_intake_that_could_not_open() {
    let mut case = at("type: intake, from: public, closes: '=string(1.0 / n)', into: came");
    let intake = case.key("look");
    let content = Content::new(json!({}));
    let command = Command::Submit { intake, content, replaces: None };
    let code =
        case.instance.activations()[&intake].incident.as_ref().expect("it stands").code.clone();
    standing(&mut case, Actor::Public, command, &code);
}
