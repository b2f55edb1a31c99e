//! Our own extension: the keys that BPMN has no place for, as YAML inside `mandate:node`,
//! `mandate:process` or `mandate:flow`.

use serde_yaml::Value;

use super::Reading;
use crate::bpmn::keys::{self, Keys, merge, remove, text};
use crate::bpmn::names::{BPMN, MANDATE};
use crate::bpmn::xml::Id;
use crate::yaml;

impl Reading<'_> {
    /// Merges our extension of an element, where it has one, over what BPMN and its tool said. Gives
    /// what those said of the same things.
    pub(super) fn settings(&mut self, element: Id, local: &str, keys: &mut Keys) -> Keys {
        let Some(setting) = self.take_extension(element, MANDATE, local) else {
            return Keys::new();
        };
        let tree = self.tree;
        if let Some(kind) = tree.attribute(setting, "type") {
            keys.insert("type".into(), kind.into());
        }
        let mut over = self.yaml(setting);
        let beside = keys::beside(&over, keys);
        self.follow_edits(setting, keys, &mut over);
        merge(keys, over);
        // What it is stands first.
        for key in ["process", "type"] {
            if let Some(first) = keys.shift_remove(key) {
                let rest = std::mem::take(keys);
                keys.insert(key.into(), first);
                keys.extend(rest);
            }
        }
        beside
    }

    /// Notes what our extension of an element says, before BPMN is read.
    pub(super) fn look_ahead(&mut self, element: Id, local: &str) {
        let setting = self.extension(element, MANDATE, local);
        self.over = setting.map(|setting| self.yaml(setting)).unwrap_or_default();
    }

    fn yaml(&mut self, setting: Id) -> Keys {
        let tree = self.tree;
        let body = &tree.get(setting).text;
        if body.trim().is_empty() {
            return Keys::new();
        }
        let parsed = yaml::parse_all(tree.source.file(), body.as_bytes());
        let first = tree.place_of(tree.get(setting).tag);
        for mut problem in parsed.problems {
            problem.place.line += first.line.saturating_sub(1);
            problem.excerpt = tree.source.excerpt(problem.place.line);
            self.push(problem);
        }
        match parsed.tree.map(|tree| tree.value()) {
            Some(Value::Mapping(keys)) => keys,
            None => Keys::new(),
            Some(_) => {
                let message = "expected keys with values, as YAML".to_owned();
                self.push(tree.error("badSettings", setting, message));
                Keys::new()
            }
        }
    }

    /// Where somebody changed in another tool what our extension says more exactly, the change
    /// holds. What the tool said then stands beside it.
    fn follow_edits(&mut self, setting: Id, keys: &Keys, over: &mut Keys) {
        let noted = self.tree.attribute(setting, "beside").map(|text| {
            let tree = yaml::parse_all("beside", text.as_bytes()).tree;
            match tree.map(|tree| tree.value()) {
                Some(Value::Mapping(noted)) => noted,
                Some(_) | None => Keys::new(),
            }
        });
        if self.tree.attribute(setting, "whole") == Some("true") && noted.is_none() {
            return;
        }
        let older = self.older_edits(setting, keys, over);
        match noted {
            Some(noted) => self.hold(setting, keys, (over, &noted), &mut Vec::new()),
            None => self.contradictions(setting, keys, over, &older),
        }
    }

    /// Takes out of our extension what was changed beside it.
    fn hold(
        &mut self,
        setting: Id,
        keys: &Keys,
        (over, noted): (&mut Keys, &Keys),
        path: &mut Vec<String>,
    ) {
        for key in over.keys().cloned().collect::<Vec<_>>() {
            let Some(name) = key.as_str() else { continue };
            let (now, was) = (keys.get(&key), noted.get(&key));
            if now == was {
                continue;
            }
            path.push(name.to_owned());
            let nothing = Keys::new();
            let was = was.and_then(Value::as_mapping).unwrap_or(&nothing);
            match (over.get_mut(&key), now) {
                (Some(Value::Mapping(texts)), Some(Value::String(now)))
                    if ["name", "documentation"].contains(&name) && texts.contains_key("zh") =>
                {
                    texts.insert("zh".into(), now.clone().into());
                }
                (Some(Value::Mapping(inner)), Some(Value::Mapping(now))) => {
                    self.hold(setting, now, (inner, was), path);
                }
                (_, _) => {
                    over.shift_remove(&key);
                    let path = path.join(".");
                    let message =
                        format!("`{path}` was changed: what was said beside it is left out");
                    self.in_part(setting, "beside", message);
                }
            }
            path.pop();
        }
    }

    /// Says where our extension, which says nothing of what stood beside it, says something else than
    /// what stands there now.
    fn contradictions(&mut self, setting: Id, keys: &Keys, over: &Keys, but: &[&str]) {
        for (key, value) in over {
            let Some(name) = key.as_str().filter(|name| !but.contains(name)) else { continue };
            let found = keys.get(key).filter(|now| !now.is_mapping() && !value.is_mapping());
            if found.is_some_and(|now| now != value) {
                let message = format!(
                    "`{name}` is said in our extension, and something else beside it: the former holds"
                );
                self.in_part(setting, "", message);
            }
        }
    }

    /// As above, where our extension notes names and times alone, each in an attribute of its own.
    /// Gives the keys that it notes.
    fn older_edits(&mut self, setting: Id, keys: &Keys, over: &mut Keys) -> Vec<&'static str> {
        let tree = self.tree;
        let mut noted = Vec::new();
        for (key, attribute) in [("name", "label"), ("documentation", "text"), ("timer", "timer")] {
            let Some(was) = tree.attribute(setting, attribute) else { continue };
            noted.push(key);
            let is = match key {
                "timer" => timer_text(self, setting),
                _ => text(keys, key).unwrap_or_default().to_owned(),
            };
            if is.trim() == was.trim() {
                continue;
            }
            let message = format!("`{key}` was changed: what was said beside it is left out");
            match (key, over.get_mut(key).and_then(Value::as_mapping_mut)) {
                ("name" | "documentation", Some(texts)) if texts.contains_key("zh") => {
                    texts.insert("zh".into(), is.into());
                    continue;
                }
                _ => drop(remove(over, &[key])),
            }
            self.in_part(setting, attribute, message);
        }
        noted
    }
}

/// The text of the timer of the event that an extension stands on.
fn timer_text(reading: &Reading<'_>, setting: Id) -> String {
    let tree = reading.tree;
    let event = tree.get(setting).parent.and_then(|extensions| tree.get(extensions).parent);
    let definition = event.and_then(|event| tree.child(event, BPMN, "timerEventDefinition"));
    let time = definition.and_then(|one| tree.get(one).children.first().copied());
    time.map(|time| tree.text(time).to_owned()).unwrap_or_default()
}

/// A path of keys as one text, `outcomes/accept/to`.
pub(in crate::bpmn) fn pointer<K: AsRef<str>>(path: &[K]) -> String {
    let keys: Vec<String> =
        path.iter().map(|key| key.as_ref().replace('~', "~0").replace('/', "~1")).collect();
    keys.join("/")
}

/// The path of keys that a text says.
pub(in crate::bpmn) fn unpointer(text: &str) -> Vec<String> {
    text.split('/').map(|key| key.replace("~1", "/").replace("~0", "~")).collect()
}
