//! `entry(register, number)` and `entries(register, column, value)`: an expression looks into registers.
//! Which register and which column stands in the source, so that what is found has a type. What there is
//! the scope says; an evaluation fetches nothing.

use std::collections::BTreeMap;
use std::rc::Rc;

use cel::common::ast::IdedExpr;
use serde_json::Value;

use super::check::{Checked, Checker, unknown};
use super::evaluate::Machine;
use super::node::Node;
use super::types::Type;
use super::value::{ANY, Val, own};
use crate::ids::RegisterName;
use crate::problem::{Problem, did_you_mean};
use crate::register::{ENTRIES_MAX, Entry, OF_EVERY_ENTRY};

/// The names of these functions.
pub(super) const NAMES: [&str; 2] = ["entry", "entries"];

impl Checker<'_> {
    /// A call of one of them.
    pub(super) fn looking(&mut self, id: u64, name: &str, given: &[&IdedExpr]) -> Checked {
        let usage = match name {
            "entry" => "entry('register', number)",
            _ => "entries('register', 'column', value)",
        };
        let (register, rest) = match (name, given) {
            ("entry", [register, _]) | ("entries", [register, _, _]) => (*register, &given[1..]),
            _ => {
                let problem = Problem::error("wrongArguments", format!("expected `{usage}`"));
                self.report(id, problem.hint(format!("write {usage}")));
                return unknown();
            }
        };
        let row = self.row(register, usage);
        let written = match row {
            Some((ref name, ref row)) => rest
                .get(..rest.len() - 1)
                .and_then(<[_]>::first)
                .map(|column| self.column(column, name, row, usage)),
            None => None,
        };
        let last = rest[rest.len() - 1];
        let (value, ty) = self.check(last);
        let Some((register, row)) = row else { return unknown() };
        let expected = match (&written, name) {
            (None, _) => Type::Text,
            (Some(Some((_, ty))), _) => ty.clone(),
            (Some(None), _) => return unknown(),
        };
        if !ty.fits(&expected) {
            let message = format!("expected {expected} to look for, found {ty}");
            self.report(last.id, Problem::error("wrongType", message));
        }
        let (value, own) = (Box::new(value), row.clone());
        match written.flatten() {
            None => (Node::Entry { register, number: value, ty: own }, row),
            Some((column, _)) => (Node::Entries { register, column, value, ty: own }, row.list()),
        }
    }

    /// The register that is named, and what its entries are like.
    fn row(&mut self, named: &IdedExpr, usage: &str) -> Option<(RegisterName, Type)> {
        let name = self.written(named, usage)?;
        let Some(registers) = self.environment.registers() else {
            let message =
                "expected no register here: only what a process reads can look into registers";
            self.report(named.id, Problem::error("unknownRegister", message));
            return None;
        };
        if let Some(row) = registers.get(name.as_str()) {
            return Some((RegisterName::new(name), row.clone()));
        }
        let known = registers.keys().map(RegisterName::as_str);
        let message = format!("expected a register of registers/, found `{name}`");
        let problem =
            Problem::error("unknownRegister", message).maybe_hint(did_you_mean(&name, known));
        self.report(named.id, problem);
        None
    }

    /// The column that is named, and what it holds.
    fn column(
        &mut self,
        named: &IdedExpr,
        register: &RegisterName,
        row: &Type,
        usage: &str,
    ) -> Option<(String, Type)> {
        let name = self.written(named, usage)?;
        let Type::Object(row) = row else { return None };
        let is_own = |name: &&String| !OF_EVERY_ENTRY.contains(&name.as_str());
        if let Some(field) = row.fields.get(&name).filter(|_| is_own(&&name)) {
            return Some((name, field.ty.clone()));
        }
        let known = row.fields.keys().filter(is_own).map(String::as_str);
        let message = format!("expected a column of `{register}`, found `{name}`");
        let problem =
            Problem::error("unknownColumn", message).maybe_hint(did_you_mean(&name, known));
        self.report(named.id, problem);
        None
    }

    /// A text that must stand in the source.
    fn written(&mut self, named: &IdedExpr, usage: &str) -> Option<String> {
        let (node, _) = self.check(named);
        let written = node.literal_text().map(str::to_owned);
        if written.is_none() {
            let message = "expected a name in quotes: what is found must have a type";
            let problem = Problem::error("wrongArguments", message);
            self.report(named.id, problem.hint(format!("write {usage}")));
        }
        written
    }
}

impl<'a> Machine<'a> {
    /// The entry that has a number; nothing where none has it.
    pub(super) fn entry(
        &mut self,
        register: &RegisterName,
        number: &'a Node,
        ty: &Type,
    ) -> Result<Val<'a>, String> {
        let number = match self.run(number)? {
            Val::Null => return Ok(Val::Null),
            Val::Text(number) => number,
            other => {
                return Err(format!("expected the number of an entry, found {}", other.kind()));
            }
        };
        match self.scope.entry(register, &number)? {
            Some(entry) => self.found(&entry, ty),
            None => Ok(Val::Null),
        }
    }

    /// The entries in which a column has a value, as they were made.
    pub(super) fn entries(
        &mut self,
        register: &RegisterName,
        column: &str,
        value: &'a Node,
        ty: &Type,
    ) -> Result<Val<'a>, String> {
        let value = match self.run(value)? {
            Val::Null => return Ok(Val::Null),
            value => value.into_json(),
        };
        let Some(sought) = crate::register::sought(&value) else {
            return Err("expected a text, a number, true or false to look for".to_owned());
        };
        let Some(entries) = self.scope.entries(register, column, &sought)? else {
            return Err(format!(
                "more than {ENTRIES_MAX} entries of `{register}` have this `{column}`; look for fewer"
            ));
        };
        let found = entries.iter().map(|entry| self.found(entry, ty)).collect::<Result<_, _>>()?;
        Ok(Val::List(Rc::new(found)))
    }

    fn found(&mut self, entry: &Entry, ty: &Type) -> Result<Val<'a>, String> {
        self.charge(1 + entry.columns.len())?;
        let kind = |name: &str| match ty {
            Type::Object(object) => object.fields.get(name).map_or(&ANY, |field| &field.ty),
            _ => &ANY,
        };
        let mut fields = BTreeMap::new();
        if let Value::Object(values) = entry.value() {
            for (name, value) in values {
                let value = own(&value, kind(&name)).map_err(|told| format!("`{name}`: {told}"))?;
                fields.insert(name, value);
            }
        }
        Ok(Val::Map(Rc::new(fields)))
    }
}
