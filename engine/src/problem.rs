//! A problem in one YAML value, before it has a place: what is wrong, under which keys, at which
//! character. The compiler, which knows the file, turns it into a `Diagnostic`.

use crate::diagnostic::Severity;
use crate::ids::{DecisionName, FormName};
use crate::wide;

/// One problem, found by the expression, form or decision compiler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The decision table it is in, where it was found while compiling a process that asks it; the
    /// path is then one in the table's file.
    pub table: Option<DecisionName>,
    /// The form it is in, where it was found while compiling a process that uses it; likewise.
    pub form: Option<FormName>,
    /// Keys (and indices as text) from the top of the YAML document to the offending value.
    pub path: Vec<String>,
    /// Where in that value, in characters from 0, if it is in the middle of a text.
    pub offset: Option<usize>,
    /// Whether it is about the key that the path ends with, and not about its value.
    pub on_key: bool,
    /// How many characters the offending text has, where that is known.
    pub length: Option<usize>,
    /// Stable, lowerCamelCase, such as `unknownName`.
    pub code: &'static str,
    /// What was expected and what was found.
    pub message: String,
    /// What to do about it, where that can be said.
    pub hint: Option<String>,
}

impl Problem {
    /// An error about the value as a whole.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            table: None,
            form: None,
            path: Vec::new(),
            offset: None,
            on_key: false,
            length: None,
            code,
            message: message.into(),
            hint: None,
        }
    }

    /// A warning about the value as a whole.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// The same at a character of the value.
    #[must_use]
    pub fn at(mut self, offset: usize) -> Self {
        self.offset = Some(offset);
        self
    }

    /// The same about the key.
    #[must_use]
    pub fn at_key(mut self) -> Self {
        self.on_key = true;
        self
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with a hint, where there is one.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }

    /// The same under keys: they go before the path that it has, unless that is
    /// one of another file.
    #[must_use]
    pub fn under<K: AsRef<str>>(mut self, keys: &[K]) -> Self {
        if self.table.is_some() || self.form.is_some() {
            return self;
        }
        let mut path: Vec<String> = keys.iter().map(|key| key.as_ref().to_owned()).collect();
        path.append(&mut self.path);
        self.path = path;
        self
    }

    /// Whether it rests on all that an input of a decision table can be.
    pub(crate) fn is_about_all_inputs(&self) -> bool {
        matches!(self.code, "decisionGap" | "ruleNeverFires" | "decisionTooLarge")
    }

    /// The same moved right by some characters, such as the `=` before an expression.
    #[must_use]
    pub fn shift(mut self, characters: usize) -> Self {
        self.offset = self.offset.map(|offset| offset + characters);
        self
    }
}

/// The name nearest to a misspelt one, as a hint such as "did you mean plan?".
pub fn did_you_mean<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let name = nearest(found, known)?;
    Some(match wide::invisible(found) {
        Some(sign) => format!("did you mean `{name}`? A sign that nobody sees is in it ({sign})"),
        None if wide::visible(found) == name => {
            format!("did you mean `{name}`? There is a blank before or behind it")
        }
        None => format!("did you mean `{name}`?"),
    })
}

/// The name nearest to a misspelt one, if any is near.
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = found.chars().count();
    let allowed = (length / 3).clamp(1, 4);
    known
        .into_iter()
        // Longer or shorter by more than the edits there may be: it cannot be near.
        .filter(|name| name.chars().count().abs_diff(length) <= allowed)
        .map(|name| (if name == found { 0 } else { distance(found, name) }, name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name)
}

/// Edits (of letters, case ignored) that make one word the other; two letters that changed places are
/// one edit.
pub(crate) fn distance(left: &str, right: &str) -> usize {
    let letters = |word: &str| word.chars().flat_map(char::to_lowercase).collect::<Vec<char>>();
    let (left, right) = (letters(left), letters(right));
    let mut row: Vec<usize> = (0..=right.len()).collect();
    let mut above = vec![0; right.len() + 1];
    for (i, a) in left.iter().enumerate() {
        let mut next = vec![i + 1; right.len() + 1];
        for (j, b) in right.iter().enumerate() {
            let changed = row[j] + usize::from(a != b);
            next[j + 1] = changed.min(row[j + 1] + 1).min(next[j] + 1);
            let is_turned = i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b;
            if is_turned {
                next[j + 1] = next[j + 1].min(above[j - 1] + 1);
            }
        }
        above = std::mem::replace(&mut row, next);
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::{Problem, nearest};

    #[test]
    fn a_misspelt_name_finds_its_nearest() {
        for (found, expected) in [
            ("aplications", Some("applications")),
            ("Plan", Some("plan")),
            ("pln", Some("plan")),
            ("plna", Some("plan")),
            ("whatever", None),
        ] {
            assert_eq!(nearest(found, ["applications", "plan", "review"]), expected, "{found}");
        }
    }

    #[test]
    fn keys_go_before_the_path() {
        let problem = Problem::error("x", "y").under(&["when"]).under(&["fields", "mode"]);
        assert_eq!(problem.path, ["fields", "mode", "when"]);
    }
}
