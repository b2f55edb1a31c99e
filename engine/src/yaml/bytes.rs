//! From bytes to text: size, encoding and characters that no pack needs. Knows nothing of YAML.

use crate::diagnostic::{Diagnostic, Place};

use super::source::{Source, number};
use super::{FILE_BYTES_MAX, SAME_PROBLEM_MAX};

/// The text of a file. Characters that may not stand in it are replaced, so that the rest of the
/// file can still be checked; what cannot be read as text at all has no source.
pub(super) fn decode(file: &str, bytes: &[u8]) -> (Option<Source>, Vec<Diagnostic>) {
    if bytes.len() > FILE_BYTES_MAX {
        let message =
            format!("expected at most {FILE_BYTES_MAX} bytes in a file, found {}", bytes.len());
        let hint = "split the file; attachments and data do not belong in a pack";
        let problem = Diagnostic::error("fileTooLarge", whole(file), message).hint(hint);
        return (None, vec![problem]);
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        let message = "expected UTF-8, found UTF-16";
        let problem = Diagnostic::error("notUtf8", whole(file), message).hint("save as UTF-8");
        return (None, vec![problem]);
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let (text, bad) = printable(text);
            let source = Source::new(file, text);
            let problems = bad.into_iter().map(|(at, c)| unprintable(&source, at, c)).collect();
            (Some(source), problems)
        }
        Err(_) => (None, not_utf8(file, bytes)),
    }
}

/// A problem of the file as a whole.
fn whole(file: &str) -> Place {
    Place { file: file.to_owned(), line: 1, column: 1, length: 1 }
}

/// One problem for each line (up to a bound) with bytes that are not UTF-8.
fn not_utf8(file: &str, bytes: &[u8]) -> Vec<Diagnostic> {
    let mut text = String::with_capacity(bytes.len());
    let mut bad: Vec<(usize, u8)> = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if let Some(first) = chunk.invalid().first() {
            bad.push((text.len(), *first));
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    let source = Source::new(file, text);
    let count = bad.len();
    let mut problems: Vec<Diagnostic> = Vec::new();
    for (at, byte) in bad {
        let spot = source.spot(at);
        if problems.last().is_some_and(|last| last.place.line == spot.line) {
            continue;
        }
        if problems.len() == SAME_PROBLEM_MAX {
            break;
        }
        let message = format!("expected UTF-8, found the byte {byte:#04X}");
        let hint = match count {
            1 => "save the file as UTF-8".to_owned(),
            _ => format!("{count} such bytes in all: save the file as UTF-8, not as GBK"),
        };
        problems.push(source.problem("notUtf8", source.place(spot, 1), message).hint(hint));
    }
    problems
}

/// The text with U+FFFD for what may not stand in it, and where (in bytes of the new text).
fn printable(text: &str) -> (String, Vec<(usize, char)>) {
    if text.chars().all(allowed) {
        return (text.to_owned(), Vec::new());
    }
    let mut clean = String::with_capacity(text.len());
    let mut bad = Vec::new();
    for c in text.chars() {
        if allowed(c) {
            clean.push(c);
        } else {
            if bad.len() < SAME_PROBLEM_MAX {
                bad.push((clean.len(), c));
            }
            clean.push(char::REPLACEMENT_CHARACTER);
        }
    }
    (clean, bad)
}

/// YAML's printable characters, without those that make a text look like another.
fn allowed(c: char) -> bool {
    if matches!(c, '\u{20}'..='\u{7E}' | '\u{4E00}'..='\u{9FFF}') {
        return true;
    }
    let printable = matches!(
        c,
        '\t' | '\n' | '\r' | '\u{20}'..='\u{7E}' | '\u{85}' | '\u{A0}'..='\u{FFFD}' | '\u{10000}'..
    );
    let reordering = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    printable && !reordering && c != '\u{FEFF}'
}

fn unprintable(source: &Source, at: usize, c: char) -> Diagnostic {
    let place = source.place(source.spot(at), 1);
    let message = format!(
        "expected characters that can be seen, found U+{:04X}{}",
        number(c as usize),
        match c {
            '\0' => " (a zero byte)",
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' =>
                " (it makes text appear in another order than it is read)",
            '\u{FEFF}' => " (a byte order mark in the middle of a file)",
            _ => " (a control character)",
        }
    );
    source.problem("controlCharacter", place, message).hint("delete it; `\"\\u0000\"` writes one")
}
