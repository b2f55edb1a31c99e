//! Where the receipt of a submission goes when a field of its form says so.

use serde_json::Value;

use crate::definition::Compiler;
use crate::form::is_email;
use crate::ids::DocumentName;
use crate::problem::Problem;

/// Checks that a field of the form can hold a mail address.
pub(super) fn check(compiler: &mut Compiler<'_>, into: &DocumentName, path: Option<&str>) {
    let Some(path) = path else { return };
    let document = compiler.source.documents.get(into);
    let form = document.and_then(|document| compiler.library.forms.get(&document.form));
    let problem = match form.map(|form| form.takes_address(path)) {
        // There are other problems then.
        None | Some(Some(true)) => return,
        Some(Some(false)) => {
            let message =
                format!("expected a field of type `email` or `text`, but `{path}` is of another");
            Problem::error("wrongType", message)
        }
        Some(None) => {
            let message = format!("expected a field of the form of `{into}`, found `{path}`");
            let hint = "a field of a group is named with its group, such as `contact.email`";
            Problem::error("unknownField", message).hint(hint)
        }
    };
    compiler.report(&["receiptTo"], problem);
}

/// The address that is filled in there, if it is one.
pub(super) fn address(content: &Value, path: &str) -> Option<String> {
    let field = path.split('.').try_fold(content, |value, name| value.get(name))?;
    field.as_str().filter(|text| is_email(text)).map(str::to_owned)
}
