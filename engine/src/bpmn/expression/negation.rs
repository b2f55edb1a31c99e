//! `!` and `not`, whose operand may not be there.

use super::word::Word;
use super::{OPERATORS, Translation};

impl Translation<'_> {
    /// What is not there is false in JUEL, so that its opposite is true; in FEEL neither is.
    pub(super) fn not(&mut self) {
        let operand = match self.words.get(self.at) {
            Some(Word::Path(names))
                if names.len() > 1 || !OPERATORS.contains(&names[0].as_str()) =>
            {
                Some(self.at + 1)
            }
            Some(Word::Sign("(")) => self.closed(self.at),
            _ => None,
        };
        match operand.filter(|_| !self.feel) {
            Some(mut end) => {
                while self.words.get(end) == Some(&Word::Sign("[")) {
                    let Some(closed) = self.closed(end) else { break };
                    end = closed;
                }
                self.negated.push(end);
                self.text("!orElse(");
            }
            None => self.text("!"),
        }
    }

    /// Behind the bracket that closes the one that opens here.
    fn closed(&self, opened: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for (place, word) in self.words.iter().enumerate().skip(opened) {
            match word {
                Word::Sign("(" | "[") => depth += 1,
                Word::Sign(")" | "]") => depth = depth.checked_sub(1)?,
                _ => {}
            }
            if depth == 0 {
                return Some(place + 1);
            }
        }
        None
    }
}
