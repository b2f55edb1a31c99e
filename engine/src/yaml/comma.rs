//! A text with a comma, or an expression with brackets, that stands in `{ … }` without quotes: the two
//! mistakes that everybody makes who writes both languages, or a condition, on one line.

use crate::diagnostic::Diagnostic;

use super::scalar::Meaning;
use super::source::{Source, Spot, cut};
use super::tree::{Body, Entry, Node, Style, Tree};

/// Longer values are cut where they are repeated.
const SHOWN_CHARS_MAX: usize = 60;
/// What both mistakes begin with.
const BEGINS: &str = "expected quotes around";

/// Reads the last key of a map as the rest of the text before it, where it is that, and tells it once:
/// within brackets, what stands behind a comma of a text without quotes is a key without a value.
pub(super) fn join(
    source: &Source,
    nodes: &mut [Node],
    entries: &mut Vec<Entry>,
    problems: &mut Vec<Diagnostic>,
) {
    let [.., before, rest] = entries.as_slice() else { return };
    let Some(whole) = text(source, nodes, before, rest) else { return };
    let (key, end) = (before.key.clone(), rest.end);
    let value = &mut nodes[before.value as usize];
    value.end = end;
    let (style, meaning) = (Style::Plain, Meaning::Text);
    value.body = Body::Scalar { text: whole.as_str().into(), style, meaning };
    let problem = problem(source, (value.start, end), &key, &whole);
    entries.pop();
    match problems.last_mut() {
        Some(last) if is_same(last, &problem) => *last = problem,
        Some(_) | None => problems.push(problem),
    }
}

/// The whole text of which a key without a colon is the rest, where it is one.
fn text(source: &Source, nodes: &[Node], before: &Entry, rest: &Entry) -> Option<String> {
    let plain = |entry: &Entry| match &nodes[entry.value as usize].body {
        Body::Scalar { text, style: Style::Plain, .. } => Some(text.clone()),
        Body::Scalar { .. } | Body::List(_) | Body::Map(_) | Body::Broken => None,
    };
    let (first, nothing) = (plain(before)?, plain(rest)?);
    let value = &nodes[before.value as usize];
    let (from, comma, to) =
        (source.byte(value.start), source.byte(value.end), source.byte(rest.end));
    let between = source.text().get(comma..source.byte(rest.start))?;
    let after = source.text().get(to..)?.trim_start();
    let is_rest = !first.is_empty() && nothing.is_empty() && between.trim() == ",";
    if !is_rest || after.starts_with([':', '：']) || !is_text(&first, &rest.key) {
        return None;
    }
    source.text().get(from..to).map(|whole| whole.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Whether words and those behind the comma are one text, and no key that somebody began to write.
fn is_text(first: &str, rest: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    first.contains(|c: char| !is_word(c)) || !rest.chars().all(is_word)
}

/// Whether a key within brackets has not even a colon.
pub(super) fn may_be_rest(tree: &Tree, entry: &Entry) -> bool {
    let source = &tree.source;
    let around = (source.byte(entry.start), source.byte(entry.end));
    let before = source.text().get(..around.0).unwrap_or_default().trim_end();
    let after = source.text().get(around.1..).unwrap_or_default().trim_start();
    tree.is_empty(entry.value) && before.ends_with(',') && after.starts_with([',', '}'])
}

/// What is said of a text with commas, from its first sign to its last.
fn problem(source: &Source, (start, end): (Spot, Spot), key: &str, whole: &str) -> Diagnostic {
    let place = source.stretch(start, end);
    let shown = cut(whole, SHOWN_CHARS_MAX);
    let message = format!("{BEGINS} a value with a comma, found `{shown}`");
    source.problem("yamlSyntax", place, message).hint(hint(key, &shown))
}

/// Whether one is about more of the text that the other is about.
fn is_same(one: &Diagnostic, other: &Diagnostic) -> bool {
    let place = |it: &Diagnostic| (it.place.line, it.place.column);
    one.message.starts_with(BEGINS) && place(one) == place(other)
}

/// An expression between an open bracket and where the parser gave up, in which a bracket ended it.
pub(super) fn expression(source: &Source, opened: Spot, spot: Spot) -> Option<Diagnostic> {
    let line: Vec<char> = source.line(spot.line).chars().collect();
    let from = if opened.line == spot.line { opened.column as usize } else { 0 };
    let until = (spot.column as usize - 1).min(line.len());
    let colon = (from..until).rev().find(|at| {
        line[*at] == ':' && line.get(at + 1) == Some(&' ') && !is_quoted(&line[from..*at])
    })?;
    let start = (colon + 1..line.len()).find(|at| line[*at] != ' ')?;
    if matches!(line[start], '"' | '\'' | '[' | '{') {
        return None;
    }
    let end = end_of(&line, start);
    let whole: String = line[start..end].iter().collect();
    if !whole.contains(['[', '{']) {
        return with_colon(source, spot, &line, from..until);
    }
    let key = line[from..colon].iter().collect::<String>();
    let key = key.rsplit([',', '{', ' ']).next().unwrap_or_default();
    let column = super::source::number(start + 1);
    let place = source.place(Spot { column, ..spot }, end - start);
    let shown = cut(&whole, SHOWN_CHARS_MAX);
    let message = format!("{BEGINS} an expression with brackets, found `{shown}`");
    Some(source.problem("yamlSyntax", place, message).hint(hint(key, &shown)))
}

/// An expression whose colon the parser took for one behind a key.
fn with_colon(
    source: &Source,
    spot: Spot,
    line: &[char],
    within: std::ops::Range<usize>,
) -> Option<Diagnostic> {
    let from = within.start;
    let begins = |at: &usize| line[*at..].starts_with(&[':', ' ', '=']);
    let colon = within.rev().find(|at| begins(at) && !is_quoted(&line[from..*at]))?;
    let (start, end) = (colon + 2, end_of(line, colon + 2));
    let whole: String = line[start..end].iter().collect();
    if !whole.contains(": ") {
        return None;
    }
    let key = line[from..colon].iter().collect::<String>();
    let key = key.rsplit([',', '{', ' ']).next().unwrap_or_default();
    let column = super::source::number(start + 1);
    let place = source.place(Spot { column, ..spot }, end - start);
    let shown = cut(&whole, SHOWN_CHARS_MAX);
    let message = format!("{BEGINS} an expression with a colon, found `{shown}`");
    let quote = if shown.contains('"') { '\'' } else { '"' };
    let hint = format!("a colon and a blank end a key: write `{key}: {quote}{shown}{quote}`");
    Some(source.problem("yamlSyntax", place, message).hint(hint))
}

/// What to write instead.
fn hint(key: &str, whole: &str) -> String {
    let quote = if whole.contains('"') { '\'' } else { '"' };
    format!(
        "inside `{{ }}` a comma or a bracket ends a value: write `{key}: {quote}{whole}{quote}`"
    )
}

/// Whether a quote is open behind some signs.
fn is_quoted(before: &[char]) -> bool {
    let count = |quote: char| before.iter().filter(|c| **c == quote).count() % 2 == 1;
    count('"') || count('\'')
}

/// Where an expression ends: at the bracket or the comma that is outside its own brackets.
fn end_of(line: &[char], start: usize) -> usize {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, c) in line.iter().enumerate().skip(start) {
        match (quote, c) {
            (Some(open), c) if open == *c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(*c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') if depth > 0 => depth -= 1,
            (None, ')' | ']' | '}' | ',') if depth == 0 => return trimmed(line, start, at),
            (None, _) => {}
        }
    }
    trimmed(line, start, line.len())
}

fn trimmed(line: &[char], start: usize, end: usize) -> usize {
    (start..end).rev().find(|at| line[*at] != ' ').map_or(end, |at| at + 1)
}
