//! Models that carry what a line of the schema speaks of, and what becomes of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::bpmn::{Original, export_all, import};
use crate::definition::source::ProcessSource;
use crate::yaml;

/// Flows to two ends, one of them under a condition.
const CHOICE: &str = "<endEvent id=\"e\"/><endEvent id=\"e2\"/>\
    <sequenceFlow id=\"f1\" sourceRef=\"s\" targetRef=\"x\"/>\
    <sequenceFlow id=\"f3\" sourceRef=\"x\" targetRef=\"e2\"/>\
    <sequenceFlow id=\"f2\" sourceRef=\"x\" targetRef=\"e\">\
    <conditionExpression>${a}</conditionExpression></sequenceFlow>";
/// Flows to two ends.
const BOTH: &str = "<endEvent id=\"e\"/><endEvent id=\"e2\"/>\
    <sequenceFlow id=\"f1\" sourceRef=\"s\" targetRef=\"x\"/>\
    <sequenceFlow id=\"f3\" sourceRef=\"x\" targetRef=\"e2\"/>\
    <sequenceFlow id=\"f2\" sourceRef=\"x\" targetRef=\"e\"/>";
const NAMESPACES: &str = "xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
    xmlns:mandate=\"urn:mandate:bpmn:1\" \
    xmlns:bpmndi=\"http://www.omg.org/spec/BPMN/20100524/DI\" \
    xmlns:dc=\"http://www.omg.org/spec/DD/20100524/DC\" \
    xmlns:di=\"http://www.omg.org/spec/DD/20100524/DI\"";
/// What events may refer to.
const DECLARED: &str = "<message id=\"m1\" name=\"M\"/><message id=\"m2\" name=\"Sample\"/>\
    <signal id=\"g1\" name=\"G\"/><signal id=\"g2\" name=\"Sample\"/>\
    <error id=\"r1\" errorCode=\"R\"/><error id=\"r2\" errorCode=\"Sample\"/>\
    <escalation id=\"n1\" escalationCode=\"N\"/><escalation id=\"n2\" escalationCode=\"Sample\"/>\
    <signalEventDefinition id=\"ev\" signalRef=\"g2\"/>";

/// A file with marks where something can be put.
#[derive(Debug, Clone)]
pub(super) struct Model(String);

impl Model {
    pub(super) fn new(kind: &str, line: &str) -> Self {
        let mut text = line.replace("ELEMENT", kind).replace("{choice}", CHOICE);
        text = text.replace("{both}", BOTH);
        while let Some((before, rest)) = text.split_once("{set ") {
            let end = rest.find("}<").expect("a setting ends before an element");
            text = format!(
                "{before}<extensionElements><mandate:node>{}</mandate:node></extensionElements>{}",
                &rest[..end],
                &rest[end + 1..]
            );
        }
        if !text.contains("<process ") {
            text = format!("<process id=\"p\" name=\"P\">{text}</process>");
        }
        if !text.starts_with("<definitions ") {
            text = format!(
                "<definitions {NAMESPACES} id=\"d\" targetNamespace=\"t\">{DECLARED}{text}</definitions>"
            );
        }
        Self(text)
    }

    /// Without the marks.
    pub(super) fn plain(&self) -> String {
        ["{@}", "{+}", "{/+}"].iter().fold(self.0.clone(), |text, mark| text.replace(mark, ""))
    }

    /// With an attribute, instead of what it has of that name.
    pub(super) fn with_attribute(&self, name: &str, value: &str) -> String {
        if name == "id" && value == "Sample" {
            return self.plain().replace("\"x\"", "\"Sample\"");
        }
        let (before, after) = self.0.split_once("{@}").expect("a mark in a tag");
        let tag = before.rfind('<').expect("a tag");
        let own = format!(" {name}=\"");
        let tag = match before[tag..].find(&own) {
            Some(at) => {
                let rest = &before[tag + at + own.len()..];
                let end = rest.find('"').expect("an attribute ends");
                [&before[..tag + at], &rest[end + 1..]].concat()
            }
            None => before.to_owned(),
        };
        Self(format!("{tag} {name}=\"{value}\"{after}")).plain()
    }

    /// With attributes as they are written.
    pub(super) fn with_attributes(&self, text: &str) -> String {
        Self(self.0.replace("{@}", &format!(" {text}"))).plain()
    }

    /// With a namespace.
    pub(super) fn declaring(&self, prefix: &str, space: &str) -> Self {
        let declared = format!("<definitions xmlns:{prefix}=\"{space}\" ");
        Self(self.0.replacen("<definitions ", &declared, 1))
    }

    /// With attributes and an element inside.
    pub(super) fn with_both(&self, attributes: &str, child: &str) -> String {
        Self(self.0.replacen("{@}", &format!(" {attributes}{{@}}"), 1)).with_child(child)
    }

    /// With an element inside; behind what is there, or instead of it.
    pub(super) fn with_child(&self, child: &str) -> String {
        self.around(child).plain()
    }

    /// With an element inside that has marks of its own.
    pub(super) fn around(&self, child: &str) -> Self {
        let text = self.0.replacen("{@}", "", 1);
        let (before, rest) = text.split_once("{+}").expect("a mark inside");
        let (own, after) = rest.split_once("{/+}").expect("a mark inside");
        Self(match child.strip_prefix("= ") {
            Some(child) => format!("{before}{child}{after}"),
            None => format!("{before}{own}{child}{after}"),
        })
    }

    /// Without the element.
    pub(super) fn without(&self) -> String {
        let at = self.0.find("{@}").expect("a mark in a tag");
        let tag = self.0[..at].rfind('<').expect("a tag");
        let name = self.0[tag + 1..].split([' ', '{']).next().expect("a name");
        let close = format!("</{name}>");
        let end = self.0[at..].find(&close).expect("it is closed") + at + close.len();
        Self([&self.0[..tag], &self.0[end..]].concat()).plain()
    }
}

/// A list beside this file. It is read when the tests run, so that a line can be tried at once.
pub(super) fn list(name: &str) -> impl Iterator<Item = &'static str> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bpmn/schema_tests");
    let text: &'static str = fs::read_to_string(folder.join(name)).expect("a list").leak();
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

/// What `models.txt` has, by kind.
pub(super) fn written() -> BTreeMap<&'static str, Vec<Model>> {
    let mut models: BTreeMap<&str, Vec<Model>> = BTreeMap::new();
    let mut kinds = Vec::new();
    for line in list("models.txt") {
        if let Some(names) = line.strip_prefix("== ") {
            kinds = names.split(' ').collect();
        } else {
            for kind in &kinds {
                models.entry(kind).or_default().push(Model::new(kind, line));
            }
        }
    }
    models
}

/// What is put into a model.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) text: &'static str,
    /// What is said of it where it is wrong.
    pub(super) code: Option<&'static str>,
}

/// What `samples.txt` has, by type and line.
pub(super) fn samples() -> BTreeMap<(&'static str, &'static str), Vec<Sample>> {
    let mut samples: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in list("samples.txt") {
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().expect("type, line and value");
        let key = (word(), word());
        let (text, code) = match word().split_once(" ! ") {
            Some((text, code)) => (text, Some(code)),
            None => (line.splitn(3, ' ').last().expect("a value"), None),
        };
        samples.entry(key).or_default().push(Sample { text, code });
    }
    samples
}

/// What came of a file.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Everything that it becomes.
    pub(super) yaml: String,
    /// Whether our language can say all of it.
    pub(super) sayable: bool,
    /// Codes and messages.
    pub(super) said: Vec<(&'static str, String)>,
}

impl Outcome {
    pub(super) fn of(text: &str) -> Self {
        let imported = import("x.bpmn", text.as_bytes());
        let sayable = !imported.processes.is_empty()
            && imported.processes.iter().all(|one| one.source.is_some());
        let mut yaml = String::new();
        for one in imported.processes {
            yaml += &one.yaml;
            yaml += &one.form.map(|(_, form)| form).unwrap_or_default();
            yaml.extend(one.roles.into_iter().map(|(role, name)| role + &name));
        }
        let said = imported.problems.into_iter().map(|one| (one.code, one.message)).collect();
        Self { yaml, sayable, said }
    }

    /// Whether something is told of by its name.
    pub(super) fn tells(&self, name: &str) -> bool {
        let name = format!("`{name}`");
        self.said.iter().any(|(code, message)| {
            matches!(*code, "notMapped" | "unsupportedElement") && message.contains(&name)
        })
    }

    pub(super) fn has(&self, code: &str) -> bool {
        self.said.iter().any(|(found, _)| *found == code)
    }

    /// Whether both become the same and the same is said of them.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.yaml == other.yaml && self.said == other.said
    }
}

/// Whether a part of a file is still there when its process has changed and goes out again; true of
/// a file that cannot be said.
pub(super) fn goes_out(text: &str, part: &str) -> bool {
    let imported = import("x.bpmn", text.as_bytes());
    let Some(process) = imported.processes.iter().find(|one| one.source.is_some()) else {
        return true;
    };
    let changed = format!("description: Changed\n{}", process.yaml);
    let tree = yaml::parse("p.yaml", changed.as_bytes()).expect("it is YAML");
    let source = yaml::read::<ProcessSource>(&tree, &[]).expect("it is a process");
    let original = Original { file: "x.bpmn".into(), bytes: text.as_bytes().to_vec() };
    let out = export_all(&[&source], &[original]).remove(0);
    !out.anew && out.text.contains(part) && out.text.contains("Changed")
}
