//! Whether what one case hands to another can fit the form of the document it becomes.

use super::{Field, Form, Kind, Required};
use crate::expression::{Expression, Type};
use crate::problem::{Problem, did_you_mean};

impl Form {
    /// What can never fit of a value that becomes a document of this form, and what it may lack: by its
    /// type, and where it is written out, by its keys.
    pub(crate) fn misfits(&self, given: &Expression) -> Vec<Problem> {
        let mut found = Vec::new();
        match (given.literal_keys(), given.ty()) {
            (Some(keys), _) => self.misfits_of_keys(&keys, &mut found),
            (None, Type::Object(object)) => {
                unfit(self.fields(), given.ty(), &object.name, "", &mut found);
            }
            (None, Type::Any | Type::Null | Type::Map(_)) => {}
            (None, other) => {
                let message = format!(
                    "expected the fields of the form `{}`, found {other}",
                    self.source.form
                );
                found.push(Problem::error("wrongType", message));
            }
        }
        found
    }

    /// The same of a document of another form, which may also lack what this one requires.
    pub(crate) fn misfits_of(&self, other: &Self) -> Vec<Problem> {
        let mut found = Vec::new();
        if self.source.form == other.source.form {
            return found;
        }
        let name = other.source.form.as_str();
        unfit(self.fields(), &other.ty, name, "", &mut found);
        for field in self.fields().iter().filter(|field| field.must_be_there()) {
            let own = other.fields().iter().find(|own| own.name == field.name);
            if own.is_some_and(|own| matches!(own.required, Required::No) && !own.is_given()) {
                let message = format!(
                    "expected `{}`, which the form `{}` requires, but `{name}` may be without",
                    field.name, self.source.form
                );
                found.push(Problem::warning("mayNotFit", message));
            }
        }
        found
    }

    fn misfits_of_keys(&self, keys: &[&str], found: &mut Vec<Problem>) {
        for key in keys.iter().filter(|key| !self.has_field(key)) {
            let known = self.fields().iter().map(|field| field.name.as_str());
            let message =
                format!("expected a field of the form `{}`, found `{key}`", self.source.form);
            let problem = Problem::error("unknownField", message);
            found.push(problem.maybe_hint(did_you_mean(key, known)));
        }
        let missing = self.fields().iter().filter(|field| field.must_be_there());
        for field in missing.filter(|field| !keys.contains(&field.name.as_str())) {
            let form = &self.source.form;
            let message = format!(
                "expected `{}`, which the form `{form}` requires, but it is not there",
                field.name
            );
            found.push(Problem::error("missingField", message));
        }
    }
}

/// What does not fit of an object's fields.
fn unfit(fields: &[Field], given: &Type, name: &str, above: &str, found: &mut Vec<Problem>) {
    let Type::Object(object) = given else { return };
    for (own, value) in &object.fields {
        let path = format!("{above}{own}");
        let Some(field) = fields.iter().find(|field| field.name == *own) else {
            let known = fields.iter().map(|field| field.name.as_str());
            let message =
                format!("expected only fields that the form has, but `{name}` has `{path}`");
            let problem = Problem::error("unknownField", message);
            found.push(problem.maybe_hint(did_you_mean(own, known)));
            continue;
        };
        match (&field.kind, &value.ty) {
            (Kind::Computed { .. }, _) => {}
            (Kind::Group(inner), Type::Object(_)) => {
                unfit(inner, &value.ty, name, &format!("{path}."), found);
            }
            (Kind::Table { columns, .. }, Type::List(row)) if matches!(**row, Type::Object(_)) => {
                unfit(columns, row, name, &format!("{path}."), found);
            }
            (_, ty) => {
                match (field.ty(), ty) {
                    (Type::Choice(known), Type::Choice(options)) => {
                        let strange = options.iter().find(|option| !known.contains(option));
                        found.extend(strange.map(|option| {
                        let message = format!("expected an option of `{path}`, but in `{name}` it may be `{option}`");
                        Problem::error("unknownOption", message)
                    }));
                    }
                    (expected, ty) if !ty.fits(&expected) => {
                        let message =
                            format!("expected {expected} for `{path}`, but in `{name}` it is {ty}");
                        found.push(Problem::error("wrongType", message));
                    }
                    _ => {}
                }
            }
        }
    }
    for field in fields.iter().filter(|field| field.must_be_there()) {
        if !object.fields.contains_key(&field.name) {
            let path = format!("{above}{}", field.name);
            let message =
                format!("expected `{path}`, which the form requires, but `{name}` has none");
            found.push(Problem::error("missingField", message));
        }
    }
}

impl Field {
    /// Whether no document is without it, whatever else is in it.
    fn must_be_there(&self) -> bool {
        let asks = matches!(self.required, Required::Yes) || matches!(self.kind, Kind::Declaration);
        let fills_itself = self.default.is_some() || matches!(self.kind, Kind::Computed { .. });
        asks && !fills_itself && self.when.is_none() && !matches!(self.kind, Kind::Group(_))
    }

    /// Whether there is always something in it, though nobody must fill it in.
    fn is_given(&self) -> bool {
        self.default.is_some() || matches!(self.kind, Kind::Computed { .. } | Kind::Declaration)
    }
}
