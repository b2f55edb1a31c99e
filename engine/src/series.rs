//! How a number of a gap-free series looks: `普授运备〔{year}〕{number:04}号`. Which number is
//! next is the store's.

use std::fmt;
use std::sync::Arc;

use crate::problem::Problem;

/// A pattern may have so many characters.
const SERIES_CHARS_MAX: usize = 100;
/// Numbers are padded to at most so many digits.
const WIDTH_MAX: usize = 12;

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    pattern: Arc<str>,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Text(String),
    Year,
    Number { width: usize },
}

/// Why a pattern is none, and at which character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesError {
    /// The character, from 0.
    pub offset: usize,
    /// How many characters are concerned.
    pub length: usize,
    /// What was expected and what was found.
    pub message: String,
}

impl fmt::Display for SeriesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SeriesError {}

impl SeriesError {
    /// The error in the value that holds the pattern.
    pub fn problem(&self) -> Problem {
        let problem = Problem::error("badSeries", self.message.clone());
        Problem { length: Some(self.length), ..problem }.at(self.offset)
    }
}

impl Default for Series {
    /// Numbers without anything around them.
    fn default() -> Self {
        Self { pattern: Arc::from("{number}"), pieces: vec![Piece::Number { width: 0 }] }
    }
}

impl Series {
    /// Compiles a pattern. `{number}` must be in it once; `{year}` may be.
    pub fn parse(pattern: &str) -> Result<Self, SeriesError> {
        let chars: Vec<char> = pattern.chars().collect();
        let fail = |offset, length, message: String| Err(SeriesError { offset, length, message });
        if chars.len() > SERIES_CHARS_MAX {
            let message = format!("expected at most {SERIES_CHARS_MAX} characters");
            return fail(SERIES_CHARS_MAX, 1, message);
        }
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut at = 0;
        while at < chars.len() {
            match chars[at] {
                '{' => {
                    let Some(length) = chars[at..].iter().position(|c| *c == '}') else {
                        return fail(at, 1, "expected `}` after this `{`".to_owned());
                    };
                    let name: String = chars[at + 1..at + length].iter().collect();
                    let Some(piece) = place(&name) else {
                        let message = format!(
                            "expected `{{year}}`, `{{number}}` or `{{number:04}}`, found `{{{name}}}`"
                        );
                        return fail(at, length + 1, message);
                    };
                    if pieces.iter().any(|other| same(other, &piece)) {
                        return fail(at, length + 1, format!("expected `{{{name}}}` only once"));
                    }
                    if !text.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut text)));
                    }
                    pieces.push(piece);
                    at += length + 1;
                }
                '}' => return fail(at, 1, "expected `{` before this `}`".to_owned()),
                c => {
                    text.push(c);
                    at += 1;
                }
            }
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        if !pieces.iter().any(|piece| matches!(piece, Piece::Number { .. })) {
            let message = "expected `{number}` in a series: its entries could not be told apart";
            return fail(0, chars.len().max(1), message.to_owned());
        }
        Ok(Self { pattern: Arc::from(pattern), pieces })
    }

    /// A number of the series.
    pub fn format(&self, year: i32, number: u32) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Year => text.push_str(&year.to_string()),
                Piece::Number { width } => text.push_str(&format_number(number, *width)),
            }
        }
        text
    }

    /// The pattern.
    pub fn as_str(&self) -> &str {
        &self.pattern
    }

    /// Whether numbers begin anew each year: the year then stands in them.
    pub fn is_yearly(&self) -> bool {
        self.pieces.contains(&Piece::Year)
    }
}

fn format_number(number: u32, width: usize) -> String {
    format!("{number:0width$}")
}

fn same(left: &Piece, right: &Piece) -> bool {
    match left {
        Piece::Text(_) => false,
        Piece::Year => *right == Piece::Year,
        Piece::Number { .. } => matches!(right, Piece::Number { .. }),
    }
}

/// `year`, `number`, `number:04`.
fn place(name: &str) -> Option<Piece> {
    match name {
        "year" => Some(Piece::Year),
        "number" => Some(Piece::Number { width: 0 }),
        _ => {
            let width = name.strip_prefix("number:0")?.parse().ok()?;
            (1..=WIDTH_MAX).contains(&width).then_some(Piece::Number { width })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Series;

    #[test]
    fn numbers_are_padded_and_grow_beyond_their_padding() {
        let check = |pattern: &str, year, number, expected: &str| {
            assert_eq!(Series::parse(pattern).unwrap().format(year, number), expected);
        };
        check("普授运备〔{year}〕{number:04}号", 2026, 7, "普授运备〔2026〕0007号");
        check("普授运备〔{year}〕{number:04}号", 2026, 12_345, "普授运备〔2026〕12345号");
        check("{number}", 2026, 1, "1");
    }

    #[test]
    fn what_is_no_pattern_says_where() {
        let check = |pattern: &str, offset, length| {
            let error = Series::parse(pattern).unwrap_err();
            assert_eq!((error.offset, error.length), (offset, length), "{pattern}: {error}");
        };
        check("〔{yaer}〕{number}", 1, 6);
        check("甲{number", 1, 1);
        check("甲}{number}", 1, 1);
        check("{number}{number:02}", 8, 11);
        check("{number:99}", 0, 11);
        check("{number:04x}", 0, 12);
        check("〔{year}〕", 0, 8);
        check("", 0, 1);
    }
}
