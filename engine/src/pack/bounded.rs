//! How many problems are told at once: errors before warnings, and that there are more.

use super::PACK_PROBLEMS_MAX;
use crate::diagnostic::{Diagnostic, Place};

/// The code of what is told of all that is not.
const MORE: &str = "moreProblems";

/// Puts problems in the order of their places, so many of them as are told at once.
pub(super) fn bounded(problems: &mut Vec<Diagnostic>) {
    let told = problems.len();
    problems.retain(|problem| problem.code != MORE);
    let were_more = problems.len() < told;
    problems.sort_by(|a, b| a.place.cmp(&b.place));
    problems.dedup();
    if problems.len() <= PACK_PROBLEMS_MAX && !were_more {
        return;
    }
    problems.sort_by_key(|problem| !problem.is_error());
    let are_all_errors = problems.get(PACK_PROBLEMS_MAX).is_some_and(Diagnostic::is_error);
    problems.truncate(PACK_PROBLEMS_MAX);
    problems.sort_by(|a, b| a.place.cmp(&b.place));
    let place = Place { file: "pack.yaml".to_owned(), line: 0, column: 0, length: 1 };
    let message = format!("there are more than {PACK_PROBLEMS_MAX} problems: these are not all");
    let more = match are_all_errors {
        true => Diagnostic::error(MORE, place, message),
        false => Diagnostic::warning(MORE, place, message),
    };
    problems.push(more.hint("mend what is told and check again"));
}

#[cfg(test)]
mod tests {
    use super::{MORE, PACK_PROBLEMS_MAX, bounded};
    use crate::diagnostic::{Diagnostic, Place};

    fn at(line: u32, is_error: bool) -> Diagnostic {
        let place = Place { file: "p.yaml".to_owned(), line, column: 1, length: 1 };
        match is_error {
            true => Diagnostic::error("badName", place, "bad"),
            false => Diagnostic::warning("badName", place, "bad"),
        }
    }

    #[test]
    fn errors_are_told_before_warnings_and_that_there_are_more() {
        let many = u32::try_from(PACK_PROBLEMS_MAX).unwrap();
        let mut problems: Vec<Diagnostic> = (0..many + 5).map(|line| at(line, false)).collect();
        problems.push(at(many + 9, true));
        bounded(&mut problems);
        assert_eq!(problems.len(), PACK_PROBLEMS_MAX + 1);
        assert!(problems.iter().any(Diagnostic::is_error));
        assert_eq!(problems.last().map(|last| last.code), Some(MORE));
        // Once more: it is said once.
        bounded(&mut problems);
        assert_eq!(problems.iter().filter(|one| one.code == MORE).count(), 1);
        let mut few: Vec<Diagnostic> = (0..many).map(|line| at(line, false)).collect();
        bounded(&mut few);
        assert_eq!(few.len(), PACK_PROBLEMS_MAX);
    }
}
