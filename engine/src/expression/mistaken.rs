//! Texts that stand where nothing is worked out, and read like an expression all the same.

use super::{Environment, Expression};
use crate::problem::Problem;

/// What is to be said of a text that is taken as it stands, where it begins like an expression and is
/// one.
pub(crate) fn taken_as_text(text: &str) -> Option<Problem> {
    let inner = text.strip_prefix('=')?;
    let environment = Environment::new().with_any_name();
    Expression::compile(inner, &environment, None).ok()?;
    let message = format!(
        "expected a text that stands for itself, found `{text}`: nothing is worked out here, so that it is these very words"
    );
    Some(Problem::warning("takenAsText", message))
}
