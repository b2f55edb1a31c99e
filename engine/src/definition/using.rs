//! What a task may do with a document: the rights of its fields.

use super::Compiler;
use super::source::{DocumentUse, FieldRight};
use crate::form::{Right, Rights};
use crate::ids::DocumentName;
use crate::problem::{Problem, did_you_mean};

/// A document that a task shows or writes.
#[derive(Debug, Clone)]
pub(crate) struct Using {
    pub(crate) document: DocumentName,
    pub(crate) rights: Rights,
}

impl Using {
    pub(crate) fn compile(
        compiler: &mut Compiler<'_>,
        keys: &[&str],
        uses: &DocumentUse,
    ) -> Option<Self> {
        let default = if keys.first() == Some(&"edit") { Right::Edit } else { Right::Read };
        let document = uses.document().clone();
        let mut rights = Rights::all(default);
        if let DocumentUse::ByField(by_field) = uses {
            let form = &compiler.source.documents.get(&document)?.form;
            let form = compiler.library.forms.get(form).cloned();
            for (field, right) in &by_field.fields {
                let known: Vec<String> =
                    form.as_ref().map(|form| form.field_names()).unwrap_or_default();
                if form.is_some() && !known.contains(field) {
                    let problem = Problem::error(
                        "unknownField",
                        format!("expected a field of the form, found `{field}`"),
                    )
                    .maybe_hint(did_you_mean(field, known.iter().map(String::as_str)));
                    let mut at = keys.to_vec();
                    at.extend(["fields", field.as_str()]);
                    compiler.report(&at, problem);
                }
                let right = match right {
                    FieldRight::Hidden => Right::Hidden,
                    FieldRight::Read => Right::Read,
                    FieldRight::Edit => Right::Edit,
                };
                rights = rights.with(field, right);
            }
        }
        Some(Self { document, rights })
    }
}
