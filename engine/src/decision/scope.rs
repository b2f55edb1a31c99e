//! What a rule's expressions see: the table's inputs, the cell's own value, and what is around the table.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::actor::Unit;
use crate::expression::Scope;
use crate::ids::RegisterName;
use crate::register::Entry;
use crate::text::Text;

/// Inputs first, then what is around the table.
pub(super) struct RuleScope<'a> {
    pub(super) inputs: &'a Map<String, Value>,
    pub(super) value: Option<&'a Value>,
    pub(super) outer: &'a dyn Scope,
}

impl Scope for RuleScope<'_> {
    fn lookup(&self, name: &str) -> Option<Cow<'_, Value>> {
        match (self.value, self.inputs.get(name)) {
            (Some(value), _) if name == "value" => Some(Cow::Borrowed(value)),
            (_, Some(input)) => Some(Cow::Borrowed(input)),
            _ => self.outer.lookup(name),
        }
    }

    fn entry(&self, register: &RegisterName, number: &str) -> Result<Option<Entry>, String> {
        self.outer.entry(register, number)
    }

    fn entries(
        &self,
        register: &RegisterName,
        column: &str,
        sought: &str,
    ) -> Result<Option<Vec<Entry>>, String> {
        self.outer.entries(register, column, sought)
    }

    fn name_of(&self, id: &str) -> Option<Text> {
        self.outer.name_of(id)
    }

    fn unit_of(&self, id: &str) -> Option<Arc<Unit>> {
        self.outer.unit_of(id)
    }

    fn manager_of(&self, id: &str) -> Option<String> {
        self.outer.manager_of(id)
    }
}
