//! Sets variables from expressions.

use std::sync::Arc;

use super::{Behavior, Source};
use crate::definition::Compiler;
use crate::expression::Expression;
use crate::ids::Key;
use crate::step::{Halt, Leave, Step};

use indexmap::IndexMap;
use serde_json::Value;

super::node! {
    /// Sets variables, in order, and goes on.
    pub struct ScriptTask {
        /// Variables and the expressions that give their values.
        pub set: IndexMap<String, String>,
    }
}

impl Source for ScriptTask {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        let mut set = Vec::new();
        for (name, text) in &self.set {
            compiler.variable(&["set", name], name);
            let expected = compiler.variable_type(name);
            let expression = compiler.expression(&["set", name], text, expected.as_ref());
            set.extend(expression.map(|expression| (name.clone(), expression)));
        }
        Some(Arc::new(Script { set }))
    }

    fn is_activity(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Script {
    set: Vec<(String, Expression)>,
}

impl Behavior for Script {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        // All of them or none: a retry must not do again what was done.
        let mut values: Vec<(&str, Value)> = Vec::with_capacity(self.set.len());
        for (name, expression) in &self.set {
            let seen: Vec<_> = values.iter().map(|(name, value)| (*name, value)).collect();
            let value = step.evaluate_with(expression, key, &seen)?;
            let kind = step.definition.variable_type(name);
            if let Some(expected) = kind.and_then(|kind| kind.mismatch(&value)) {
                let message = format!("expected {expected} for `{name}`, found {value}");
                return Err(Halt::incident("WRONG_TYPE", message));
            }
            values.push((name, value));
        }
        for ((name, value), (_, expression)) in values.into_iter().zip(&self.set) {
            // What adds to a variable adds to the case's, in whichever run.
            match expression.references().contains(name) {
                true => step.set_variable(key, name, value),
                false => step.set_own_variable(key, name, value),
            }
        }
        step.complete(key, Leave::Next)
    }
}
