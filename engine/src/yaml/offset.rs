//! Where a character of a scalar's value stands in the file: quotes, escapes, indentation and
//! folded lines make the two differ. Used for problems inside expressions and patterns.

use super::source::{Source, Spot};
use super::tree::{Body, Node, Style};

/// Where a character (from 0) of a scalar stands; `None` for what is no scalar.
pub(super) fn spot(source: &Source, node: &Node, offset: usize) -> Option<Spot> {
    let Body::Scalar { text, style, .. } = &node.body else { return None };
    let raw = &source.text()[source.byte(node.start)..];
    let skipped = match style {
        Style::Plain | Style::SingleQuoted | Style::DoubleQuoted => {
            inline(raw, text, *style, offset)
        }
        Style::Literal | Style::Folded => block(raw, text, offset),
    };
    Some(source.spot(source.byte(node.start) + skipped))
}

/// Bytes of the raw text before a character of a plain or quoted value.
fn inline(raw: &str, value: &str, style: Style, offset: usize) -> usize {
    let mut at = usize::from(style != Style::Plain);
    let mut in_space = false;
    for wanted in value.chars().take(offset) {
        let rest = &raw[at..];
        if wanted.is_whitespace() && rest.starts_with(char::is_whitespace) {
            // A fold: any run of blanks and line ends stands for it.
            let run = rest.len() - rest.trim_start().len();
            at += if rest[..run].contains(['\n', '\r']) { run } else { width(rest) };
            in_space = true;
            continue;
        }
        if in_space && wanted.is_whitespace() {
            continue;
        }
        in_space = false;
        at += match style {
            Style::SingleQuoted if rest.starts_with("''") => 2,
            Style::DoubleQuoted if rest.starts_with('\\') => escape(rest),
            Style::Plain
            | Style::SingleQuoted
            | Style::DoubleQuoted
            | Style::Literal
            | Style::Folded => width(rest),
        };
    }
    at.min(raw.len())
}

/// Bytes of an escape such as `\n` and `\u00e9`.
fn escape(rest: &str) -> usize {
    let mut chars = rest.chars().skip(1);
    let length = match chars.next() {
        Some('x') => 4,
        Some('u') => 6,
        Some('U') => 10,
        Some(other) => 1 + other.len_utf8(),
        None => 1,
    };
    length.min(rest.len())
}

/// Bytes of the raw text (from the first character of the block) before a character of a block
/// value, by finding the line of the value among the raw lines.
fn block(raw: &str, value: &str, offset: usize) -> usize {
    let mut at = 0;
    let mut in_space = false;
    for wanted in value.chars().take(offset) {
        let rest = &raw[at..];
        if wanted.is_whitespace() {
            let run = rest.len() - rest.trim_start().len();
            if wanted == '\n' || rest[..run].contains('\n') {
                // A new line: over its end and the indentation of the next one, once a run.
                if !in_space {
                    at += run;
                }
                in_space = true;
                continue;
            }
            // Blanks that begin a line were passed with its indentation.
            if in_space {
                continue;
            }
        }
        in_space = false;
        at += width(rest);
    }
    at.min(raw.len())
}

/// Bytes of the first character.
fn width(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}
