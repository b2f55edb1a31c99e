//! What may only follow from files that could not be read whole: it is not told beside what is wrong
//! with them. What cannot follow from that is told at once.

use crate::ids::PersonId;
use crate::problem::{Problem, nearest};
use crate::yaml::Tree;

use super::salvage::{Salvaged, has_fault, is_doubtful};
use super::{Kind, Loaded};

/// Keys of `pack.yaml` that others depend on.
const CALENDAR: &str = "calendar";

impl Loaded {
    /// Whether a problem only says that something is missing which is there, but could not be read.
    pub(super) fn follows(&self, kind: Kind, part: &str, problem: &Problem) -> bool {
        if problem.code == "noCalendar" {
            return self.may_name_calendar();
        }
        if !problem.code.starts_with("unknown") || self.broken.is_empty() {
            return false;
        }
        let Some(name) = named(&problem.message) else { return false };
        let own = self.file(kind, part);
        if problem.message.contains("of the called process") {
            let is_lost = |salvaged: &Salvaged| salvaged.has_lost(name);
            let mut unread = self
                .broken
                .iter()
                .filter(|(kind, file)| *kind == Kind::Process && Some(file.as_str()) != own);
            return self.salvaged.values().any(is_lost)
                || unread.any(|(_, file)| {
                    let text = self.texts.get(file).map(String::as_str);
                    let mended = self.tree(file).filter(|tree| tree.is_mended()).map(Tree::text);
                    text.or(mended).is_some_and(|text| may_have(text, name))
                });
        }
        let kinds: &[Kind] = match problem.code {
            "unknownRole" => &[Kind::Roles],
            "unknownUnit" | "unknownPerson" => &[Kind::People],
            "unknownForm" => &[Kind::Form],
            "unknownNotice" => &[Kind::Notice],
            "unknownRegister" => &[Kind::Register],
            "unknownColumn" if problem.table.is_none() => &[Kind::Register],
            "unknownDecision" => &[Kind::Decision],
            "unknownProcess" => &[Kind::Process],
            "unknownCalendar" => &[Kind::Calendar],
            // A field of a document, or of the persons who hold a role.
            "unknownField" => &[Kind::Form, Kind::People],
            _ => {
                let mentions =
                    |(_, name): &(Kind, String)| problem.message.contains(&format!("`{name}`"));
                return self.broken.iter().any(mentions);
            }
        };
        kinds.iter().any(|kind| self.may_define(*kind, name, own))
    }

    /// Whether a name may be defined in a file of a kind that could not be read whole: it stands there
    /// before a colon or names a part; where nobody knows what stands where, it is one of its words.
    fn may_define(&self, kind: Kind, name: &str, own: Option<&str>) -> bool {
        self.broken.iter().filter(|(other, _)| *other == kind).any(|(_, file)| {
            match self.tree(file) {
                _ if file == name => true,
                Some(tree) if !tree.is_mended() => tree.may_define(name),
                // In the file that misses it, it stands once for that.
                Some(tree) => count(tree.text(), name) > usize::from(own == Some(file)),
                None => self.texts.get(file).is_some_and(|text| may_have(text, name)),
            }
        })
    }

    /// Whether a problem of a part stands where its file has something wrong.
    pub(super) fn is_in_doubt(&self, kind: Kind, name: &str, problem: &Problem) -> bool {
        let Some((tree, path)) = self.find(kind, name, &problem.path) else { return false };
        self.faults.get(tree.file()).is_some_and(|faults| is_doubtful(tree, &path, faults))
    }

    /// Whether a part has the name of another, by which only that one is meant.
    pub(super) fn is_duplicate(&self, kind: Kind, name: &str) -> bool {
        self.duplicates.contains(&(kind, name.to_owned()))
    }

    /// Whether a name may stand in a file of a kind that could not be read whole.
    pub(super) fn may_name(&self, kind: Kind, name: &str) -> bool {
        self.broken.iter().filter(|(other, _)| *other == kind).any(|(_, file)| {
            let text = self.texts.get(file).map(String::as_str);
            let text = text.or_else(|| self.tree(file).map(Tree::text));
            file == name || text.is_some_and(|text| may_have(text, name))
        })
    }

    /// Whether the pack may name a calendar where its file could not be read.
    fn may_name_calendar(&self) -> bool {
        let path = Kind::Pack.location();
        if self.pack.meta.calendar.is_some() || !self.is_broken(Kind::Pack, path) {
            return false;
        }
        let Some(tree) = self.tree(path) else { return true };
        let is_meant = |key: &&str| nearest(key, [CALENDAR]).is_some();
        tree.is_mended() || tree.keys(&[""; 0]).iter().any(is_meant)
    }

    /// Whether people of the pack are not known at all, although it names some.
    pub(super) fn misses_people(&self) -> bool {
        let path = Kind::People.location();
        let is_read = |tree: &Tree| !tree.is_mended() && tree.has(&["people"]);
        self.is_broken(Kind::People, path) && !self.tree(path).is_some_and(is_read)
    }

    /// Whether it is not known what a person holds.
    pub(super) fn is_unsure(&self, person: &PersonId) -> bool {
        let path = ["people".to_owned(), person.to_string()];
        let Some((tree, path)) = self.find(Kind::People, "", &path) else { return false };
        self.faults.get(tree.file()).is_some_and(|faults| has_fault(tree, &path, faults))
    }
}

/// The name that a message says is not there: the last one in it.
fn named(message: &str) -> Option<&str> {
    let mut parts = message.rsplit('`');
    parts.next()?;
    parts.next()
}

/// Whether a word may stand in a text, of which some letters may not have been read.
fn may_have(text: &str, word: &str) -> bool {
    let is_lossy = !word.is_ascii() && text.contains(char::REPLACEMENT_CHARACTER);
    is_lossy || count(text, word) > 0
}

/// How often a word stands in a text by itself.
fn count(text: &str, word: &str) -> usize {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    if word.is_empty() {
        return 0;
    }
    let found = text.match_indices(word).filter(|(at, _)| {
        !text[..*at].ends_with(is_letter) && !text[at + word.len()..].starts_with(is_letter)
    });
    found.count()
}

#[cfg(test)]
mod tests {
    use super::{count, named};

    #[test]
    fn a_name_is_the_last_of_a_message_and_a_word_by_itself() {
        assert_eq!(named("expected a column of `book`, found `waht`"), Some("waht"));
        assert_eq!(named("there is none"), None);
        for (word, expected) in [("clerk", 1), ("cler", 0), ("erk", 0), ("负责人", 1)] {
            assert_eq!(count("{ clerk: { name: 负责人 } }", word), expected, "{word}");
        }
    }
}
