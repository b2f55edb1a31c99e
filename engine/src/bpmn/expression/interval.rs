//! FEEL's intervals: `x in [3..5)`, `x between 3 and 5`, as two comparisons.

use super::{Piece, Translation, Word, literal};

/// One end of an interval: what it compares with, and how many words that takes.
struct End {
    pieces: Vec<Piece>,
    words: usize,
}

/// What an interval says of its lower and its upper end: a sign, and what it is held against; and the
/// place behind it.
type Within = ((&'static str, End), (&'static str, End), usize);

impl Translation<'_> {
    /// Translates what follows a path where that asks whether it is within an interval.
    pub(super) fn is_within(&mut self, names: &[String]) -> bool {
        let found = match self.words.get(self.at) {
            Some(Word::Path(word)) if *word == ["in"] => self.brackets(),
            Some(Word::Path(word)) if *word == ["between"] => self.between(),
            _ => None,
        };
        let Some((low, high, at)) = found else { return false };
        self.at = at;
        for (begin, (sign, end), close) in [("(", low, " && "), ("", high, ")")] {
            self.text(begin);
            self.name(names);
            self.text(sign);
            self.pieces.extend(end.pieces);
            self.text(close);
        }
        true
    }

    /// `in [a..b)`.
    fn brackets(&self) -> Option<Within> {
        let above = match self.words.get(self.at + 1)? {
            Word::Sign("[") => " >= ",
            Word::Sign("(" | "]") => " > ",
            _ => return None,
        };
        let low = self.end(self.at + 2)?;
        let points = self.at + 2 + low.words;
        if self.words.get(points)? != &Word::Sign("..") {
            return None;
        }
        let high = self.end(points + 1)?;
        let last = points + 1 + high.words;
        let below = match self.words.get(last)? {
            Word::Sign("]") => " <= ",
            Word::Sign(")" | "[") => " < ",
            _ => return None,
        };
        Some(((above, low), (below, high), last + 1))
    }

    /// `between a and b`, both within.
    fn between(&self) -> Option<Within> {
        let low = self.end(self.at + 1)?;
        let and = self.at + 1 + low.words;
        if !matches!(self.words.get(and)?, Word::Path(word) if *word == ["and"]) {
            return None;
        }
        let high = self.end(and + 1)?;
        let behind = and + 1 + high.words;
        Some(((" >= ", low), (" <= ", high), behind))
    }

    /// A number, a text, a day or a name.
    fn end(&self, at: usize) -> Option<End> {
        let text = |text: String, words| Some(End { pieces: vec![Piece::Text(text)], words });
        match (self.words.get(at)?, self.words.get(at + 1)) {
            (Word::Sign("-"), Some(Word::Number(number))) => text(format!("-{number}"), 2),
            (Word::Number(number), _) => text(number.clone(), 1),
            (Word::Text(found), _) => text(literal(found), 1),
            (Word::Path(names), Some(Word::Sign("("))) => {
                let day = self.day(at + 1).filter(|_| *names == ["date"])?;
                text(format!("date({})", literal(day)), 4)
            }
            (Word::Path(names), _) if names.iter().all(|name| !name.is_empty()) => {
                let (pieces, negated) = (Vec::new(), Vec::new());
                let mut inner = Translation { words: &[], at: 0, feel: true, pieces, negated };
                inner.name(names);
                Some(End { pieces: inner.pieces, words: 1 })
            }
            _ => None,
        }
    }

    /// Whether `("2026-03-31")` follows.
    pub(super) fn is_day(&self) -> bool {
        self.day(self.at).is_some()
    }

    fn day(&self, at: usize) -> Option<&str> {
        match self.words.get(at..at + 3)? {
            [Word::Sign("("), Word::Text(day), Word::Sign(")")] => Some(day),
            _ => None,
        }
    }
}
