//! What a case writes down of names and labels: as they are called in the step that writes.

use serde_json::json;

use super::tests::{Case, beginning, definition, facts};
use super::{Refused, start};
use crate::event::Event;
use crate::ids::InstanceId;
use crate::rejection::Need;
use crate::text::Text;

const NODES: &str = "  decide: { type: userTask, assign: initiator, outcomes: { good: { label: { zh: 同意, en: Good } } } }
  enter: { type: record, register: book, columns: { what: =outcomes.decide } }
  whom: { type: record, register: book, columns: { what: =who.decide } }
  show: { type: publish, title: \"='公示：' + name(who.decide) + label(outcomes.decide)\" }
  note: { type: scriptTask, set: { log: \"=name(who.decide, 'en')\" } }
";

fn both(zh: &str, en: &str) -> Text {
    serde_json::from_value(json!({ "zh": zh, "en": en })).expect("a text")
}

#[test]
fn a_page_and_a_register_keep_what_people_and_words_were_called() {
    let mut case = Case::begin_with(NODES, |facts| {
        facts.numbers.insert(("{year}-{number}".into(), 2026), 1);
        facts.names.insert("li".into(), Some(both("李明", "Li Ming")));
    });
    case.complete("decide", Some("good")).expect("it is decided");
    let mut entries = case.events.iter().filter_map(|event| match event {
        Event::RegisterEntered { columns, texts, .. } => Some((&columns["what"], &texts["what"])),
        _ => None,
    });
    assert_eq!(entries.next(), Some((&json!("good"), &both("同意", "Good"))));
    assert_eq!(entries.next(), Some((&json!("li"), &both("李明", "Li Ming"))));
    let title = case.events.iter().find_map(|event| match event {
        Event::PagePublished { title, .. } => Some(title.as_str()),
        _ => None,
    });
    assert_eq!(title, Some("公示：李明同意"));
    assert_eq!(case.instance.variables()["log"], json!("Li Ming"));
    assert_eq!(case.ended(), None);
}

#[test]
fn a_step_asks_for_all_names_at_once() {
    let nodes = "  note: { type: scriptTask, set: { list: \"=name(['li', 'wu'])\" } }";
    let definition = definition(nodes);
    let needs = start(&definition, InstanceId(1), &beginning(), &facts());
    let names = ["li", "wu"].map(|id| Need::Name(id.into()));
    assert_eq!(needs.map(|_| ()), Err(Refused::Needs(names.into())));
}
