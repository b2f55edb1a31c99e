//! Processes: whole ones, those that replace parts of a parent's, and what can be read of others.

use std::sync::Arc;

use super::Loader;
use crate::definition::source::ProcessSource;
use crate::diagnostic::Diagnostic;
use crate::ids::ProcessName;
use crate::pack::salvage::Salvaged;
use crate::pack::{Kind, ProcessOverride};
use crate::yaml::{self, Tree};

impl Loader {
    /// Reads a file of `processes/`; `faults` is what its text has wrong.
    pub(super) fn process(&mut self, path: &str, tree: &mut Tree, faults: Vec<Diagnostic>) -> bool {
        if !tree.has(&["override"]) {
            return self.whole_process(path, tree, faults);
        }
        let Some(source) = self.read::<ProcessOverride>(tree) else { return false };
        let name = source.process;
        let Some(process) = self.processes.get(&name) else {
            if !self.broken.contains(&(Kind::Process, name.to_string())) {
                let message = format!("expected a process of the extended pack, found `{name}`");
                let problem = tree.error("unknownProcess", tree.place(&["process"]), message);
                let known = self.processes.keys().map(ProcessName::as_str);
                let hint = crate::problem::did_you_mean(name.as_str(), known);
                self.problems.push(Diagnostic { hint, ..problem });
            }
            return false;
        };
        let merged = source.parts.over(process);
        let prefix = ["override"];
        self.once(Kind::Process, name.as_str(), path, tree);
        self.origin(Kind::Process, name.as_str(), path, true, &prefix);
        self.processes.insert(name, Arc::new(merged));
        true
    }

    fn whole_process(&mut self, path: &str, tree: &mut Tree, mut faults: Vec<Diagnostic>) -> bool {
        let (source, found) = yaml::read_on::<ProcessSource>(tree);
        self.problems.extend(found.iter().cloned());
        faults.extend(found);
        let Some(source) = source else { return false };
        if source.process.as_str().is_empty() {
            return false;
        }
        let name = self.define(Kind::Process, source.process.as_str(), path, tree);
        let name = ProcessName::new(&name);
        if faults.is_empty() {
            self.processes.insert(name, Arc::new(source));
            return true;
        }
        self.processes.remove(&name);
        self.salvaged.insert(name, Salvaged::of(source, tree, &faults));
        false
    }
}
