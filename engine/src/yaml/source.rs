//! The text of one file with its lines: from positions to excerpts and back. Knows nothing of YAML.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Place, Severity};

/// An excerpt shows at most so many characters of a line.
pub const EXCERPT_CHARS_MAX: usize = 400;

/// A position in a file: line and column, both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Spot {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// A file's name, its text and where its lines begin.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    file: Arc<str>,
    text: Arc<str>,
    starts: Vec<usize>,
}

impl Source {
    /// The lines of a text. A line ends with LF, CRLF or CR, as in YAML.
    pub(crate) fn new(file: &str, text: String) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (index, byte) in bytes.iter().enumerate() {
            let lone_return = *byte == b'\r' && bytes.get(index + 1) != Some(&b'\n');
            if *byte == b'\n' || lone_return {
                starts.push(index + 1);
            }
        }
        Self { file: Arc::from(file), text: Arc::from(text), starts }
    }

    /// The file's name.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// The whole text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// A line without its end; empty where there is none.
    pub(crate) fn line(&self, line: u32) -> &str {
        let Some(&start) = (line as usize).checked_sub(1).and_then(|at| self.starts.get(at)) else {
            return "";
        };
        let end = self.starts.get(line as usize).copied().unwrap_or(self.text.len());
        self.text[start..end].trim_end_matches(['\r', '\n'])
    }

    /// A line as a person is shown it, cut where it is very long.
    pub(crate) fn excerpt(&self, line: u32) -> Option<String> {
        let text = self.line(line);
        (!text.trim().is_empty()).then(|| cut(text, EXCERPT_CHARS_MAX))
    }

    /// Where a byte of the text is.
    pub(crate) fn spot(&self, byte: usize) -> Spot {
        let line = self.starts.partition_point(|start| *start <= byte);
        let start = self.starts[line - 1];
        let column = self.text[start..byte.max(start)].chars().count();
        Spot { line: number(line), column: number(column + 1) }
    }

    /// Which byte a position is; the end of the line where the column is beyond it.
    pub(crate) fn byte(&self, spot: Spot) -> usize {
        let line = self.line(spot.line);
        let start = (spot.line as usize).checked_sub(1).and_then(|at| self.starts.get(at)).copied();
        let within = nth(line, (spot.column as usize).saturating_sub(1));
        start.unwrap_or(self.text.len()) + within.unwrap_or(line.len())
    }

    /// A place of so many characters; 0 and more than the line holds are put right.
    pub(crate) fn place(&self, start: Spot, length: usize) -> Place {
        let left = self.line(start.line).chars().count().saturating_sub(start.column as usize - 1);
        let length = number(length.min(left).max(1));
        Place { file: self.file.to_string(), line: start.line, column: start.column, length }
    }

    /// How many characters the word at a position has; 0 where none begins there.
    pub(crate) fn word(&self, start: Spot) -> usize {
        let rest = self.line(start.line).chars().skip((start.column as usize).saturating_sub(1));
        rest.take_while(|c| c.is_alphanumeric() || *c == '_').count()
    }

    /// A place from one position to another; to the end of the first line where it spans several.
    pub(crate) fn stretch(&self, start: Spot, end: Spot) -> Place {
        let length = if end.line == start.line {
            end.column.saturating_sub(start.column) as usize
        } else {
            let from = self.byte(start);
            let line = self.byte(Spot { column: u32::MAX, ..start });
            self.text[from..line].trim_end().chars().count()
        };
        self.place(start, length)
    }

    /// A problem with the line it is on.
    pub(crate) fn problem(
        &self,
        code: &'static str,
        place: Place,
        message: impl Into<String>,
    ) -> Diagnostic {
        let excerpt = self.excerpt(place.line);
        Diagnostic {
            code,
            severity: Severity::Error,
            place,
            message: message.into(),
            hint: None,
            excerpt,
        }
    }
}

/// Where the character with a number begins; quick on long lines of ASCII.
fn nth(line: &str, number: usize) -> Option<usize> {
    if line.is_ascii() {
        return (number < line.len()).then_some(number);
    }
    line.char_indices().nth(number).map(|(at, _)| at)
}

/// The first characters of a text, with `…` where something is left out.
pub(crate) fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// A count as it stands in a place.
pub(crate) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Source, Spot};

    #[test]
    fn lines_end_with_lf_crlf_or_cr_and_columns_count_characters() {
        let source = Source::new("a.yaml", "一: 二\r\nb\rc\n".to_owned());
        let lines: Vec<&str> = (1..=5).map(|line| source.line(line)).collect();
        assert_eq!(lines, ["一: 二", "b", "c", "", ""]);
        let byte = source.text().find('二').unwrap();
        assert_eq!(source.spot(byte), Spot { line: 1, column: 4 });
        assert_eq!(source.byte(Spot { line: 1, column: 4 }), byte);
        assert_eq!(source.line(0), "");
    }
}
