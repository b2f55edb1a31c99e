//! What the YAML parser says, in words that help. One place for all of its messages, so that a new
//! version of the parser is checked here.

mod cause;

use saphyr_parser::ScanError;

use crate::diagnostic::Diagnostic;

use super::DEPTH_MAX;
use super::source::{Source, Spot, number};
use super::tree::{Body, Entry, Node, Style};

/// A part of the parser's message, our code, what was expected and what to do.
const KNOWN: [(&str, &str, &str, &str); 18] = [
    ("recursion limit", "tooDeep", "expected fewer levels of lists and maps", "flatten it"),
    (
        "unknown anchor",
        "aliasNotAllowed",
        "expected a value, found an alias (`*`)",
        "text that begins with `*` needs quotes",
    ),
    (
        "anchor",
        "aliasNotAllowed",
        "expected a value, found `&` or `*`",
        "text that begins with `&` or `*` needs quotes",
    ),
    (
        "handle wasn't declared",
        "tagNotAllowed",
        "expected a value, found a tag (`!`)",
        "text that begins with `!` needs quotes",
    ),
    (
        "tag",
        "tagNotAllowed",
        "expected a value, found a tag (`!`)",
        "text that begins with `!` needs quotes",
    ),
    (
        "directive",
        "yamlSyntax",
        "expected keys, found a line that begins with `%`",
        "delete the line",
    ),
    (
        "mapping values are not allowed",
        "yamlSyntax",
        "expected a value, found another colon",
        "a text with `: ` in it needs quotes; check the indentation of the line before",
    ),
    (
        "illegal placement of ':'",
        "yamlSyntax",
        "expected `,` or a closing bracket, found a colon",
        "a bracket above is not closed",
    ),
    (
        "invalid indentation in quoted",
        "yamlSyntax",
        "expected a closing quote",
        "close the quote that opens here",
    ),
    (
        "unexpected end of stream",
        "yamlSyntax",
        "expected a closing quote",
        "close the quote that opens here",
    ),
    (
        "invalid trailing content after",
        "yamlSyntax",
        "expected the end of the line after the closing quote",
        "put the whole text into the quotes",
    ),
    (
        "unknown escape",
        "yamlSyntax",
        "expected a known escape after `\\`",
        "write `\\\\` for a backslash, or use single quotes",
    ),
    (
        "misplaced bracket",
        "yamlSyntax",
        "expected no closing bracket here",
        "delete it, or open one before it",
    ),
    (
        "expected ',' or",
        "yamlSyntax",
        "expected `,` or a closing bracket",
        "a bracket above is not closed, or a comma is missing",
    ),
    (
        "did not find expected key",
        "yamlSyntax",
        "expected a key at the same indentation as the keys above",
        "align it with the keys it belongs to",
    ),
    (
        "expected '-' indicator",
        "yamlSyntax",
        "expected another `- ` of the list",
        "a list and keys cannot be mixed; check the indentation",
    ),
    (
        "block sequence entries are not allowed",
        "yamlSyntax",
        "expected a value, found `- `",
        "begin the list on a line of its own",
    ),
    (
        "simple key expect",
        "yamlSyntax",
        "expected a colon after the key",
        "write `key: value`; a long text needs quotes",
    ),
];

/// The parser's complaint as a diagnostic.
pub(super) fn explain(source: &Source, error: &ScanError) -> Diagnostic {
    let at = error.marker();
    let spot = Spot { line: number(at.line()), column: number(at.col() + 1) };
    let spot =
        if spot.line > 1 && source.line(spot.line).is_empty() { last(source, spot) } else { spot };
    if let Some(tab) = tab_before(source, spot) {
        let message = "expected spaces at the beginning of the line, found a tab";
        let place = source.place(tab, 1);
        return source.problem("tabIndent", place, message).hint("indent with spaces only");
    }
    let info = error.info();
    if let Some(problem) = cause::find(source, spot, info) {
        return problem;
    }
    let place = source.place(spot, 1);
    if let Some(character) = info.strip_prefix("unexpected character: `") {
        let character = character.trim_end_matches('\'');
        let message = format!("expected a value, found `{character}`");
        let hint = format!("text that begins with `{character}` needs quotes");
        return source.problem("yamlSyntax", place, message).hint(hint);
    }
    match KNOWN.iter().find(|(part, ..)| info.contains(part)) {
        Some((_, "tooDeep", ..)) => {
            let message = format!("expected at most {DEPTH_MAX} levels of lists and maps");
            source.problem("tooDeep", place, message).hint("flatten it")
        }
        Some((_, code, message, hint)) => source.problem(code, place, *message).hint(*hint),
        None => source.problem("yamlSyntax", place, format!("expected YAML: {info}")),
    }
}

/// Takes a key without a value apart where it holds one, as `type:userTask` does, and says so.
pub(super) fn split(entry: &mut Entry, value: &mut Node) -> Option<String> {
    let is_empty = matches!(
        &value.body,
        Body::Scalar { text, style: Style::Plain, .. } if text.is_empty()
    );
    let whole = entry.key.clone();
    let (key, rest) = whole.split_once([':', '：']).filter(|_| is_empty)?;
    if key.is_empty() || rest.is_empty() || key.contains(' ') {
        return None;
    }
    entry.key = key.into();
    value.body = Body::Broken;
    Some(format!("expected `{key}: {rest}`, found `{whole}`"))
}

/// The end of the last line with text before a position.
fn last(source: &Source, spot: Spot) -> Spot {
    let line = (1..spot.line).rev().find(|line| !source.line(*line).trim().is_empty());
    let line = line.unwrap_or(1);
    Spot { line, column: number(source.line(line).trim_end().chars().count().max(1)) }
}

/// A tab in the indentation of the line of a problem or of the line after it (the parser sees a
/// plain scalar go on there).
fn tab_before(source: &Source, spot: Spot) -> Option<Spot> {
    for line in [spot.line, spot.line + 1] {
        let text = source.line(line);
        let indent = text.chars().take_while(|c| matches!(c, ' ' | '\t'));
        if let Some(at) = indent.clone().position(|c| c == '\t') {
            return Some(Spot { line, column: number(at + 1) });
        }
    }
    None
}
