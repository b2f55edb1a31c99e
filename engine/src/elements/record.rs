//! Makes a numbered entry in a register.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Behavior, Source};
use crate::definition::source::VariableType;
use crate::definition::{Compiler, Dynamic, Register, Series};
use crate::event::Event;
use crate::ids::Key;
use crate::problem::{Problem, did_you_mean};
use crate::step::{Halt, Leave, Step};

use indexmap::IndexMap;

use crate::ids::RegisterName;

super::node! {
    /// Makes an entry in a register; its number is gap-free by series and year.
    pub struct Record {
        /// The register.
        pub register: RegisterName,
        /// Its columns: expressions.
        #[serde(default)]
        pub columns: IndexMap<String, String>,
        /// The variable that the number is written to.
        #[serde(default)]
        pub into: Option<String>,
    }
}

impl Source for Record {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        if let Some(into) = &self.into {
            compiler.variable(&["into"], into);
            let declared = compiler.source.variables.get(into).map(|declared| declared.kind);
            if declared.is_some_and(|kind| ![VariableType::Any, VariableType::Text].contains(&kind))
            {
                let message = "expected a variable of type `text` (or `any`): the number is a text";
                compiler.report(&["into"], Problem::error("wrongType", message));
            }
        }
        let register = compiler.register(&["register"], &self.register);
        let mut columns = Vec::new();
        for (name, text) in &self.columns {
            if let Some(register) = &register
                && !register.columns.contains_key(name)
            {
                let known = register.columns.keys().map(String::as_str);
                let message = format!("expected a column of `{}`, found `{name}`", self.register);
                let problem = Problem::error("unknownColumn", message)
                    .maybe_hint(did_you_mean(name, known));
                compiler.report(&["columns", name], problem.at_key());
            }
            let value = compiler.dynamic(&["columns", name], text, None);
            columns.extend(value.map(|value| (name.clone(), value)));
        }
        if let Some(register) = &register {
            self.check_left_out(compiler, register);
        }
        Some(Arc::new(Entry {
            register: self.register.clone(),
            series: register?.series,
            columns,
            into: self.into.clone(),
        }))
    }

    fn is_activity(&self) -> bool {
        true
    }
}

impl Record {
    /// Columns that the entry leaves empty.
    fn check_left_out(&self, compiler: &mut Compiler<'_>, register: &Register) {
        // A misspelt one may be the one that is missing.
        if self.columns.keys().any(|name| !register.columns.contains_key(name)) {
            return;
        }
        let given = |name: &&String| !self.columns.contains_key(*name);
        let left_out: Vec<String> =
            register.columns.keys().filter(given).map(|name| format!("`{name}`")).collect();
        if left_out.is_empty() {
            return;
        }
        let message = format!(
            "expected every column of `{}`, but nothing goes into {}",
            self.register,
            left_out.join(", ")
        );
        let problem = Problem::warning("columnLeftOut", message)
            .hint("say what goes there; `\"\"` where nothing does");
        let keys: &[&str] = if self.columns.is_empty() { &[] } else { &["columns"] };
        compiler.report(keys, problem);
    }
}

#[derive(Debug)]
struct Entry {
    register: RegisterName,
    series: Series,
    columns: Vec<(String, Dynamic)>,
    into: Option<String>,
}

impl Behavior for Entry {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let mut columns = BTreeMap::new();
        let mut texts = BTreeMap::new();
        for (name, value) in &self.columns {
            let given = step.dynamic(value, key)?;
            if let Dynamic::Expression(expression) = value
                && let Some(worded) = expression.worded()
                && let Some(text) = worded.text(&given, &|id| step.name_of(id))
            {
                texts.insert(name.clone(), text);
            }
            columns.insert(name.clone(), given);
        }
        if step.has_needs() {
            return Err(Halt::Needs);
        }
        let (year, number) = step.take_number(&self.series)?;
        let number = self.series.format(year, number);
        if let Some(into) = &self.into {
            let value = serde_json::Value::String(number.clone());
            step.emit(Event::VariableSet { name: into.clone(), value });
        }
        let register = self.register.clone();
        step.emit(Event::RegisterEntered { key, register, number, columns, texts });
        step.complete(key, Leave::Next)
    }
}
