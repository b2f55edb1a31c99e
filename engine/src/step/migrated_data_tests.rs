//! Data of cases that go over to another version of their process: documents and fields under other names.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::case_tests::admin;
use super::tests::{Case, NOW, beginning, facts, library, person};
use super::{Stepped, data_fates, data_needs, start};
use crate::command::{Command, Content, DocumentPlan, FieldPlan, NodePlan, Plan};
use crate::definition::source::ProcessSource;
use crate::definition::{Definition, Library};
use crate::event::Event;
use crate::fate::Becomes;
use crate::form::{Form, FormSource};
use crate::ids::{Hash, InstanceId};
use crate::instance::{Instance, Waiting};

const OLD_FORM: &str = "form: sheet\nname: Sheet\nfields: { text: { type: text, label: T }, price: { type: integer, label: P }, rows: { type: table, label: R, columns: { name: { type: text, label: N }, cost: { type: integer, label: C } } } }";
const NEW_FORM: &str = "form: sheet\nname: Sheet\nfields: { text: { type: text, label: T }, amount: { type: integer, label: P }, lines: { type: table, label: R, columns: { name: { type: text, label: N }, sum: { type: integer, label: C } } } }";
const OLD: &str = "documents: { plan: { form: sheet }, came: { form: sheet, list: true } }
nodes:
  write: { type: userTask, role: clerk, edit: plan }
  undo: { type: boundaryEvent, attachedTo: write, compensation: true, to: unwrite }
  unwrite: { type: scriptTask, set: { n: plan.price } }
  give: { type: userTask, people: \"=['a', 'b']\", sign: all, edit: came, outcomes: { ok: 好 } }
  each: { type: userTask, role: clerk, forEach: { in: came, as: one } }
  row: { type: userTask, role: clerk, forEach: { in: plan.rows, as: one } }
  check: { type: exclusiveGateway, to: [{ when: plan.price > 100, to: high }, { to: low }] }
  high: { type: endEvent, outcome: high }
  low: { type: endEvent, outcome: low }";

fn read<T: serde::de::DeserializeOwned>(yaml: &str) -> T {
    let read = crate::yaml::parse("p.yaml", yaml.as_bytes())
        .and_then(|tree| crate::yaml::read(&tree, &[]));
    read.unwrap_or_else(|problems| panic!("{problems:?}\n{yaml}"))
}

fn compiled(body: &str, form: &str, version: u32) -> Definition {
    let source: FormSource = read(form);
    let form = Form::compile(&source, &mut Vec::new());
    let Library { mut forms, .. } = library();
    forms.insert("sheet".into(), form.into());
    let library = Library { forms, ..library() };
    let head = "process: p\nname: P\nstartedBy: [starter]\nvariables: { n: { type: integer } }";
    let source: ProcessSource = read(&format!("{head}\n{body}"));
    let mut problems = Vec::new();
    let compiled = Definition::compile(&source, &library, version, &mut problems);
    compiled.unwrap_or_else(|| panic!("{problems:?}"))
}

/// The later version, under other names.
fn later() -> String {
    OLD.replace("plan:", "scheme:")
        .replace("plan.price", "scheme.amount")
        .replace("plan.rows", "scheme.lines")
        .replace("edit: plan", "edit: scheme")
        .replace("came:", "offers:")
        .replace("edit: came", "edit: offers")
        .replace("in: came", "in: offers")
}

fn begin() -> Case {
    let (definition, facts) = (compiled(OLD, OLD_FORM, 1), facts());
    let begun = start(&definition, InstanceId(1), &beginning(), &facts);
    let Stepped { instance, events, .. } = begun.expect("it begins");
    let mut case = Case { definition, instance, events, facts, now: NOW };
    let rows = json!([{ "name": "a", "cost": 1 }, { "name": "b", "cost": 2 }]);
    write(&mut case, "write", "li", "plan", json!({ "text": "x", "price": 200, "rows": rows }));
    case
}

/// Completes a task with a document.
fn write(case: &mut Case, node: &str, who: &str, document: &str, value: Value) {
    let content = knows(case, value);
    let task = case.instance.activations().iter().find(|(_, one)| {
        let is_theirs = match &one.waiting {
            Waiting::Task { assignee, .. } => assignee.as_ref().is_none_or(|it| it.as_str() == who),
            _ => false,
        };
        one.node.as_str() == node && is_theirs
    });
    let task = *task.unwrap_or_else(|| panic!("{node} is open: {:?}", case.at())).0;
    let outcome = (node == "give").then(|| "ok".into());
    let documents = [(document.into(), content)].into();
    let seen = BTreeMap::new();
    let command = Command::CompleteTask { task, outcome, documents, comment: None, seen };
    case.give(person(who), command).expect("it is theirs");
}

/// Lets a case know a content.
fn knows(case: &mut Case, value: Value) -> Content {
    let content = Content::new(value);
    case.facts.documents.insert(content.hash.clone(), content.value.clone());
    content
}

fn document(from: &str, to: Option<&str>) -> DocumentPlan {
    DocumentPlan { from: from.into(), to: to.map(Into::into) }
}

fn field(document: &str, from: &str, to: Option<&str>) -> FieldPlan {
    FieldPlan { document: document.into(), from: from.into(), to: to.map(Into::into) }
}

/// Everything is called otherwise.
fn mapped() -> Plan {
    let of = |name: &str| {
        [
            field(name, "price", Some("amount")),
            field(name, "rows", Some("lines")),
            field(name, "rows.cost", Some("sum")),
        ]
    };
    Plan {
        documents: vec![document("plan", Some("scheme")), document("came", Some("offers"))],
        fields: of("plan").into_iter().chain(of("came")).collect(),
        ..Plan::default()
    }
}

/// What would become of the data, a line a thing.
fn told(case: &Case, new: &Definition, plan: &Plan) -> Vec<String> {
    let needs = data_needs(&case.definition, new, &case.instance, plan);
    let content = |hash: Hash| {
        let value = case.facts.documents[&hash].clone();
        (hash, value)
    };
    let contents = needs.into_iter().map(content).collect();
    let fates = data_fates(&case.definition, new, &case.instance, plan, &contents);
    let line = |fate: crate::fate::DataFate| {
        let name = match &fate.field {
            Some(field) => format!("{}.{field}", fate.document),
            None => fate.document.to_string(),
        };
        let to = fate.to.map_or(String::new(), |to| format!(" as {to}"));
        let becomes = match fate.becomes {
            Becomes::Stays => "stays".to_owned(),
            Becomes::Ends => "is left behind".to_owned(),
            Becomes::Unfit(misfit) => format!("does not fit: {misfit:?}"),
            other => format!("{other:?}"),
        };
        format!("{name}{to} {becomes}")
    };
    fates.into_iter().map(line).collect()
}

fn migrate(case: &mut Case, body: &str, form: &str, plan: Plan) -> Result<(), String> {
    let version = case.definition.version() + 1;
    let definition = compiled(body, form, version);
    case.facts.versions.insert(version, Some(Arc::new(compiled(body, form, version))));
    case.events.clear();
    case.give(admin(), Command::Migrate { version, plan, reason: "why".into() })?;
    case.definition = definition;
    Ok(())
}

fn current(case: &Case, document: &str) -> Vec<Value> {
    let state = &case.instance.documents()[document];
    let content = |hash: &Hash| {
        let known = case.facts.documents.get(hash);
        known.map_or_else(|| panic!("{document} holds {hash:?}"), |value| (**value).clone())
    };
    state.current.iter().map(content).collect()
}

#[test]
fn data_under_a_name_that_is_gone_or_is_something_else_does_not_fit() {
    let mut case = begin();
    let same = compiled(OLD, OLD_FORM, 2);
    assert_eq!(told(&case, &same, &Plan::default()), Vec::<String>::new());
    let new = compiled(&later(), NEW_FORM, 2);
    assert_eq!(
        told(&case, &new, &Plan::default()),
        ["plan does not fit: NoDocument { document: DocumentName(\"plan\") }"],
        "`came` holds nothing"
    );
    let renamed = Plan { documents: vec![document("plan", Some("scheme"))], ..Plan::default() };
    assert_eq!(
        told(&case, &new, &renamed),
        [
            "plan as scheme stays",
            "plan.price does not fit: NoField { field: \"price\" }",
            "plan.rows does not fit: NoField { field: \"rows\" }",
        ]
    );
    let refused = migrate(&mut case, &later(), NEW_FORM, renamed).expect_err("fields do not fit");
    assert_eq!(refused, "CANNOT_MIGRATE");
    assert_eq!(
        told(&case, &new, &mapped()),
        [
            "plan as scheme stays",
            "plan.price as amount stays",
            "plan.rows as lines stays",
            "plan.rows.cost as lines.sum stays",
        ]
    );
    let other = NEW_FORM.replace("amount: { type: integer", "amount: { type: text");
    let other = compiled(
        &later()
            .replace("scheme.amount > 100", "scheme.amount == 'x'")
            .replace("set: { n: scheme.amount }", "set: { n: '1' }"),
        &other,
        2,
    );
    let does_not_fit = "plan.price does not fit: OtherType { found: \"integer\", other: \"text\" }";
    assert_eq!(told(&case, &other, &mapped())[1], does_not_fit);
    let dropped = Plan { documents: vec![document("plan", None)], ..Plan::default() };
    assert_eq!(told(&case, &new, &dropped), ["plan is left behind"]);
    let list = OLD.replace("plan: { form: sheet }", "plan: { form: sheet, list: true }");
    let list = list.replace("plan.price > 100", "size(plan) > 1").replace("plan.rows", "plan");
    let list = list.replace("n: plan.price", "n: '1'");
    let list = compiled(&list, OLD_FORM, 2);
    assert_eq!(
        told(&case, &list, &Plan::default()),
        ["plan does not fit: OtherList { list: true }"]
    );
}

#[test]
fn what_is_called_otherwise_is_read_under_its_name_of_now() {
    let mut case = begin();
    migrate(&mut case, &later(), NEW_FORM, mapped()).expect("all is mapped");
    let lines = json!([{ "name": "a", "sum": 1 }, { "name": "b", "sum": 2 }]);
    let expected = json!({ "text": "x", "amount": 200, "lines": lines });
    knows(&mut case, expected.clone());
    assert_eq!(current(&case, "scheme"), [expected]);
    assert_eq!(current(&case, "plan"), Vec::<Value>::new());
    assert_eq!(case.instance.documents()["scheme"].version, 1, "numbers go on");
    for who in ["a", "b"] {
        write(&mut case, "give", who, "offers", json!({ "text": who, "amount": 1 }));
    }
    for node in ["each", "each", "row", "row"] {
        complete_run(&mut case, node);
    }
    assert_eq!(case.ended(), Some("high"), "the gateway reads what was written before");
}

/// Completes a task of a list, whichever is open.
fn complete_run(case: &mut Case, node: &str) {
    let open = case.instance.activations().iter();
    let mut open = open.filter(|(_, one)| matches!(one.waiting, Waiting::Task { .. }));
    let key = *open.find(|(_, one)| one.node.as_str() == node).expect("one is open").0;
    case.complete_key(key, None, "li").expect("it is open");
}

#[test]
fn entries_votes_and_items_of_lists_go_over() {
    let mut case = begin();
    write(&mut case, "give", "a", "came", json!({ "text": "a", "price": 1 }));
    migrate(&mut case, &later(), NEW_FORM, mapped()).expect("all is mapped");
    let entry = knows(&mut case, json!({ "text": "a", "amount": 1 }));
    assert_eq!(current(&case, "offers"), [(*entry.value).clone()]);
    let body = case.instance.activations().values().find_map(|one| match &one.waiting {
        Waiting::Items { votes, .. } => Some(votes),
        _ => None,
    });
    let entries = &body.expect("a round")[0].entries;
    assert_eq!(*entries, [("offers".into(), entry.hash)].into(), "the vote knows its entry");

    // Items of a list that runs are copies.
    let mut case = begin();
    for who in ["a", "b"] {
        write(&mut case, "give", who, "came", json!({ "text": who, "price": 1 }));
    }
    migrate(&mut case, &later(), NEW_FORM, mapped()).expect("all is mapped");
    let items: Vec<&Value> = case.instance.kept_items().collect();
    assert!(items.contains(&&json!({ "text": "b", "amount": 1 })), "{items:?}");
    assert!(items.iter().all(|item| item.get("price").is_none()), "{items:?}");
    // So are rows of a table.
    let mut case = begin();
    for who in ["a", "b"] {
        write(&mut case, "give", who, "came", json!({ "text": who, "price": 1 }));
    }
    complete_run(&mut case, "each");
    complete_run(&mut case, "each");
    migrate(&mut case, &later(), NEW_FORM, mapped()).expect("all is mapped");
    let items: Vec<&Value> = case.instance.kept_items().collect();
    assert!(items.contains(&&json!({ "name": "b", "sum": 2 })), "{items:?}");
}

#[test]
fn what_is_kept_to_undo_something_is_read_as_it_was_under_the_names_of_now() {
    let mut case = begin();
    migrate(&mut case, &later(), NEW_FORM, mapped()).expect("all is mapped");
    let done = &case.instance.done()[0];
    let names: Vec<&str> = done.documents.keys().map(crate::ids::DocumentName::as_str).collect();
    assert_eq!(names, ["scheme"]);
    assert_eq!(done.documents["scheme"].current, case.instance.documents()["scheme"].current);
}

#[test]
fn two_documents_may_change_their_names_and_a_name_may_be_anothers_later() {
    let mut case = begin();
    let both = "documents: { plan: { form: sheet }, other: { form: sheet } }
nodes:
  each: { type: userTask, role: clerk, edit: [plan, other] }
  end: { type: endEvent }";
    let to_each = |from: &str| NodePlan { from: from.into(), to: Some("each".into()), anew: true };
    let nodes = [to_each("give")];
    let done = NodePlan { from: "write".into(), to: None, anew: false };
    let plan = Plan { nodes: vec![nodes[0].clone(), done], ..Plan::default() };
    migrate(&mut case, both, OLD_FORM, plan).expect("`plan` is as it was");
    let other = knows(&mut case, json!({ "text": "y" }));
    let documents = [("other".into(), other)].into();
    let seen = BTreeMap::new();
    let task = case.key("each");
    let (outcome, comment) = (None, None);
    // A task writes a second document, and another version of it.
    let two = both.replace(
        "  each:",
        "  first: { type: userTask, role: clerk, edit: [plan, other] }\n  each:",
    );
    let plan = Plan {
        nodes: vec![NodePlan { from: "each".into(), to: Some("first".into()), anew: false }],
        ..Plan::default()
    };
    migrate(&mut case, &two, OLD_FORM, plan).expect("it fits");
    case.give(person("li"), Command::CompleteTask { task, outcome, documents, comment, seen })
        .expect("it is open");
    let swapped = Plan {
        documents: vec![document("plan", Some("other")), document("other", Some("plan"))],
        ..Plan::default()
    };
    let before = (current(&case, "plan"), current(&case, "other"));
    migrate(&mut case, &two, OLD_FORM, swapped).expect("they change their names");
    assert_eq!((current(&case, "other"), current(&case, "plan")), before);
    let name = "plan".into();
    let names = case.instance.names_of(&name);
    let names: Vec<(&str, u32, Option<u32>)> =
        names.iter().map(|one| (one.name.as_str(), one.after, one.last)).collect();
    assert_eq!(names, [("other", 0, Some(1)), ("plan", 1, None)]);
    // Two cannot become one.
    let taken = Plan { documents: vec![document("plan", Some("other"))], ..Plan::default() };
    let new = compiled(&two, OLD_FORM, 5);
    assert_eq!(told(&case, &new, &taken), ["plan does not fit: Taken { by: \"other\" }"]);
    // What is left behind is nobody's, and its numbers are used no more.
    let left = Plan { documents: vec![document("plan", None)], ..Plan::default() };
    migrate(&mut case, &two, OLD_FORM, left).expect("it is left behind");
    assert_eq!(current(&case, "plan"), Vec::<Value>::new());
    assert_eq!(case.instance.documents()["plan"].version, 1);
    let names = case.instance.names_of(&name);
    assert_eq!((names.len(), names[0].after), (1, 1));
}

#[test]
fn drafts_are_read_under_the_names_of_now() {
    let mut case = begin();
    let before = case.now;
    migrate(&mut case, &later(), NEW_FORM, mapped()).expect("all is mapped");
    let typed = json!({ "came": { "text": "a", "price": 3, "rows": [{ "cost": 1 }] } });
    assert_eq!(
        case.instance.typed_by_now(before, &typed),
        json!({ "offers": { "text": "a", "amount": 3, "lines": [{ "sum": 1 }] } })
    );
    assert_eq!(case.instance.typed_by_now(before.plus_ms(1), &typed), typed, "typed since");
}

#[test]
fn a_plan_names_documents_and_fields_that_are_there() {
    let case = begin();
    let refusal = |plan: Plan| {
        let mut own = begin();
        own.facts.versions.insert(2, Some(Arc::new(compiled(&later(), NEW_FORM, 2))));
        own.refusal(admin(), Command::Migrate { version: 2, plan, reason: "why".into() })
    };
    let documents = |one| Plan { documents: vec![one], ..Plan::default() };
    let fields = |one| Plan { fields: vec![one], ..Plan::default() };
    for (plan, expected) in [
        (
            documents(document("plann", Some("scheme"))),
            "BAD_ARGUMENT at plan.documents.0.from: expected a document of version 1, found `plann`; did you mean `plan`?",
        ),
        (
            documents(document("plan", Some("schema"))),
            "BAD_ARGUMENT at plan.documents.0.to: expected a document of version 2, found `schema`; did you mean `scheme`?",
        ),
        (
            Plan {
                documents: vec![document("plan", None), document("plan", None)],
                ..Plan::default()
            },
            "BAD_ARGUMENT at plan.documents.1.from: expected `plan` once, found it twice",
        ),
        (
            fields(field("plan", "prize", None)),
            "BAD_ARGUMENT at plan.fields.0.from: expected a field of `plan` in version 1, found `prize`; did you mean `price`?",
        ),
        (
            Plan {
                documents: vec![document("plan", Some("scheme"))],
                fields: vec![field("plan", "price", Some("amont"))],
                ..Plan::default()
            },
            "BAD_ARGUMENT at plan.fields.0.to: expected a field of version 2 in the same place, found `amont`; did you mean `amount`?",
        ),
    ] {
        assert_eq!(refusal(plan), expected);
    }
    drop(case);
}

#[test]
fn a_case_folds_to_the_same_with_documents_under_other_names() {
    let mut case = begin();
    let mut events = case.events.clone();
    migrate(&mut case, &later(), NEW_FORM, mapped()).expect("all is mapped");
    events.extend(case.events.clone());
    assert_eq!(Instance::replay(InstanceId(1), &events).as_ref(), Some(&case.instance));
    assert!(
        matches!(&case.events[..], [.., Event::InstanceMigrated(one)] if one.documents.len() == 2)
    );
}
