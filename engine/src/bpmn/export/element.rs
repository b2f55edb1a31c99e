//! Drafts as elements of BPMN.

use indexmap::IndexMap;
use serde_yaml::Value;

use super::draft::{Draft, DraftFlow, DraftNode};
use super::shown;
use crate::bpmn::import::files_text;
use crate::bpmn::import::{ANY, EVENTS, SCRIPT, Says, clean};
use crate::bpmn::keys::{self, Keys};
use crate::bpmn::table::Class;
use crate::bpmn::time;
use crate::bpmn::xml::{Part, is_name};

/// Messages and the like that events refer to: element and name, with their ids.
#[derive(Debug, Default)]
pub(in crate::bpmn) struct Declared {
    /// By element, the attribute that is its name to us, and that name.
    ids: IndexMap<(&'static str, &'static str, String), String>,
}

impl Declared {
    fn id(&mut self, element: &'static str, attribute: &'static str, name: &str) -> String {
        let number = self.ids.len() + 1;
        let key = (element, attribute, name.to_owned());
        self.ids.entry(key).or_insert_with(|| format!("Declared_{number}_{element}")).clone()
    }

    /// What an id was given to: the element, the attribute that is its name to us, and that name.
    pub(in crate::bpmn) fn of(&self, id: &str) -> Option<(&'static str, &'static str, &str)> {
        let (key, _) = self.ids.iter().find(|(_, one)| *one == id)?;
        Some((key.0, key.1, key.2.as_str()))
    }

    pub(in crate::bpmn) fn parts(self) -> impl Iterator<Item = Part> {
        self.ids.into_iter().map(|((element, attribute, name), id)| {
            let part = Part::new(format!("bpmn:{element}")).with("id", id).with("name", &name);
            match attribute {
                "name" => part,
                code => part.with(code, name),
            }
        })
    }
}

/// A process with everything in it.
pub(super) fn process(draft: &Draft, declared: &mut Declared) -> Part {
    let part = Part::new("bpmn:process")
        .with("id", draft.id.clone())
        .maybe("name", draft.keys.get("name").and_then(shown))
        .with("isExecutable", "true");
    let mut part = documented(part, draft.keys.get("description"));
    let mut setting = Part::new("mandate:process");
    if clean(&draft.id) != draft.name {
        setting = setting.with("name", draft.name.clone());
    }
    part.children.extend(extension(setting, &draft.settings, &draft.beside));
    part.children.extend(scope(draft, None, declared));
    part
}

/// The nodes and flows of one scope.
fn scope(draft: &Draft, inside: Option<usize>, declared: &mut Declared) -> Vec<Part> {
    let mut parts = Vec::new();
    for (at, node) in draft.nodes.iter().enumerate().filter(|(_, node)| node.scope == inside) {
        parts.push(self::node(draft, at, node, declared));
    }
    // The schema of BPMN wants associations behind everything else.
    for undoes in [false, true] {
        let own =
            |flow: &&DraftFlow| draft.nodes[flow.from].scope == inside && flow.undoes == undoes;
        parts.extend(draft.flows.iter().filter(own).map(|flow| self::flow(draft, flow)));
    }
    parts
}

/// A node, in the order of children that the schema of BPMN wants.
pub(in crate::bpmn) fn node(
    draft: &Draft,
    at: usize,
    node: &DraftNode,
    declared: &mut Declared,
) -> Part {
    let mut part = Part::new(format!("bpmn:{}", node.row.tag))
        .with("id", node.id.clone())
        .maybe("name", node.keys.get("name").and_then(shown));
    if let Some(host) = node.host {
        part = part.with("attachedToRef", draft.nodes[host].id.clone());
    }
    if node.keys.get("interrupting") == Some(&Value::Bool(false)) {
        let boundary = node.row.class == Class::Boundary;
        part = part.with(if boundary { "cancelActivity" } else { "isInterrupting" }, "false");
    }
    part = begins(part, node, declared);
    if node.row.tag == "callActivity" {
        let called = keys::text(&node.keys, "process");
        part = part.maybe("calledElement", called.filter(|name| is_name(name)));
    }
    if node.row.kind == "eventSubProcess" {
        part = part.with("triggeredByEvent", "true");
    }
    if draft.flows.iter().any(|flow| flow.undoes && flow.to == at) {
        part = part.with("isForCompensation", "true");
    }
    if node.implied {
        part = part.with("mandate:implied", "true");
    }
    part = part.maybe("default", node.default.map(|flow| draft.flows[flow].id.clone()));
    let script = script(&node.keys);
    if script.is_some() {
        part = part.with("scriptFormat", SCRIPT);
    }
    part = documented(part, node.keys.get("documentation"));
    let mut setting = Part::new("mandate:node");
    if clean(&node.id) != node.name {
        setting = setting.with("name", node.name.clone());
    }
    if !node.row.standard {
        setting = setting.with("type", node.row.kind);
    }
    let event = event(draft, node, declared);
    part.children.extend(extension(setting, &node.settings, &node.beside));
    for (tag, end) in [("bpmn:incoming", false), ("bpmn:outgoing", true)] {
        let own =
            draft.flows.iter().filter(|flow| if end { flow.from == at } else { flow.to == at });
        let own = own.filter(|flow| !flow.undoes);
        part.children.extend(own.map(|flow| Part::new(tag).text(flow.id.clone())));
    }
    part.children.extend(event);
    part.children.extend(many(node));
    part.children.extend(script.map(|script| Part::new("bpmn:script").text(script)));
    let activation = keys::text(&node.keys, "activation");
    part.children.extend(activation.map(|text| formal("bpmn:activationCondition", text)));
    if node.row.class == Class::Scope {
        part.children.extend(scope(draft, Some(at), declared));
    }
    if node.row.kind == "adHocSubProcess" {
        part = ad_hoc(part, &node.keys);
    }
    part
}

/// The message that a task sends or waits for, and whether what comes begins a case.
fn begins(mut part: Part, node: &DraftNode, declared: &mut Declared) -> Part {
    if node.row.standard && matches!(node.row.tag, "sendTask" | "receiveTask") {
        let message = keys::text(&node.keys, "message");
        part = part.maybe("messageRef", message.map(|name| declared.id("message", "name", name)));
    }
    if node.keys.get("instantiate") == Some(&Value::Bool(true)) {
        part = part.with("instantiate", "true");
    }
    if keys::text(&node.keys, "eventGatewayType") == Some("parallel") {
        part = part.with("eventGatewayType", "Parallel");
    }
    part
}

/// How the activities of an ad-hoc sub-process are chosen. BPMN's schema wants the condition last.
fn ad_hoc(mut part: Part, keys: &Keys) -> Part {
    if keys::text(keys, "ordering") == Some("sequential") {
        part = part.with("ordering", "Sequential");
    }
    if keys.get("cancelRemaining") == Some(&Value::Bool(false)) {
        part = part.with("cancelRemainingInstances", "false");
    }
    let until = keys::text(keys, "until");
    part.children.extend(until.map(|until| formal("bpmn:completionCondition", until)));
    part
}

/// A flow.
pub(in crate::bpmn) fn flow(draft: &Draft, flow: &DraftFlow) -> Part {
    if flow.undoes {
        return Part::new("bpmn:association")
            .with("id", flow.id.clone())
            .with("associationDirection", "One")
            .with("sourceRef", draft.nodes[flow.from].id.clone())
            .with("targetRef", draft.nodes[flow.to].id.clone());
    }
    let mut part = Part::new("bpmn:sequenceFlow")
        .with("id", flow.id.clone())
        .maybe("name", flow.keys.get("name").and_then(shown))
        .with("sourceRef", draft.nodes[flow.from].id.clone())
        .with("targetRef", draft.nodes[flow.to].id.clone())
        .maybe("mandate:way", flow.way.clone());
    let setting = Part::new("mandate:flow");
    part.children.extend(extension(setting, &flow.settings, &flow.beside));
    if let Some(when) = keys::text(&flow.keys, "when") {
        let text = when.trim_start_matches('=').trim();
        let condition =
            Part::new("bpmn:conditionExpression").with("xsi:type", "bpmn:tFormalExpression");
        part.children.push(condition.text(text));
    }
    part
}

fn documented(part: Part, text: Option<&Value>) -> Part {
    match text.and_then(shown) {
        Some(text) => part.child(Part::new("bpmn:documentation").text(text)),
        None => part,
    }
}

/// Our extension, where there is anything to say. What BPMN says of the same things is noted on it,
/// so that a change made elsewhere is seen.
fn extension(mut setting: Part, settings: &Keys, beside: &Keys) -> Option<Part> {
    if !beside.is_empty() {
        setting = setting.with("beside", files_text(beside).trim_end());
    }
    if !settings.is_empty() {
        setting = setting.text(format!("\n{}", files_text(settings)));
    }
    let says = !setting.attributes.is_empty() || setting.text.is_some();
    says.then(|| Part::new("bpmn:extensionElements").child(setting))
}

/// What an event waits for or does.
fn event(draft: &Draft, node: &DraftNode, declared: &mut Declared) -> Option<Part> {
    if !node.row.class.is_event() {
        return None;
    }
    let event = EVENTS.iter().find(|event| match node.keys.get(event.key) {
        Some(Value::Bool(there)) => *there,
        Some(_) => true,
        None => false,
    })?;
    let value = node.keys.get(event.key)?;
    let part = Part::new(format!("bpmn:{}", event.tag));
    Some(match &event.says {
        Says::Nothing => part,
        Says::Time => {
            let repeat = node.keys.get("repeat").cloned().map(serde_yaml::from_value);
            let repeat = repeat.and_then(Result::ok).unwrap_or_default();
            let (tag, text) = time::write(value, repeat);
            let time = Part::new(format!("bpmn:{tag}")).with("xsi:type", "bpmn:tFormalExpression");
            part.child(time.text(text))
        }
        Says::Name { element, attribute, name } => {
            let named = value.as_str().filter(|value| *value != ANY);
            part.maybe(attribute, named.map(|value| declared.id(element, name, value)))
        }
        Says::Text { attribute } => part.maybe(attribute, value.as_str()),
        Says::Condition => {
            let text = value.as_str().unwrap_or_default().trim_start_matches('=');
            let condition = Part::new("bpmn:condition").with("xsi:type", "bpmn:tFormalExpression");
            part.child(condition.text(text))
        }
        Says::Compensation => {
            let name = value.as_str().unwrap_or_default();
            let activity = draft.nodes.iter().find(|node| node.name == name);
            part.maybe("activityRef", activity.map(|activity| activity.id.clone()))
        }
    })
}

/// The marker of an activity that runs many times.
fn many(node: &DraftNode) -> Option<Part> {
    if let Some(repeat) = node.keys.get("loop") {
        return Some(standard_loop(repeat));
    }
    let each = node.keys.get("forEach");
    if each.is_none() && !node.keys.contains_key("people") {
        return None;
    }
    let mode = each.and_then(|each| each.get("mode")).and_then(Value::as_str);
    let mut part = Part::new("bpmn:multiInstanceLoopCharacteristics");
    if mode == Some("sequential") {
        part = part.with("isSequential", "true");
    }
    if let Some(until) = each.and_then(|each| each.get("until")).and_then(Value::as_str) {
        part = part.child(formal("bpmn:completionCondition", until));
    }
    Some(part)
}

fn standard_loop(repeat: &Value) -> Part {
    let mut part = Part::new("bpmn:standardLoopCharacteristics");
    if repeat.get("testBefore").and_then(Value::as_bool) == Some(true) {
        part = part.with("testBefore", "true");
    }
    let max = repeat.get("max").and_then(Value::as_u64).map(|max| max.to_string());
    part = part.maybe("loopMaximum", max);
    match repeat.get("while").and_then(Value::as_str) {
        Some(condition) => part.child(formal("bpmn:loopCondition", condition)),
        None => part,
    }
}

/// A condition of a loop.
fn formal(name: &'static str, expression: &str) -> Part {
    let text = expression.trim_start_matches('=').trim();
    Part::new(name).with("xsi:type", "bpmn:tFormalExpression").text(text)
}

/// A script as lines of `name = expression`.
fn script(keys: &Keys) -> Option<String> {
    let set = keys.get("set")?.as_mapping()?;
    let lines: Vec<String> = set
        .iter()
        .filter_map(|(name, value)| {
            let value = value.as_str()?;
            Some(format!("{} = {}", name.as_str()?, value.trim_start_matches('=')))
        })
        .collect();
    Some(lines.join("\n"))
}
