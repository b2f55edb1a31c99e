//! The words of an expression: names, numbers, texts and signs. What they mean is not known here.

use std::iter::Peekable;
use std::str::CharIndices;

/// A word of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Word {
    /// Names with dots between them.
    Path(Vec<String>),
    Number(String),
    Text(String),
    Sign(&'static str),
}

const SIGNS: &[&str] = &[
    "..", "==", "!=", "<=", ">=", "&&", "||", "<", ">", "=", "!", "+", "-", "*", "/", "%", "(",
    ")", "[", "]", ",", "?", ":",
];

/// The words of an expression.
pub(super) fn words(text: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.peek().copied() {
        if c.is_whitespace() {
            chars.next();
        } else if c.is_alphabetic() || c == '_' {
            words.push(path(&mut chars, text));
        } else if c.is_ascii_digit() {
            words.push(number(&mut chars, text));
        } else if c == '"' || c == '\'' {
            words.push(quoted(&mut chars, c)?);
        } else {
            let sign = SIGNS.iter().find(|sign| text[at..].starts_with(**sign));
            let Some(sign) = sign else { return Err(format!("`{c}` is not known")) };
            for _ in sign.chars() {
                chars.next();
            }
            words.push(Word::Sign(sign));
        }
    }
    Ok(words)
}

fn take(chars: &mut Peekable<CharIndices<'_>>, belongs: impl Fn(char) -> bool) -> String {
    let mut taken = String::new();
    while let Some((_, c)) = chars.next_if(|(_, c)| belongs(*c)) {
        taken.push(c);
    }
    taken
}

/// Whether a point comes that is not the first of an interval's two.
fn has_point(chars: &mut Peekable<CharIndices<'_>>, text: &str) -> bool {
    chars.peek().is_some_and(|(at, c)| *c == '.' && !text[at + 1..].starts_with('.'))
}

fn path(chars: &mut Peekable<CharIndices<'_>>, text: &str) -> Word {
    let mut names = vec![take(chars, |c| c.is_alphanumeric() || c == '_')];
    while has_point(chars, text) {
        chars.next();
        names.push(take(chars, |c| c.is_alphanumeric() || c == '_'));
    }
    Word::Path(names)
}

fn number(chars: &mut Peekable<CharIndices<'_>>, text: &str) -> Word {
    let mut number = take(chars, |c| c.is_ascii_digit());
    while has_point(chars, text) {
        chars.next();
        number.push('.');
        number.push_str(&take(chars, |c| c.is_ascii_digit()));
    }
    Word::Number(number)
}

fn quoted(chars: &mut Peekable<CharIndices<'_>>, quote: char) -> Result<Word, String> {
    chars.next();
    let mut text = String::new();
    while let Some((_, c)) = chars.next() {
        match c {
            '\\' => text.extend(chars.next().map(|(_, c)| c)),
            c if c == quote => return Ok(Word::Text(text)),
            c => text.push(c),
        }
    }
    Err("a text in it has no end".to_owned())
}
