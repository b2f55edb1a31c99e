//! `mandate check`: prints what the engine's checker says about a pack.

use std::path::Path;

use anyhow::Result;
use engine::diagnostic::{Diagnostic, Severity};

use crate::cli::Format;
use crate::{Outcome, notices, output, pack};

/// Checks a pack's folder.
pub(crate) fn check(folder: &Path, format: Format) -> Result<Outcome> {
    let files = pack::files(folder)?;
    let problems = problems(&files);
    match format {
        Format::Json => output::say(&serde_json::to_string_pretty(&problems)?),
        Format::Text => say(files.len(), &problems),
    }
    let has_errors = problems.iter().any(|problem| problem.severity == Severity::Error);
    Ok(if has_errors { Outcome::Bad } else { Outcome::Good })
}

/// All problems of a pack's files.
pub(crate) fn problems(files: &[(String, Vec<u8>)]) -> Vec<Diagnostic> {
    let mut problems = match engine::pack::compile(files, |_| 1) {
        Ok(compiled) => compiled.warnings,
        Err(problems) => problems,
    };
    problems.extend(notices::problems(files));
    problems.sort_by(|one, other| one.place.cmp(&other.place));
    problems
}

/// Prints problems for people, and how many there are.
pub(crate) fn say(files: usize, problems: &[Diagnostic]) {
    for problem in problems {
        output::say(&problem.render());
    }
    output::say(&summary(files, problems));
}

fn summary(files: usize, problems: &[Diagnostic]) -> String {
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let warnings = problems.len() - errors;
    let found = [plural(errors, "error"), plural(warnings, "warning")].join(", ");
    format!("{}: {found}", plural(files, "file"))
}

/// A count with its word: `1 file`, `2 files`.
pub(crate) fn plural(count: usize, word: &str) -> String {
    match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    }
}
