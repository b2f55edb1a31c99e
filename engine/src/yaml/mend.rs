//! Reading on after a mistake of syntax: the lines it is on are taken out and the rest is read
//! again, so that the next mistake is found too. Only after mistakes that end where they begin; a
//! bracket that is not closed would make everything after it look wrong.

use crate::diagnostic::Diagnostic;

use super::build::{Stop, attempt};
use super::source::{Source, Spot, number};
use super::tree::Tree;

/// So many mistakes of syntax are found in one file.
const MENDS_MAX: usize = 10;
/// Larger files are not read again.
const MENDED_BYTES_MAX: usize = 512 << 10;

/// What mistakes that end on their line say.
const LOCAL: [&str; 10] = [
    "expected quotes around an expression",
    "found a tab",
    "found another colon",
    "expected a closing quote",
    "after the closing quote",
    "expected a known escape",
    "expected a value, found `",
    "expected the closing `",
    "found the full-width `",
    "expected a space after the colon",
];

/// The tree of a text, or `None` where it is no YAML. Problems go to `problems`.
pub(super) fn tree(source: Source, problems: &mut Vec<Diagnostic>) -> Option<Tree> {
    let mut text = source.clone();
    let mut mistakes: Vec<Diagnostic> = Vec::new();
    loop {
        let mut found = Vec::new();
        let result = attempt(&text, &mut found);
        let syntax = match result {
            Ok(tree) => {
                problems.append(&mut mistakes);
                problems.append(&mut found);
                let mended = text.text() != source.text();
                return match tree.filter(|tree| !tree.is_empty(tree.root)) {
                    Some(tree) => Some(Tree { source, mended: mended || tree.mended, ..tree }),
                    None if mended => None,
                    None => {
                        problems.push(empty(&source));
                        None
                    }
                };
            }
            Err(Stop { syntax }) => syntax,
        };
        // What the parser says of a line with another mistake follows from that.
        let last = found.last();
        let line = last.map(|last| last.place.line);
        let first = found.iter().find(|one| Some(one.place.line) == line && Some(*one) != last);
        let local = last.filter(|last| is_local(last, &mistakes, &source));
        let next = first.or(local).filter(|_| syntax && mistakes.len() < MENDS_MAX).cloned();
        let Some(next) = next else {
            // What follows from a line that was taken out is not said.
            if mistakes.is_empty() || !syntax {
                mistakes.append(&mut found);
            }
            problems.append(&mut mistakes);
            return None;
        };
        text = without(&text, next.place.line);
        mistakes.push(next);
    }
}

fn empty(source: &Source) -> Diagnostic {
    let place = source.place(Spot { line: 1, column: 1 }, 1);
    let problem = source.problem("emptyFile", place, "expected keys, found an empty file");
    problem.hint("delete the file or write what it is for")
}

/// Whether the lines of a mistake can be taken out without making others.
fn is_local(last: &Diagnostic, before: &[Diagnostic], source: &Source) -> bool {
    before.len() < MENDS_MAX
        && source.text().len() <= MENDED_BYTES_MAX
        && LOCAL.iter().any(|part| last.message.contains(part))
        && before.iter().all(|other| other.place.line != last.place.line)
}

/// The text with blanks for a line and for those after it that belong to it.
fn without(source: &Source, line: u32) -> Source {
    let indent = |line: u32| {
        let text = source.line(line);
        let blank = text.trim().is_empty();
        (!blank).then(|| text.chars().take_while(|c| matches!(c, ' ' | '\t')).count())
    };
    let own = indent(line).unwrap_or(0);
    let lines = number(source.text().lines().count());
    let end = (line + 1..=lines).find(|line| indent(*line).is_some_and(|indent| indent <= own));
    let from = source.byte(Spot { line, column: 1 });
    let to = match end {
        Some(end) => source.byte(Spot { line: end, column: 1 }),
        None => source.text().len(),
    };
    let mut text = String::with_capacity(source.text().len());
    text.push_str(&source.text()[..from]);
    for c in source.text()[from..to].chars() {
        match c {
            '\n' | '\r' => text.push(c),
            other => text.extend(std::iter::repeat_n(' ', other.len_utf8())),
        }
    }
    text.push_str(&source.text()[to..]);
    Source::new(source.file(), text)
}
