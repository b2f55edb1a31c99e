//! What other tools write beyond BPMN: every line of `vendors.txt` is tried on a model.

use super::models::{Model, Outcome, list, written};

/// A line of `vendors.txt`.
pub(super) struct Line {
    /// The tool's name for people.
    pub(super) tool: &'static str,
    prefix: &'static str,
    space: &'static str,
    /// The element of BPMN that it stands on or in.
    pub(super) place: &'static str,
    pub(super) theirs: &'static str,
    pub(super) ours: Ours,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ours {
    /// It stands so in the YAML.
    Yaml(&'static str),
    /// It is reported, and why it is not mapped.
    Told(&'static str),
    /// Nothing, and nothing is said, and why.
    Silent(&'static str),
}

pub(super) fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    let (mut tool, mut prefix, mut space) = ("", "", "");
    for line in list("vendors.txt") {
        let parts: Vec<&str> = line.split(" | ").collect();
        let [first, second, third] = parts[..] else { panic!("three parts: {line}") };
        if let Some(name) = first.strip_prefix("== ") {
            (tool, prefix, space) = (name, second, third);
            continue;
        }
        let ours = match third.split_once(' ') {
            Some(("told", why)) => Ours::Told(why),
            Some(("silent", why)) => Ours::Silent(why),
            _ => Ours::Yaml(third),
        };
        lines.push(Line { tool, prefix, space, place: first, theirs: second, ours });
    }
    lines
}

fn extension(inside: &str) -> String {
    format!("<extensionElements>{inside}</extensionElements>")
}

impl Line {
    fn model(&self) -> Model {
        let around = match (self.prefix, self.place) {
            ("zeebe", "userTask") => {
                "<process id=\"p\"><extensionElements><zeebe:userTaskForm id=\"F\">\
                 {\"components\":[{\"key\":\"q\",\"type\":\"textfield\",\"label\":\"Sample\"}]}\
                 </zeebe:userTaskForm></extensionElements>\
                 <startEvent id=\"s\"/><ELEMENT id=\"x\"{@}>{+}{/+}</ELEMENT></process>"
            }
            (_, "startEvent") => {
                "<startEvent id=\"x\"{@}>{+}{/+}</startEvent><exclusiveGateway id=\"w\"/>\
                 <endEvent id=\"e\"/><endEvent id=\"s\"/>\
                 <sequenceFlow id=\"f1\" sourceRef=\"x\" targetRef=\"w\"/>\
                 <sequenceFlow id=\"f2\" sourceRef=\"w\" targetRef=\"e\">\
                 <conditionExpression>${a}</conditionExpression></sequenceFlow>\
                 <sequenceFlow id=\"f3\" sourceRef=\"w\" targetRef=\"s\"/>"
            }
            ("zeebe", "intermediateThrowEvent") => {
                "<startEvent id=\"s\"/><ELEMENT id=\"x\"{@}>{+}\
                 <messageEventDefinition messageRef=\"m1\"/>{/+}</ELEMENT>{both}"
            }
            ("camunda", "callActivity") => {
                "<startEvent id=\"s\"><extensionElements><camunda:formData>\
                 <camunda:formField id=\"q\" type=\"string\"/></camunda:formData>\
                 </extensionElements></startEvent>\
                 <ELEMENT id=\"x\" calledElement=\"other\"{@}>{+}{/+}</ELEMENT>"
            }
            (_, place) if place.ends_with("Task") || place == "callActivity" => {
                "<startEvent id=\"s\"/><ELEMENT id=\"x\"{@}>{+}{/+}</ELEMENT>"
            }
            (_, place) => return written()[place][0].declaring(self.prefix, self.space),
        };
        Model::new(self.place, around).declaring(self.prefix, self.space)
    }

    fn check(&self) -> Result<(), String> {
        let model = self.model();
        let before = Outcome::of(&model.plain());
        let text = match (self.theirs.find('<'), self.theirs.find(" <")) {
            (None, _) => model.with_attributes(self.theirs),
            (Some(0), _) | (Some(_), None) => model.with_child(&extension(self.theirs)),
            (Some(_), Some(end)) => {
                let (attributes, inside) = self.theirs.split_at(end);
                model.with_both(attributes, &extension(inside.trim_start()))
            }
        };
        let after = Outcome::of(&text);
        let good = match self.ours {
            Ours::Yaml(ours) => after.yaml.contains(ours) && !before.yaml.contains(ours),
            Ours::Told(_) => {
                let is_new = |one| !before.said.contains(one);
                after.said.iter().any(|one| one.0 == "notMapped" && is_new(one))
            }
            Ours::Silent(_) => after.is_like(&before),
        };
        match good {
            true => Ok(()),
            false => Err(format!(
                "{} {}: expected {:?}\n{}{:?}",
                self.place, self.theirs, self.ours, after.yaml, after.said
            )),
        }
    }
}

#[test]
fn each_extension_of_another_tool_is_mapped_or_told_of() {
    let lines = lines();
    let wrong: Vec<String> = lines.iter().filter_map(|line| line.check().err()).collect();
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}
