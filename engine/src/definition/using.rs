//! What a task may do with a document: the rights of its fields.

use std::collections::BTreeMap;

use super::Compiler;
use super::source::{DocumentRights, DocumentUse, FieldRight};
use crate::form::{Form, Rights};
use crate::ids::DocumentName;
use crate::problem::Problem;

/// A document that a task shows or writes.
#[derive(Debug, Clone)]
pub struct Using {
    /// The document.
    pub document: DocumentName,
    /// What may be done with its fields.
    pub rights: Rights,
}

impl Using {
    pub(crate) fn compile(
        compiler: &mut Compiler<'_>,
        keys: &[&str],
        uses: &DocumentUse,
    ) -> Option<Self> {
        let default =
            if keys.first() == Some(&"edit") { FieldRight::Edit } else { FieldRight::Read };
        let document = uses.document().clone();
        let fields = match uses {
            DocumentUse::Whole(_) => BTreeMap::new(),
            DocumentUse::ByField(by_field) => by_field.fields.clone(),
        };
        let form = &compiler.source.documents.get(&document)?.form;
        let form = compiler.library.forms.get(form).cloned();
        for field in fields.keys() {
            if form.as_ref().is_some_and(|form| !form.has_field(field)) {
                let message = format!("expected a field of the form, found `{field}`");
                let at = [keys, &["fields", field.as_str()]].concat();
                compiler.report(&at, Problem::error("unknownField", message));
            }
        }
        let mut fields = fields;
        if let DocumentUse::ByField(DocumentRights { only: Some(only), .. }) = uses {
            let only = only.as_slice();
            Self::check_only(compiler, keys, (only, &fields), form.as_deref());
            if let Some(form) = &form {
                fields
                    .extend(form.all_but(only).into_iter().map(|path| (path, FieldRight::Hidden)));
            }
        }
        Some(Self { document, rights: Rights::new(default, fields) })
    }

    /// What is named to be shown alone must be there, and not be hidden again; nothing of it is written.
    fn check_only(
        compiler: &mut Compiler<'_>,
        keys: &[&str],
        (only, fields): (&[String], &BTreeMap<String, FieldRight>),
        form: Option<&Form>,
    ) {
        if keys.first() == Some(&"edit") {
            let message =
                "expected `only` of what is shown: a form that is written has rights by field";
            let at = [keys, &["only"]].concat();
            compiler.report(&at, Problem::error("ignoredKey", message));
        }
        for (place, field) in only.iter().enumerate() {
            let place = place.to_string();
            let at = [keys, &["only", place.as_str()]].concat();
            if form.is_some_and(|form| !form.has_field(field)) {
                let message = format!("expected a field of the form, found `{field}`");
                compiler.report(&at, Problem::error("unknownField", message));
            } else if fields.contains_key(field) {
                let message = format!("expected `{field}` in `only` or in `fields`, found both");
                compiler.report(&at, Problem::error("ignoredKey", message));
            }
        }
    }
}

impl Compiler<'_> {
    /// Why an outcome cannot require a field of a document that a task edits.
    pub(crate) fn undemandable(&self, using: &Using, field: &str) -> Option<Problem> {
        let form = &self.source.documents.get(&using.document)?.form;
        self.library.forms.get(form)?.undemandable(field, &using.rights)
    }
}
