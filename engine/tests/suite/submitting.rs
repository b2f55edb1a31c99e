//! What an intake takes, from whom, beside which documents of the case, and where its receipt goes.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::actor::{Actor, Grant, Member};
use engine::command::{Command, Content, Envelope};
use engine::definition::Definition;
use engine::event::Event;
use engine::facts::Facts;
use engine::form::FieldError;
use engine::ids::{InstanceId, Key};
use engine::instance::Instance;
use engine::pack::{Compiled, compile};
use engine::rejection::{Need, Rejection};
use engine::step::{Refused, start, step};
use engine::time::Timestamp;
use serde_json::{Value, json};

const PROCESS: &str = "process: tender
name: Tender
startedBy: [clerk]
notices: { receipt: received }
variables: { open: { type: boolean, initial: true } }
documents:
  plan: { form: plan }
  announcement:
    form: announcement
    rules:
      - check: months <= plan.months
        message: { zh: 期限过长, en: Too long }
        field: months
  offers: { form: offer, list: true }
nodes:
  announce: { type: userTask, assign: initiator, edit: [plan, announcement] }
  again: { type: exclusiveGateway, to: [{ when: has(announcement.note), to: announce }, response] }
  response:
    type: intake
    from: [public, operator]
    closes: 20 days
    WHERE
    receiptTo: RECEIPT
    into: offers
  end: { type: endEvent }
";

const WHERE: &str = "where: [{ check: open, message: Closed }, { check: 'announcement.invited.exists(i, i == submitted.code)', message: { zh: 未受邀请, en: Not invited } }]";

const OFFER: &str = "form: offer
name: Offer
fields:
  code: { type: text, label: Code }
  unit: { type: text, label: Unit }
  contact: { type: group, label: Contact, fields: { email: { type: email, label: Mail }, note: { type: text, label: Note }, since: { type: date, label: Since } } }
  datasets: { type: table, label: Datasets, columns: { id: { type: text, label: Id } } }
rules:
  - { check: size(code) > 0, message: A code, field: code }
  - check: RULE
    message: { zh: 超出方案, en: Beyond the plan }
    field: datasets
";

const RULE: &str = "datasets.all(d, plan.datasets.exists(p, p.id == d.id))";

const PLAN: &str = "form: plan
name: Plan
fields:
  months: { type: integer, label: Months }
  datasets: { type: table, label: Datasets, columns: { id: { type: text, label: Id } } }
";

const ANNOUNCEMENT: &str = "form: announcement
name: Announcement
fields:
  months: { type: integer, label: Months }
  note: { type: text, label: Note }
  invited: { type: choices, label: Invited, options: { a: A, b: B } }
";

fn files(changes: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let defaults = [("WHERE", WHERE), ("RECEIPT", "contact.email"), ("RULE", RULE)];
    let changed = |text: &str| {
        let mut text = text.to_owned();
        for (from, to) in changes.iter().chain(&defaults) {
            text = text.replace(from, to);
        }
        text
    };
    vec![
        ("pack.yaml", "pack: p\nname: P\nversion: '1'\ncalendar: cn\n".to_owned()),
        ("calendars/cn.yaml", "calendar: cn\nzone: Asia/Shanghai\n".to_owned()),
        ("roles.yaml", "roles: { clerk: Clerk, operator: Operator }\n".to_owned()),
        (
            "notices/received.yaml",
            "notice: received\nsubject: Received\nbody: Received\n".to_owned(),
        ),
        ("forms/offer.yaml", changed(OFFER)),
        ("forms/plan.yaml", changed(PLAN)),
        ("forms/announcement.yaml", changed(ANNOUNCEMENT)),
        ("processes/tender.yaml", changed(PROCESS)),
    ]
}

/// Every problem of the pack: its file, its line, its code, and its hint.
fn problems(changes: &[(&str, &str)]) -> Vec<String> {
    let told = match compile(&files(changes), |_| 1) {
        Ok(compiled) => compiled.warnings,
        Err(problems) => problems,
    };
    let told = told.iter().map(|one| {
        let hint = one.hint.as_deref().unwrap_or_default();
        format!("{}:{} {} {hint}", one.place.file, one.place.line, one.code).trim().to_owned()
    });
    told.collect()
}

/// A case with all that was written in it.
struct Case {
    definition: Arc<Definition>,
    instance: Instance,
    facts: Facts,
}

fn person(id: &str, role: &str, unit: &str) -> Actor {
    let grants = vec![Grant { role: role.into(), unit: None }];
    Actor::Person { id: id.into(), unit: Some(unit.into()), grants }
}

impl Case {
    /// A case whose intake is open: a plan of 36 months with one dataset, to which `a` is invited.
    fn open(changes: &[(&str, &str)]) -> Self {
        let mut case = Self::begun(changes);
        case.announce(plan(36), announcement(36)).expect("it fits");
        case
    }

    fn begun(changes: &[(&str, &str)]) -> Self {
        let compiled: Compiled =
            compile(&files(changes), |_| 1).unwrap_or_else(|problems| panic!("{problems:#?}"));
        let calendars = compiled.pack.calendars.clone().into();
        let li = Member {
            id: "li".into(),
            name: "li".into(),
            unit: None,
            fields: serde_json::Map::new(),
            held_for: None,
        };
        let people = BTreeMap::from([("li".into(), Some(Arc::new(li)))]);
        let facts = Facts { calendars, people, ..Facts::default() };
        let definition = Arc::clone(&compiled.definitions["tender"]);
        let (process, documents) = ("tender".into(), BTreeMap::new());
        let command = Command::Start { process, documents, parent: None, origin: None };
        let envelope = Envelope {
            at: Timestamp(0),
            actor: person("li", "clerk", "x"),
            seed: 0,
            since: None,
            hops: 0,
            command,
        };
        let begun = start(&definition, InstanceId(1), &envelope, &facts).expect("it begins");
        Self { definition, instance: begun.instance, facts }
    }

    fn announce(&mut self, plan: Value, announcement: Value) -> Result<Vec<Event>, Rejection> {
        let given = [("plan", plan), ("announcement", announcement)].into_iter();
        let given = given.filter(|(_, content)| !content.is_null());
        let documents = given.map(|(name, content)| (name.into(), Content::new(content))).collect();
        let task = self.key("announce");
        let command = Command::CompleteTask {
            task,
            outcome: None,
            documents,
            comment: None,
            seen: BTreeMap::new(),
        };
        self.give(person("li", "clerk", "x"), command)
    }

    fn key(&self, node: &str) -> Key {
        let active = self.instance.activations().iter();
        let mut found = active.filter(|(_, activation)| activation.node.as_str() == node);
        *found.next().expect("it is active").0
    }

    fn submit(&mut self, actor: Actor, content: Value) -> Result<Vec<Event>, Rejection> {
        let (intake, content) = (self.key("response"), Content::new(content));
        self.give(actor, Command::Submit { intake, content, replaces: None })
    }

    /// Gives a command; one that is refused changes nothing.
    fn give(&mut self, actor: Actor, command: Command) -> Result<Vec<Event>, Rejection> {
        let envelope =
            Envelope { at: Timestamp(1_000), actor, seed: 0, since: None, hops: 0, command };
        for _ in 0..5 {
            match step(&self.definition, &self.instance, &envelope, &self.facts) {
                Ok(stepped) => {
                    for content in stepped.contents {
                        self.facts.documents.insert(content.hash, content.value);
                    }
                    self.instance = stepped.instance;
                    return Ok(stepped.events);
                }
                Err(Refused::Rejection(rejection)) => return Err(rejection),
                Err(Refused::Needs(needs)) => {
                    for need in needs {
                        let Need::Held(principal) = need else { panic!("{need:?}") };
                        Arc::make_mut(&mut self.facts.held).insert(principal, true);
                    }
                }
            }
        }
        panic!("it never has what it needs");
    }
}

fn plan(months: i32) -> Value {
    json!({ "months": months, "datasets": [{ "id": "one" }] })
}

fn announcement(months: i32) -> Value {
    json!({ "months": months, "invited": ["a"] })
}

/// Whom a receipt went to, and for which submission.
fn receipt(events: &[Event]) -> Value {
    let events = serde_json::to_value(events).expect("events serialise");
    let told = events.as_array().expect("a list").iter();
    let mut told = told.filter(|event| event["event"] == "noticeRequested");
    let one = told.next().map(|event| json!([event["to"], event["submission"]]));
    assert!(told.next().is_none(), "one receipt for one submission");
    one.unwrap_or_default()
}

fn broken(refused: Result<Vec<Event>, Rejection>) -> Vec<FieldError> {
    match refused {
        Err(Rejection::InvalidDocument { errors, .. }) => errors,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_receipt_goes_to_the_address_in_the_form_or_to_the_account() {
    let mut case = Case::open(&[]);
    let mailed = json!({ "code": "a", "contact": { "email": "wu@example.org" } });
    let to_field = |number: u32| json!([[{ "address": "wu@example.org" }], number]);
    let own = person("wu", "operator", "u");
    assert_eq!(receipt(&case.submit(Actor::Public, mailed.clone()).expect("taken")), to_field(1));
    let bare = case.submit(Actor::Public, json!({ "code": "a" })).expect("taken");
    assert_eq!(receipt(&bare), Value::Null);
    let to_account = json!([[{ "principal": "person:wu" }], 3]);
    let bare = case.submit(own.clone(), json!({ "code": "a" })).expect("taken");
    assert_eq!(receipt(&bare), to_account);
    assert_eq!(receipt(&case.submit(own, mailed).expect("taken")), to_field(4));
    // A text is an address only where it is one.
    let mut case = Case::open(&[("RECEIPT", "contact.note")]);
    for (note, to) in [("wu@example.org", to_field(1)), ("see my desk", Value::Null)] {
        let given = json!({ "code": "a", "contact": { "note": note } });
        assert_eq!(receipt(&case.submit(Actor::Public, given).expect("taken")), to, "{note}");
    }
}

#[test]
fn a_receipt_is_only_asked_for_where_it_can_go_somewhere() {
    assert_eq!(problems(&[]), Vec::<String>::new());
    for (changes, expected) in [
        (("RECEIPT", "contact.mail"), "processes/tender.yaml:23 unknownField"),
        (("RECEIPT", "email"), "processes/tender.yaml:23 unknownField"),
        (("RECEIPT", "contact.since"), "processes/tender.yaml:23 wrongType"),
        (("RECEIPT", "contact"), "processes/tender.yaml:23 wrongType"),
        (("RECEIPT", "datasets.id"), "processes/tender.yaml:23 wrongType"),
        (("notices: { receipt: received }\n", ""), "processes/tender.yaml:22 ignoredKey"),
    ] {
        let found = problems(&[changes]);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{expected}: {found:?}");
    }
}

#[test]
fn an_intake_refuses_by_its_conditions_and_says_why() {
    let mut case = Case::open(&[]);
    let before = case.instance.clone();
    let wu = person("wu", "operator", "u");
    let refused = |reason: Value| {
        let reason = serde_json::from_value(reason).expect("a text");
        Err(Rejection::SubmissionRefused { reason })
    };
    let uninvited = json!({ "zh": "未受邀请", "en": "Not invited" });
    for code in ["b", "c"] {
        let given = case.submit(wu.clone(), json!({ "code": code }));
        assert_eq!(given, refused(uninvited.clone()), "{code}");
    }
    assert_eq!(case.instance, before, "nothing has changed");
    case.submit(wu.clone(), json!({ "code": "a" })).expect("it is invited");
    // What does not hang on the form is said before the form is looked at.
    let mut case = Case::open(&[("initial: true", "initial: false")]);
    assert_eq!(case.submit(wu.clone(), json!({ "what": 7 })), refused(json!("Closed")));
    // Who hands in is a part of it; of the public nothing is known.
    let own = "where: { check: \"'operator' in submitter.roles && submitter.unit == submitted.unit\", message: Yours }";
    let mut case = Case::open(&[("WHERE", own)]);
    let given = json!({ "code": "a", "unit": "u" });
    for actor in [Actor::Public, person("wu", "operator", "v"), person("wu", "clerk", "u")] {
        let refusal = case.submit(actor, given.clone());
        assert!(matches!(
            refusal,
            Err(Rejection::SubmissionRefused { .. } | Rejection::NotCandidate { .. })
        ));
    }
    case.submit(wu.clone(), given).expect("it is wu's unit");
    // What cannot be told is refused, and tells nothing of the case.
    let fails = "where: { check: 'int(announcement.invited[0]) > 1', message: No }";
    let mut case = Case::open(&[("WHERE", fails)]);
    assert_eq!(case.submit(wu, json!({ "code": "a" })), refused(json!("No")));
}

#[test]
fn a_condition_of_an_intake_is_checked_by_type() {
    for (condition, expected) in [
        ("submited.code == 'a'", "unknownName did you mean `submitted`?"),
        ("submitted.cod == 'a'", "unknownField did you mean `code`?"),
        ("submitter.name == 'a'", "unknownField"),
        ("announcement.month > 3", "unknownField did you mean `months`?"),
        ("announcement.months", "wrongResult"),
    ] {
        let condition = format!("where: {{ check: \"{condition}\", message: No }}");
        let found = problems(&[("WHERE", &condition)]);
        let expected = format!("processes/tender.yaml:22 {expected}");
        assert!(found.len() == 1 && found[0].starts_with(&expected), "{expected}: {found:?}");
    }
    let taken = "variables: { submitter: { type: text },";
    let found = problems(&[("variables: {", taken)]);
    assert!(found.iter().any(|one| one.contains("nameTaken")), "{found:?}");
}

#[test]
fn a_rule_of_a_form_compares_with_the_case() {
    let mut case = Case::open(&[]);
    let offer = |id: &str| json!({ "code": "a", "datasets": [{ "id": id }] });
    case.submit(Actor::Public, offer("one")).expect("it is in the plan");
    let before = case.instance.clone();
    let errors = broken(case.submit(Actor::Public, offer("two")));
    let expected = json!([{ "path": ["datasets"], "code": "RULE_BROKEN", "message": {
        "zh": "超出方案", "en": "Beyond the plan" } }]);
    assert_eq!(serde_json::to_value(errors).expect("plain data"), expected);
    assert_eq!(case.instance, before, "nothing has changed");
    // Its own rules come first.
    let errors = broken(case.submit(Actor::Public, json!({ "code": "", "datasets": [] })));
    assert_eq!(errors.iter().map(|one| one.path.join(".")).collect::<Vec<_>>(), ["code"]);
    // What goes wrong tells nothing of the plan.
    let mut case = Case::open(&[("RULE", "int(plan.datasets[0].id) > 1")]);
    let errors = broken(case.submit(Actor::Public, offer("one")));
    let told = serde_json::to_string(&errors).expect("plain data");
    assert!(told.contains("NOT_COMPUTABLE") && !told.contains("one"), "{told}");
}

#[test]
fn documents_of_one_task_are_compared_as_they_will_be() {
    let mut case = Case::begun(&[]);
    let errors = broken(case.announce(plan(12), announcement(36)));
    assert_eq!(errors.len(), 1);
    assert_eq!(
        (errors[0].path.join("."), errors[0].code.as_str()),
        ("months".into(), "RULE_BROKEN")
    );
    let mut noted = announcement(36);
    noted["note"] = "once more".into();
    case.announce(plan(36), noted).expect("36 are not more than 36");
    // The announcement stays, and the plan that it is compared with does not.
    let errors = broken(case.announce(plan(24), Value::Null));
    assert_eq!(errors[0].path, ["months"]);
    case.announce(plan(24), announcement(24)).expect("both are shorter");
}

#[test]
fn a_rule_is_checked_against_every_process_that_uses_its_form() {
    let rule = |check: &str| problems(&[("RULE", check)]);
    assert_eq!(rule("size(plan.datasets) > 0 && open"), Vec::<String>::new());
    for (check, expected) in [
        ("size(plan.dataset) > 0", "unknownField did you mean `datasets`?"),
        ("size(plans.datasets) > 0", "unknownName did you mean `plan`?"),
        ("plan.months", "wrongResult"),
    ] {
        assert_eq!(rule(check), [format!("forms/offer.yaml:10 {expected}")], "{check}");
    }
    let found = compile(&files(&[("RULE", "size(licence.datasets) > 0")]), |_| 1);
    let found = &found.expect_err("there is no licence")[0];
    let expected = "`tender`, which uses the form, has none";
    assert!(found.message.ends_with(expected), "{}", found.message);
    let beside = |check: &str| problems(&[("months <= plan.months", check)]);
    for (check, expected) in [
        ("months <= plan.month", "unknownField did you mean `months`?"),
        ("month <= plan.months", "unknownName did you mean `months`?"),
    ] {
        assert_eq!(beside(check), [format!("processes/tender.yaml:11 {expected}")], "{check}");
    }
    // A form that no process uses has nothing but itself.
    let mut alone = files(&[]);
    alone.push((
        "forms/alone.yaml",
        "form: alone\nname: Alone\nfields: { a: { type: text } }\nrules:\n  - { check: a == plan.months, message: No }\n"
            .to_owned(),
    ));
    let found = compile(&alone, |_| 1).expect_err("there is no plan");
    assert_eq!((found[0].code, found[0].place.file.as_str()), ("unknownName", "forms/alone.yaml"));
}
