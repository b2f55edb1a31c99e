//! Calls of HTTP services: exactly what is asked, what happens with each answer, and what the checker
//! says of a call that cannot be made.

use serde_json::{Value, json};

use super::tests::{Case, names, problems};
use crate::actor::Actor;
use crate::command::Command;
use crate::elements::service_task::idempotency_key;
use crate::event::Event;
use crate::ids::InstanceId;
use crate::instance::Waiting;

const END: &str = "\n  end: { type: endEvent, outcome: done }";

const CALL: &str = "  ask:
    type: serviceTask
    http:
      method: POST
      url: =\"https://api.example.cn/v1/\" + list[0]
      headers:
        X-Case: =instance.id
        X-None: =said
        Authorization: { secret: TOKEN, prefix: 'Bearer ' }
      query: { q: 'a&b', n: =n, list: =list, none: =said }
      body:
        n: =n
        all: [=list, { fixed: 1.5, yes: true, text: plain }]
      success: [200, =response.status == 202 && response.body.ok]
      errors:
        GONE: 404
        REFUSED: [409, =response.status == 422 && response.body.reason == 'no']
      timeout: 20 seconds
      result: { n: response.body.score, said: response.body, log: \"response.headers['x-id']\" }
    retries: 3
  sure: { type: manualTask }
  end: { type: endEvent, outcome: done }
  gone: { type: boundaryEvent, attachedTo: ask, error: GONE, to: lost }
  lost: { type: endEvent, outcome: lost }
";

fn answer(case: &mut Case, result: Value) -> Result<(), String> {
    let key = case.key("ask");
    case.events.clear();
    case.give(Actor::System, Command::CompleteJob { key, result })
}

fn fail(case: &mut Case, error: &str, retries: Option<u32>) {
    let key = case.key("ask");
    case.events.clear();
    let command = Command::FailJob {
        key,
        error: error.to_owned(),
        code: None,
        retries,
        retry_after_ms: None,
    };
    case.give(Actor::System, command).expect("it may fail");
}

fn requests(case: &Case) -> Vec<(String, Value)> {
    let created = case.events.iter().filter_map(|event| match event {
        Event::JobCreated { topic, input, .. } => Some((topic.clone(), input.clone())),
        _ => None,
    });
    created.collect()
}

fn incident(case: &Case) -> String {
    let key = case.key("ask");
    let incident = case.instance.activation(key).and_then(|it| it.incident.clone());
    incident.map_or_else(String::new, |it| format!("{}: {}", it.code, it.message))
}

#[test]
fn the_request_is_worked_out_once_and_holds_no_secret() {
    let mut case = Case::begin(CALL);
    let request = json!({
        "method": "POST",
        "url": "https://api.example.cn/v1/a?q=a%26b&n=1&list=a&list=b",
        "headers": {
            "X-Case": "1",
            "Authorization": { "secret": "TOKEN", "prefix": "Bearer " },
        },
        "body": { "n": 1, "all": [["a", "b"], { "fixed": 1.5, "yes": true, "text": "plain" }] },
        "timeoutMs": 20_000,
    });
    let asked = ("mandate:http".to_owned(), request.clone());
    assert_eq!(requests(&case), std::slice::from_ref(&asked));
    let again = idempotency_key(InstanceId(1), case.key("ask"), &request);
    // What it asks stays as it is, whatever becomes of the data.
    fail(&mut case, "no answer", None);
    assert_eq!(names(&case.events), ["jobFailed", "timerArmed"]);
    let variables = [("n".to_owned(), json!(9))].into();
    let admin = Actor::Person {
        id: "zhao".into(),
        unit: None,
        grants: vec![crate::actor::Grant { role: "admin".into(), unit: None }],
    };
    let correct = |retry| Command::Correct {
        documents: [].into(),
        variables: std::collections::BTreeMap::clone(&variables),
        retry,
        reason: "wrong".into(),
    };
    case.give(admin.clone(), correct(None)).expect("it is corrected");
    case.events.clear();
    case.advance(10_000);
    assert_eq!(names(&case.events), ["timerFired", "jobCreated"]);
    assert_eq!(requests(&case), [asked]);
    // What is tried again by hand is worked out anew, and is another call where it differs.
    fail(&mut case, "no answer", Some(0));
    let key = case.key("ask");
    case.events.clear();
    case.give(admin, correct(Some(key))).expect("it is tried again");
    let [(_, anew)] = &requests(&case)[..] else { panic!("one request: {:?}", case.events) };
    assert_eq!(anew["body"]["n"], json!(9));
    assert_ne!(idempotency_key(InstanceId(1), key, anew), again);
    assert!(again.starts_with(&format!("1-{}-", key.0)), "{again}");
}

#[test]
fn a_success_gives_variables_and_goes_on() {
    let mut case = Case::begin(CALL);
    let body = json!({ "score": 7, "ok": true });
    let result = json!({ "status": 202, "headers": { "x-id": "41" }, "body": body });
    answer(&mut case, result).expect("it is an answer");
    let happened = ["variableSet", "variableSet", "variableSet", "nodeCompleted", "flowTaken"];
    assert_eq!(names(&case.events)[..5], happened);
    let variables = case.instance.variables();
    assert_eq!((&variables["n"], &variables["said"]), (&json!(7), &body));
    assert_eq!(variables["log"], json!("41"));
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn an_answer_that_is_mapped_is_an_error_that_a_boundary_event_catches() {
    let mut case = Case::begin(CALL);
    answer(&mut case, json!({ "status": 404 })).expect("it is an answer");
    assert_eq!(names(&case.events)[..2], ["errorThrown", "nodeTerminated"]);
    assert_eq!(case.ended(), Some("lost"));

    let mut case = Case::begin(CALL);
    answer(&mut case, json!({ "status": 422, "body": { "reason": "no" } })).expect("an answer");
    assert_eq!(names(&case.events), ["incidentRaised", "jobFailed"]);
    assert!(incident(&case).starts_with("UNCAUGHT_ERROR: "), "{}", incident(&case));
    assert!(incident(&case).contains("REFUSED"), "{}", incident(&case));
}

#[test]
fn what_may_help_is_tried_again_with_longer_pauses_and_then_an_incident() {
    let mut case = Case::begin(CALL);
    for pause in [10_000, 20_000] {
        answer(&mut case, json!({ "status": 503, "body": "busy" })).expect("it is an answer");
        assert_eq!(names(&case.events), ["jobFailed", "timerArmed"]);
        case.advance(pause - 1);
        assert_eq!(names(&case.events), ["jobFailed", "timerArmed"], "{pause}");
        case.advance(1);
        assert_eq!(names(&case.events)[2..], ["timerFired", "jobCreated"], "{pause}");
    }
    answer(&mut case, json!({ "status": 503 })).expect("it is an answer");
    assert_eq!(names(&case.events), ["jobFailed", "incidentRaised"]);
    let expected = "JOB_FAILED: expected the call of the service to succeed, but it failed 3 times, \
                    last: it answered with the status 503";
    assert_eq!(incident(&case), expected);
}

#[test]
fn what_cannot_help_is_an_incident_at_once() {
    for (result, last) in [
        (json!({ "status": 400 }), "it answered with the status 400"),
        (json!({ "status": 302, "headers": { "location": "/" } }), "the status 302"),
        (json!({ "status": 501 }), "the status 501"),
        (json!({ "status": 202, "body": {} }), "the status 202"),
    ] {
        let mut case = Case::begin(CALL);
        answer(&mut case, result).expect("it is an answer");
        assert_eq!(names(&case.events), ["jobFailed", "incidentRaised"], "{last}");
        assert!(incident(&case).contains("failed once, last: "), "{}", incident(&case));
        assert!(incident(&case).ends_with(last), "{}", incident(&case));
    }
    let mut case = Case::begin(CALL);
    fail(&mut case, "the secret `TOKEN` is not set", Some(0));
    assert_eq!(names(&case.events), ["jobFailed", "incidentRaised"]);
    assert!(incident(&case).ends_with("the secret `TOKEN` is not set"), "{}", incident(&case));
}

#[test]
fn an_answer_that_does_not_fit_is_an_incident_and_not_called_again_by_itself() {
    for (body, why) in [
        (
            json!({ "score": "many" }),
            "BAD_ANSWER: `response.body.score` for the variable `n`: \
                                      expected whole number, found the text `many`",
        ),
        (json!([1]), "EXPRESSION_FAILED: "),
    ] {
        let mut case = Case::begin(CALL);
        answer(&mut case, json!({ "status": 200, "body": body })).expect("it is an answer");
        assert_eq!(names(&case.events), ["incidentRaised", "jobFailed"]);
        assert!(incident(&case).starts_with(why), "{}", incident(&case));
        assert_eq!(case.instance.variables()["n"], json!(1), "nothing is taken by halves");
        let waiting = &case.instance.activation(case.key("ask")).expect("it is there").waiting;
        assert!(matches!(waiting, Waiting::Job { retries: 0, .. }), "{waiting:?}");
    }
}

#[test]
fn what_is_no_answer_is_refused() {
    let mut case = Case::begin(CALL);
    for result in [json!(null), json!({ "status": 99 }), json!({ "status": 200, "text": "a" })] {
        assert_eq!(answer(&mut case, result), Err("BAD_ARGUMENT".to_owned()));
    }
    assert_eq!(case.at(), ["ask"]);
}

#[test]
fn a_request_that_cannot_be_made_is_an_incident() {
    for (http, why) in [
        ("url: =said", "expected an address, found nothing"),
        ("url: '=\"https://api.example.cn/\" + \"../admin\"'", "no `..` as a part"),
        ("url: '=\"ftp://\" + list[0]'", "https://example.cn/path"),
        ("url: 'https://a.cn', headers: { X: \"='a\\\\nb'\" }", "the header `X`: "),
    ] {
        let case = Case::begin(&format!("  ask: {{ type: serviceTask, http: {{ {http} }} }}{END}"));
        let told = incident(&case);
        assert!(told.starts_with("BAD_REQUEST: ") && told.contains(why), "{http}: {told}");
    }
}

#[test]
fn a_call_that_is_written_wrong_is_told_where_and_why() {
    let https = "url: 'https://a.cn/'";
    for (keys, path, code) in [
        ("topic: t, http: { url: 'https://a.cn/' }".to_owned(), "topic", "badTopic"),
        ("retries: 1".to_owned(), "", "missingKey"),
        ("topic: 'mandate:http'".to_owned(), "topic", "badTopic"),
        (format!("http: {{ {https} }}, into: said"), "into", "ignoredKey"),
        (format!("http: {{ {https} }}, input: {{ a: =n }}"), "input", "ignoredKey"),
        ("http: { url: 'https://li:x@a.cn/' }".to_owned(), "http.url", "badUrl"),
        ("http: { url: =n }".to_owned(), "http.url", "wrongResult"),
        (format!("http: {{ {https}, headers: {{ X: =m }} }}"), "http.headers.X", "unknownName"),
        (format!("http: {{ {https}, headers: {{ Host: a }} }}"), "http.headers.Host", "badHeader"),
        (
            format!("http: {{ {https}, headers: {{ authorization: Bearer abc }} }}"),
            "http.headers.authorization",
            "secretInPack",
        ),
        (
            format!("http: {{ {https}, headers: {{ A: {{ secret: a.b }} }} }}"),
            "http.headers.A.secret",
            "badSecret",
        ),
        (format!("http: {{ {https}, query: {{ a: {{ b: 1 }} }} }}"), "http.query.a", "badRequest"),
        (format!("http: {{ {https}, body: {{ a: 1 }} }}"), "http.body", "badRequest"),
        (
            format!("http: {{ {https}, method: PUT, body: {{ a: [1, {{ b: =n + }}] }} }}"),
            "http.body.a.1.b",
            "expressionSyntax",
        ),
        (
            format!("http: {{ {https}, method: PUT, body: {{ a: null }} }}"),
            "http.body.a",
            "badRequest",
        ),
        (format!("http: {{ {https}, success: [200, 7xx] }}"), "http.success.1", "badStatus"),
        (format!("http: {{ {https}, errors: {{ E: =response.state }} }}"), "http.errors.E", "*"),
        (format!("http: {{ {https}, errors: {{ E: 999 }} }}"), "http.errors.E", "badStatus"),
        (format!("http: {{ {https}, timeout: 2 minutes }}"), "http.timeout", "badTime"),
        (format!("http: {{ {https}, timeout: 61 seconds }}"), "http.timeout", "badTime"),
        (format!("http: {{ {https}, result: {{ m: response.body }} }}"), "http.result.m", "*"),
        (
            format!("http: {{ {https}, result: {{ n: \"response.headers['a']\" }} }}"),
            "http.result.n",
            "wrongResult",
        ),
    ] {
        let found = problems(&format!("  ask: {{ type: serviceTask, {keys} }}{END}"));
        let told: Vec<_> = found.iter().map(|one| (one.path.join("."), one.code)).collect();
        let path = ["nodes", "ask", path].join(".").trim_end_matches('.').to_owned();
        let is_told = |(own, is): &(String, &str)| *own == path && (code == "*" || *is == code);
        assert!(told.len() == 1 && told.iter().any(is_told), "{keys}\n{path} {code}\n{found:?}");
    }
}
