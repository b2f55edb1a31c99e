//! Activities that run more than once: multi-instance and standard loops.

use serde_yaml::Value;

use super::Reading;
use super::node::identifier;
use crate::bpmn::keys::{self, Keys};
use crate::bpmn::names::BPMN;
use crate::bpmn::tools;
use crate::bpmn::xml::Id;

/// The runs of the activity whose completion condition is read.
pub(super) struct Runs {
    /// The variable that holds what they give: `null` for what is not done.
    list: String,
    is_sequential: bool,
    /// Whether the condition divides, which gives a share there and needs one here.
    divides: bool,
    /// Whether the condition counts them.
    pub(super) are_counted: bool,
}

impl Runs {
    /// What a counter of Camunda 7 and Flowable (`nrOf…`) or of Camunda 8 (`numberOf…`) is here.
    pub(super) fn count(&self, name: &str) -> Option<String> {
        let all = format!("size({})", self.list);
        let done = format!("size({}.filter(run, run != null))", self.list);
        let count = match name {
            "nrOfInstances" | "numberOfInstances" => all,
            "nrOfCompletedInstances" | "numberOfCompletedInstances" => done,
            "nrOfActiveInstances" if self.is_sequential => "1".to_owned(),
            "nrOfActiveInstances" | "numberOfActiveInstances" if !self.is_sequential => {
                format!("({all} - {done})")
            }
            _ => return None,
        };
        Some(if self.divides { format!("double({count})") } else { count })
    }
}

impl Reading<'_> {
    /// Multi-instance and standard loops.
    pub(super) fn loops(&mut self, element: Id, keys: &mut Keys) {
        let tree = self.tree;
        if let Some(many) = tree.child(element, BPMN, "multiInstanceLoopCharacteristics") {
            let mut each = Keys::new();
            if tree.flag(many, "isSequential") == Some(true) {
                each.insert("mode".into(), "sequential".into());
            }
            tools::many(self, many, &mut each);
            if let Some(count) = tree.child(many, BPMN, "loopCardinality") {
                match tree.text(count).parse::<u32>() {
                    Ok(count) if count <= 100 && each.get("in").is_none() => {
                        let items: Vec<String> = (1..=count).map(|n| n.to_string()).collect();
                        each.insert("in".into(), format!("=[{}]", items.join(", ")).into());
                        each.insert("as".into(), "number".into());
                    }
                    _ => self.not_mapped(count, "", "expected a number up to 100".to_owned()),
                }
            }
            if let Some(until) = tree.child(many, BPMN, "completionCondition")
                && !tree.text(until).is_empty()
            {
                self.until(element, until, &mut each);
            }
            keys.insert("forEach".into(), Value::Mapping(each));
        }
        if let Some(repeated) = tree.child(element, BPMN, "standardLoopCharacteristics") {
            self.standard_loop(repeated, keys);
        }
    }

    /// When enough runs are done. What other engines count is read from what the runs give.
    fn until(&mut self, element: Id, until: Id, each: &mut Keys) {
        let given = keys::text(each, "into").map(str::to_owned);
        let list = given.clone().unwrap_or_else(|| {
            let id = self.tree.attribute(element, "id").unwrap_or_default();
            identifier(&format!("{}_done", self.node_name(id)))
        });
        let is_sequential = keys::text(each, "mode") == Some("sequential");
        let divides = self.tree.text(until).contains('/');
        self.runs = Some(Runs { list: list.clone(), is_sequential, divides, are_counted: false });
        if let Some(text) = self.condition(until, &["forEach", "until"]) {
            each.insert("until".into(), text.into());
        }
        let are_counted = self.runs.take().is_some_and(|runs| runs.are_counted);
        match given {
            Some(_) if are_counted => {
                let message =
                    format!("a run that gives nothing to `{list}` does not count as done");
                self.in_part(until, "", message);
            }
            None if are_counted => {
                each.insert("result".into(), "=true".into());
                each.insert("into".into(), self.variable(&list, until, "").into());
            }
            Some(_) | None => {}
        }
    }

    fn standard_loop(&mut self, repeated: Id, keys: &mut Keys) {
        let tree = self.tree;
        let mut own = Keys::new();
        if tree.flag(repeated, "testBefore") == Some(true) {
            own.insert("testBefore".into(), true.into());
        }
        if let Some(max) = tree.attribute(repeated, "loopMaximum") {
            match max.parse::<u32>() {
                Ok(max) => drop(own.insert("max".into(), max.into())),
                Err(_) => {
                    self.not_mapped(repeated, "", format!("expected a number, found `{max}`"));
                }
            }
        }
        let condition = tree.child(repeated, BPMN, "loopCondition");
        match condition.filter(|condition| !tree.text(*condition).is_empty()) {
            Some(condition) => {
                if let Some(text) = self.condition(condition, &["loop", "while"]) {
                    own.insert("while".into(), text.into());
                }
            }
            // Without a condition it runs as often as it may.
            None if own.contains_key("max") => drop(own.insert("while".into(), "=true".into())),
            // `validate` says that it is missing, unless our extension has it.
            None => {}
        }
        keys.insert("loop".into(), Value::Mapping(own));
    }
}
