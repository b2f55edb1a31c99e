//! The words of a choice with what people call them. What a choice is for is not known here.

use std::ops::Deref;

use crate::text::{Language, Text};

/// The words of a choice, in order, with their labels where they have any.
#[derive(Debug, Clone, Default)]
pub struct Options {
    words: Vec<String>,
    /// As many as there are words, or none.
    labels: Vec<Text>,
}

impl Options {
    /// Words that stand for themselves.
    pub(super) fn plain(words: impl IntoIterator<Item = String>) -> Self {
        Self { words: words.into_iter().collect(), labels: Vec::new() }
    }

    /// Words, each with what people call it.
    pub fn labelled(options: impl IntoIterator<Item = (String, Text)>) -> Self {
        let (words, labels) = options.into_iter().unzip();
        Self { words, labels }
    }

    /// Whether the words have labels.
    pub(super) fn has_labels(&self) -> bool {
        !self.labels.is_empty()
    }

    /// What people call a word; the word itself where it is none of these.
    pub(crate) fn label<'a>(&'a self, word: &'a str, language: Language) -> &'a str {
        let at = self.words.iter().position(|own| own == word);
        at.and_then(|at| self.labels.get(at)).map_or(word, |label| label.get(language))
    }
}

impl Deref for Options {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.words
    }
}

/// Which words there are makes the type; what they are called does not.
impl PartialEq for Options {
    fn eq(&self, other: &Self) -> bool {
        self.words == other.words
    }
}

impl Eq for Options {}
