//! Makes a numbered entry in a register, or changes one.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use super::{Behavior, Source};
use crate::definition::compile::type_of;
use crate::definition::source::VariableType;
use crate::definition::{Compiler, Dynamic, Register, Series};
use crate::event::Event;
use crate::expression::Type;
use crate::ids::{Key, RegisterName};
use crate::problem::{Problem, did_you_mean};
use crate::step::{Halt, Leave, Step};
use crate::text::Text;

super::node! {
    /// Makes an entry in a register; its number is gap-free by series and year. With `number` it changes
    /// the entry that has it: what the entry was stays in its history.
    pub struct Record {
        /// The register.
        pub register: RegisterName,
        /// The number of the entry that changes, an expression; without it a new entry is made.
        #[serde(default)]
        pub number: Option<String>,
        /// Its columns: expressions. Of an entry that changes only those that become different.
        #[serde(default)]
        pub columns: IndexMap<String, String>,
        /// The variable that the number of a new entry is written to.
        #[serde(default)]
        pub into: Option<String>,
    }
}

impl Source for Record {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        self.check_into(compiler);
        let register = compiler.register(&["register"], &self.register);
        let columns = self.compile_columns(compiler, register.as_ref());
        let own = self.register.clone();
        if let Some(number) = &self.number {
            let number = compiler.dynamic(&["number"], number, Some(&Type::Text));
            self.check_change(compiler);
            return Some(Arc::new(Change { register: own, number: number?, columns }));
        }
        if let Some(register) = &register {
            self.check_left_out(compiler, register);
        }
        let (series, into) = (register?.series, self.into.clone());
        Some(Arc::new(Entry { register: own, series, columns, into }))
    }

    fn is_activity(&self) -> bool {
        true
    }
}

impl Record {
    fn check_into(&self, compiler: &mut Compiler<'_>) {
        let Some(into) = &self.into else { return };
        compiler.variable(&["into"], into);
        let declared = compiler.source.variables.get(into).map(|declared| declared.kind);
        if declared.is_some_and(|kind| ![VariableType::Any, VariableType::Text].contains(&kind)) {
            let message = "expected a variable of type `text` (or `any`): the number is a text";
            compiler.report(&["into"], Problem::error("wrongType", message));
        }
    }

    fn compile_columns(
        &self,
        compiler: &mut Compiler<'_>,
        register: Option<&Register>,
    ) -> Vec<Column> {
        let mut columns = Vec::new();
        for (name, text) in &self.columns {
            if let Some(register) = register
                && !register.columns.contains_key(name)
            {
                let known = register.columns.keys().map(String::as_str);
                let message = format!("expected a column of `{}`, found `{name}`", self.register);
                let problem = Problem::error("unknownColumn", message)
                    .maybe_hint(did_you_mean(name, known));
                compiler.report(&["columns", name], problem.at_key());
            }
            let kind = register.and_then(|register| register.types.get(name)).copied();
            let kind = kind.unwrap_or(VariableType::Any);
            let expected = type_of(kind);
            let value = compiler.dynamic(&["columns", name], text, Some(&expected));
            if let Some(Dynamic::Literal(text)) = &value
                && let Some(expected) = kind.mismatch(&Value::from(text.as_str()))
            {
                let message = format!("expected {expected} in `{name}`, found the text `{text}`");
                let problem = Problem::error("wrongType", message)
                    .hint("an expression stands after `=`, as in `=3`");
                compiler.report(&["columns", name], problem);
            }
            columns.extend(value.map(|value| Column { name: name.clone(), kind, value }));
        }
        columns
    }

    /// A change says what changes, and has a number already.
    fn check_change(&self, compiler: &mut Compiler<'_>) {
        if self.columns.is_empty() {
            let message = "expected `columns` beside `number`: what changes in the entry";
            let problem = Problem::error("missingKey", message);
            compiler.report(&["number"], problem.at_key());
        }
        if self.into.is_some() {
            let message = "expected no `into` beside `number`: the entry keeps its number";
            compiler.report(&["into"], Problem::error("ignoredKey", message).at_key());
        }
    }

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
struct Column {
    name: String,
    kind: VariableType,
    value: Dynamic,
}

/// What columns come to, by name.
fn values(
    step: &Step<'_>,
    key: Key,
    columns: &[Column],
) -> Result<BTreeMap<String, Value>, Halt> {
    let mut values = BTreeMap::new();
    for Column { name, kind, value } in columns {
        let value = step.dynamic(value, key)?;
        if let Some(expected) = kind.mismatch(&value) {
            let message = format!("expected {expected} for `{name}`, found {value}");
            return Err(Halt::incident("WRONG_TYPE", message));
        }
        values.insert(name.clone(), value);
    }
    Ok(values)
}

/// What people call the values of columns that are words of choices, people or units.
fn texts(
    step: &Step<'_>,
    columns: &[Column],
    values: &BTreeMap<String, Value>,
) -> BTreeMap<String, Text> {
    let mut texts = BTreeMap::new();
    for Column { name, value, .. } in columns {
        if let Dynamic::Expression(expression) = value
            && let Some(worded) = expression.worded()
            && let Some(text) = worded.text(&values[name], &|id| step.name_of(id))
        {
            texts.insert(name.clone(), text);
        }
    }
    texts
}

#[derive(Debug)]
struct Entry {
    register: RegisterName,
    series: Series,
    columns: Vec<Column>,
    into: Option<String>,
}

impl Behavior for Entry {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let columns = values(step, key, &self.columns)?;
        let texts = texts(step, &self.columns, &columns);
        if step.has_needs() {
            return Err(Halt::Needs);
        }
        let (year, number) = step.take_number(&self.series)?;
        let number = self.series.format(year, number);
        if let Some(into) = &self.into {
            // The entry stays in the register, and its number with it.
            step.keep_own_variable(key, into, Value::String(number.clone()));
        }
        let register = self.register.clone();
        step.emit(Event::RegisterEntered { key, register, number, columns, texts });
        step.complete(key, Leave::Next)
    }
}

/// Changes an entry that is there, whichever case made it.
#[derive(Debug)]
struct Change {
    register: RegisterName,
    number: Dynamic,
    columns: Vec<Column>,
}

impl Behavior for Change {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let number = step.dynamic(&self.number, key)?;
        let register = self.register.clone();
        let unknown = |found: String| {
            let message = format!("expected the number of an entry of `{register}`, {found}");
            Halt::incident("UNKNOWN_ENTRY", message)
        };
        let Some(number) = number.as_str().filter(|number| !number.is_empty()) else {
            return Err(unknown("but its expression gave nothing".to_owned()));
        };
        let Some(entry) = step.entry(&register, number)? else {
            return Err(unknown(format!("found `{number}`")));
        };
        let mut columns = entry.columns;
        columns.extend(values(step, key, &self.columns)?);
        let (number, version) = (entry.number, entry.version + 1);
        step.emit(Event::RegisterChanged { key, register, number, version, columns });
        step.complete(key, Leave::Next)
    }
}
