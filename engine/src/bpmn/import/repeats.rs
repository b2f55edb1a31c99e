//! Activities that run more than once: multi-instance and standard loops.

use serde_yaml::Value;

use super::Reading;
use crate::bpmn::keys::Keys;
use crate::bpmn::names::BPMN;
use crate::bpmn::tools;
use crate::bpmn::xml::Id;

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
                && let Some(text) = self.condition(until, &["forEach", "until"])
            {
                each.insert("until".into(), text.into());
            }
            if each.get("in").is_none() && !self.own {
                let message = "expected the list that it runs over".to_owned();
                self.not_mapped(many, "", message);
            }
            keys.insert("forEach".into(), Value::Mapping(each));
        }
        if let Some(repeated) = tree.child(element, BPMN, "standardLoopCharacteristics") {
            self.standard_loop(repeated, keys);
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
            None => {
                let message = "expected a condition or a number of runs".to_owned();
                self.not_mapped(repeated, "", message);
            }
        }
        keys.insert("loop".into(), Value::Mapping(own));
    }
}
