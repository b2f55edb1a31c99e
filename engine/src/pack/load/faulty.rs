//! Forms and tables: whole ones, and what can be read of others, which is checked by itself.

use super::Loader;
use crate::decision::DecisionSource;
use crate::form::FormSource;
use crate::ids::{DecisionName, FormName};
use crate::pack::Kind;
use crate::pack::salvage::Faulty;
use crate::yaml::Tree;

impl Loader {
    pub(super) fn decision(&mut self, path: &str, tree: &mut Tree) -> bool {
        let (source, _) = self.as_far_as::<DecisionSource>(path, tree);
        let Some(source) = source.filter(|source| !source.decision.as_str().is_empty()) else {
            return false;
        };
        let name = self.define(Kind::Decision, source.decision.as_str(), path, tree);
        let name = DecisionName::new(&name);
        match self.faults.get(path).cloned() {
            None => {
                self.faulty_decisions.remove(&name);
                self.decisions.insert(name, source);
                true
            }
            Some(faults) => {
                self.decisions.remove(&name);
                self.faulty_decisions.insert(name, Faulty::of(source, tree, faults));
                false
            }
        }
    }

    pub(super) fn form(&mut self, path: &str, tree: &mut Tree) -> bool {
        let (source, _) = self.as_far_as::<FormSource>(path, tree);
        let Some(source) = source.filter(|source| !source.form.as_str().is_empty()) else {
            return false;
        };
        let name = self.define(Kind::Form, source.form.as_str(), path, tree);
        let name = FormName::new(&name);
        match self.faults.get(path).cloned() {
            None => {
                self.faulty_forms.remove(&name);
                self.forms.insert(name, source);
                true
            }
            Some(faults) => {
                self.forms.remove(&name);
                self.faulty_forms.insert(name, Faulty::of(source, tree, faults));
                false
            }
        }
    }
}
