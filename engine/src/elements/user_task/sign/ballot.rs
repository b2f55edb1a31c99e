//! What a secret ballot cannot have: whatever would tell, or hint at, whose vote was which.

use super::SignFull;
use crate::definition::Compiler;
use crate::problem::Problem;

/// Reports what does not go with a secret ballot.
pub(super) fn check(compiler: &mut Compiler<'_>, sign: &SignFull) {
    if !sign.secret {
        return;
    }
    let by_person = sign.tie.as_ref().is_some_and(|tie| tie.starts_with('='));
    let told = [
        ("weight", sign.weight.is_some()),
        ("veto", sign.veto.is_some()),
        ("tie", by_person),
        ("open", sign.open == Some(true)),
    ];
    for (key, _) in told.iter().filter(|(_, is_said)| *is_said) {
        refuse(compiler, &["sign", key], key);
    }
}

/// Reports a key that would tell the ballot.
pub(crate) fn refuse(compiler: &mut Compiler<'_>, at: &[&str], key: &str) {
    let message = format!("expected no `{key}` in a secret ballot: it tells whose vote was which");
    compiler.report(at, Problem::error("tellsTheBallot", message));
}
