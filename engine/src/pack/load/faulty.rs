//! Forms and tables: whole ones, and what can be read of others, which is checked by itself.

use super::Loader;
use crate::decision::DecisionSource;
use crate::form::FormSource;
use crate::pack::Kind;
use crate::pack::salvage::Faulty;
use crate::yaml::{self, Tree};

impl Loader {
    pub(super) fn decision(&mut self, path: &str, tree: &Tree) -> bool {
        let (source, found) = yaml::read_on::<DecisionSource>(tree);
        self.problems.extend(found.iter().cloned());
        let Some(source) = source else { return false };
        let name = source.decision.clone();
        self.define(Kind::Decision, name.as_str(), path, tree);
        if found.is_empty() {
            self.decisions.insert(name, source);
            return true;
        }
        self.faulty_decisions.insert(name, Faulty::of(source, tree, &found));
        false
    }

    pub(super) fn form(&mut self, path: &str, tree: &Tree) -> bool {
        let (source, found) = yaml::read_on::<FormSource>(tree);
        self.problems.extend(found.iter().cloned());
        let Some(source) = source else { return false };
        let name = source.form.clone();
        self.define(Kind::Form, name.as_str(), path, tree);
        if found.is_empty() {
            self.forms.insert(name, source);
            return true;
        }
        self.faulty_forms.insert(name, Faulty::of(source, tree, &found));
        false
    }
}
