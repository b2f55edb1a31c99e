//! What a task may do with a document: the rights of its fields.

use std::collections::BTreeMap;

use super::Compiler;
use super::source::{DocumentUse, FieldRight};
use crate::form::Rights;
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
        Some(Self { document, rights: Rights::new(default, fields) })
    }
}

impl Compiler<'_> {
    /// Why an outcome cannot require a field of a document that a task edits.
    pub(crate) fn undemandable(&self, using: &Using, field: &str) -> Option<Problem> {
        let form = &self.source.documents.get(&using.document)?.form;
        self.library.forms.get(form)?.undemandable(field, &using.rights)
    }
}
