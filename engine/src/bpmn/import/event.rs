//! Event definitions as keys. A new kind of event is a row of `EVENTS`.

use serde_yaml::Value;

use super::Reading;
use crate::bpmn::keys::{self, Keys};
use crate::bpmn::model::{Node, Process, without_prefix};
use crate::bpmn::names::BPMN;
use crate::bpmn::table::Class;
use crate::bpmn::xml::{Id, Tree};
use crate::bpmn::{expression, time, tools};
use crate::calendar::parse_date;
use crate::clock::DurationSpec;
use crate::definition::source::Repeat;

/// What an event definition of BPMN is in YAML.
pub(in crate::bpmn) struct Event {
    /// The definition's element.
    pub(in crate::bpmn) tag: &'static str,
    /// The key.
    pub(in crate::bpmn) key: &'static str,
    pub(in crate::bpmn) says: Says,
}

/// What stands in an event definition.
pub(in crate::bpmn) enum Says {
    /// A time.
    Time,
    /// The name of something that the file declares: its element, the attribute that refers to it,
    /// and the attribute of it that is its name to us.
    Name { element: &'static str, attribute: &'static str, name: &'static str },
    /// A text of its own, in an attribute.
    Text { attribute: &'static str },
    /// An expression.
    Condition,
    /// The activity that is undone, or `all`; where it is caught, nothing.
    Compensation,
    /// Nothing: that it is there is all.
    Nothing,
}

const fn named(
    tag: &'static str,
    key: &'static str,
    attribute: &'static str,
    name: &'static str,
) -> Event {
    Event { tag, key, says: Says::Name { element: key, attribute, name } }
}

/// Every event definition there is.
pub(in crate::bpmn) const EVENTS: &[Event] = &[
    Event { tag: "timerEventDefinition", key: "timer", says: Says::Time },
    named("messageEventDefinition", "message", "messageRef", "name"),
    named("signalEventDefinition", "signal", "signalRef", "name"),
    named("errorEventDefinition", "error", "errorRef", "errorCode"),
    named("escalationEventDefinition", "escalation", "escalationRef", "escalationCode"),
    Event { tag: "conditionalEventDefinition", key: "condition", says: Says::Condition },
    Event { tag: "compensateEventDefinition", key: "compensate", says: Says::Compensation },
    Event { tag: "compensateEventDefinition", key: "compensation", says: Says::Nothing },
    Event { tag: "linkEventDefinition", key: "link", says: Says::Text { attribute: "name" } },
    Event { tag: "cancelEventDefinition", key: "cancel", says: Says::Nothing },
    Event { tag: "terminateEventDefinition", key: "terminate", says: Says::Nothing },
];

/// What an error or escalation is called that is any of them.
pub(in crate::bpmn) const ANY: &str = "any";
/// What is undone when no activity is named.
const ALL: &str = "all";

impl Reading<'_> {
    /// What an event waits for or does.
    pub(super) fn events(&mut self, node: &Node<'_>, keys: &mut Keys) {
        if node.events.len() > 1 {
            let message = format!(
                "an event with {} definitions is not there yet: make it several events",
                node.events.len()
            );
            self.unsupported(node.element, message);
            return;
        }
        for definition in node.events.clone() {
            let local = self.tree.local(definition);
            let Some(event) = EVENTS.iter().find(|event| event.tag == local) else {
                let what = local.trim_end_matches("EventDefinition");
                self.unsupported(definition, format!("a {what} event is not there yet"));
                continue;
            };
            self.event(node, definition, event, keys);
        }
    }

    fn event(&mut self, node: &Node<'_>, definition: Id, event: &Event, keys: &mut Keys) {
        let tree = self.tree;
        match &event.says {
            Says::Nothing => {
                keys.insert(event.key.into(), true.into());
            }
            Says::Time => self.timer(node, definition, keys),
            Says::Name { element, attribute, name } => {
                let referred = tree.attribute(definition, attribute).map(without_prefix);
                let referred = referred.and_then(|id| self.model.ids.get(id).copied());
                match referred {
                    Some(referred) => {
                        let name = self.named(referred, name);
                        self.is_a_name(referred, &name);
                        keys.insert(event.key.into(), name.into());
                        tools::referred(self, referred, keys);
                    }
                    None if matches!(*element, "error" | "escalation") => {
                        keys.insert(event.key.into(), ANY.into());
                    }
                    // What waits for nothing `waits_for` refuses.
                    None if waits(node.row.class) || keys::has(&self.over, &[event.key]) => {}
                    None => {
                        let message = format!("expected `{attribute}`: which {element} is it?");
                        self.not_mapped(definition, attribute, message);
                    }
                }
            }
            Says::Text { attribute } => {
                let text = tree.attribute(definition, attribute).unwrap_or_default();
                keys.insert(event.key.into(), text.into());
            }
            Says::Condition => {
                let condition = tree.child(definition, BPMN, "condition");
                if let Some(condition) = condition {
                    self.take_element(condition);
                    if let Some(text) = self.condition(condition, &[event.key]) {
                        keys.insert(event.key.into(), text.trim_start_matches('=').into());
                    }
                }
            }
            Says::Compensation if matches!(node.row.class, Class::Boundary | Class::Start) => {
                keys.insert("compensation".into(), true.into());
            }
            Says::Compensation => {
                let activity = tree.attribute(definition, "activityRef").map(without_prefix);
                let activity = activity.map_or_else(|| ALL.to_owned(), |id| self.node_name(id));
                keys.insert(event.key.into(), activity.into());
            }
        }
    }

    /// The name that we know something declared by.
    fn named(&self, declared: Id, attribute: &str) -> String {
        let text =
            |local: &str| self.tree.attribute(declared, local).filter(|text| !text.is_empty());
        text(attribute).or(text("name")).or(text("id")).unwrap_or_default().to_owned()
    }

    /// What is declared is known by a name that stands for itself.
    fn is_a_name(&mut self, declared: Id, name: &str) {
        if !self.own && expression::is_dynamic(name) {
            let local = self.tree.local(declared);
            let message =
                format!("a `{local}` is known by its name, but `{name}` is an expression");
            self.unsupported(declared, message);
        }
    }

    /// What an event waits for must be there, and must be able to begin a case where it does.
    pub(super) fn waits_for(&mut self, process: &Process<'_>, at: usize, keys: &Keys) {
        let node = &process.nodes[at];
        let begins = node.row.class == Class::Start;
        if begins && node.events.is_empty() {
            let same = |one: &Node<'_>| {
                one.scope == node.scope && one.row.class == Class::Start && one.events.is_empty()
            };
            if process.nodes[..at].iter().any(same) && !self.own {
                let message = "a second start event without a trigger: a process or sub-process \
                               begins at one place, or where an event happens";
                self.unsupported(node.element, message.to_owned());
            }
            return;
        }
        let &[definition] = node.events.as_slice() else { return };
        let local = self.tree.local(definition);
        if !waits(node.row.class) || !EVENTS.iter().any(|event| event.tag == local) {
            return;
        }
        if !EVENTS.iter().any(|event| keys.contains_key(event.key)) {
            let message = match what_is_missing(self.tree, definition) {
                Some(missing) => format!("expected {missing}: nothing says what it waits for"),
                None => format!("what the `{local}` waits for cannot be said"),
            };
            self.unsupported(definition, message);
        } else if begins && node.scope.is_none() {
            self.begins_a_case(definition, keys);
        }
    }

    /// There is no case yet that has data, or that a period could be counted from.
    fn begins_a_case(&mut self, definition: Id, keys: &Keys) {
        if keys.contains_key("condition") {
            let message = "a condition cannot begin a case: before it there are no data to ask";
            self.unsupported(definition, message.to_owned());
        }
        let Some(timer) = keys.get("timer") else { return };
        let text = |key: &str| timer.get(key).and_then(Value::as_str);
        let text = timer.as_str().or(text("in")).or(text("on")).unwrap_or_default();
        let repeats = keys.contains_key("repeat");
        let is_period = !repeats && matches!(text.parse(), Ok(DurationSpec::Span(_)));
        if is_period || text.starts_with('=') {
            let message = "a period or an expression cannot begin a case: there is none yet that it \
                           could be counted from. Say a date, or cron";
            self.unsupported(definition, message.to_owned());
        }
    }

    /// The message that a task sends or waits for.
    pub(super) fn task_message(&mut self, element: Id, keys: &mut Keys) {
        let message = self.tree.attribute(element, "messageRef").map(without_prefix);
        let Some(message) = message.and_then(|id| self.model.ids.get(id).copied()) else { return };
        let name = self.named(message, "name");
        self.is_a_name(message, &name);
        keys.insert("message".into(), name.into());
        tools::referred(self, message, keys);
    }

    fn timer(&mut self, node: &Node<'_>, definition: Id, keys: &mut Keys) {
        let tree = self.tree;
        let found = ["timeDate", "timeDuration", "timeCycle"]
            .into_iter()
            .find_map(|local| Some((local, tree.child(definition, BPMN, local)?)));
        let Some((local, element)) = found else {
            // `waits_for` says so, unless our extension has it.
            return;
        };
        let text = tree.text(element);
        if text.is_empty() {
            return;
        }
        let Some((value, repeat)) = self.time(text, element) else { return };
        keys.insert("timer".into(), value);
        if repeat.is_said() {
            let says_no = |key| tree.flag(node.element, key) == Some(false);
            let again = match node.row.class {
                Class::Boundary => says_no("cancelActivity"),
                Class::Start => node.scope.is_none() || says_no("isInterrupting"),
                _ => false,
            };
            match again {
                true => drop(keys.insert("repeat".into(), repeat_value(repeat))),
                false => {
                    let message = format!("`{local}` fires once here, not again and again");
                    self.in_part(element, "", message);
                }
            }
        }
    }

    /// A time of BPMN as ours, and whether it comes again.
    pub(in crate::bpmn) fn time(&mut self, text: &str, element: Id) -> Option<(Value, Repeat)> {
        match time::read(text, self.weekdays()) {
            time::Found::Time(value, repeat) => {
                // A day alone is its end to us, and its beginning to BPMN.
                let day = value.as_str().filter(|text| parse_date(text).is_some());
                let begins = day.map(|day| format!("{day}T00:00"));
                Some((begins.map_or(value, Value::from), repeat))
            }
            time::Found::Near(value, repeat) => {
                self.in_part(element, "", time::whole_minutes(text, &value));
                Some((value, repeat))
            }
            time::Found::Unknown(why) => {
                self.not_mapped(element, "", why);
                None
            }
            time::Found::Expression if !self.is_expression(text, element) => {
                let message = format!("expected a time such as `PT10H`, found `{text}`");
                self.not_mapped(element, "", message);
                None
            }
            time::Found::Expression => {
                let text = self.expression(text, element, "")?;
                if !self.own {
                    let message = match self.tree.local(element) {
                        "timeDate" => format!("`{text}`: a day without a time is its end here"),
                        _ => format!(
                            "`{text}` gives a length such as `5 hours` here, not one such as `PT5H`"
                        ),
                    };
                    self.in_part(element, "", message);
                }
                let mut on = Keys::new();
                match self.tree.local(element) {
                    "timeDate" => drop(on.insert("on".into(), text.into())),
                    _ => return Some((text.into(), Repeat::default())),
                }
                Some((Value::Mapping(on), Repeat::default()))
            }
        }
    }
}

/// Whether an event of a class goes on when something has happened.
const fn waits(class: Class) -> bool {
    matches!(class, Class::Start | Class::Catch | Class::Boundary)
}

/// What an event definition does not say, as BPMN would; none where it says something.
fn what_is_missing(tree: &Tree, definition: Id) -> Option<String> {
    let event = EVENTS.iter().find(|event| event.tag == tree.local(definition))?;
    let has_text = |local: &str| {
        tree.child(definition, BPMN, local).is_some_and(|one| !tree.text(one).is_empty())
    };
    match event.says {
        Says::Time if !["timeDate", "timeDuration", "timeCycle"].into_iter().any(has_text) => {
            Some("a time, such as `timeDuration`".to_owned())
        }
        Says::Name { element, attribute, .. }
            if tree.attribute(definition, attribute).is_none() =>
        {
            Some(format!("`{attribute}`, the {element} by its id"))
        }
        Says::Condition if !has_text("condition") => Some("a `condition`".to_owned()),
        _ => None,
    }
}

/// Whether a timer comes again, as YAML.
fn repeat_value(repeat: Repeat) -> Value {
    match repeat {
        Repeat::Always(always) => always.into(),
        Repeat::Times(times) => times.into(),
    }
}
