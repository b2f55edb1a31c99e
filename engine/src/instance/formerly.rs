//! What the documents of a case were called before it went over to other versions of its process. Their
//! versions stay as they were written, under the names of then; here is how they are read by those of now.

use serde_json::Value;

use super::Instance;
use crate::event::Redocumented;
use crate::ids::DocumentName;
use crate::time::Timestamp;

/// A name that a document has or had, and which versions were written under it.
#[derive(Debug, Clone)]
pub struct Formerly<'a> {
    /// The name.
    pub name: &'a DocumentName,
    /// Only versions after this number: up to it they are another document's.
    pub after: u32,
    /// Only versions up to this number; none for its name of now.
    pub last: Option<u32>,
    /// What it went through since, the earliest first.
    since: Vec<&'a Redocumented>,
}

impl Formerly<'_> {
    /// A content that was written under this name, with the fields of now.
    pub fn content(&self, written: &Value) -> Value {
        self.since.iter().fold(written.clone(), |value, one| one.content(&value))
    }

    /// The content that counts instead of one that was written under this name, by its hash.
    pub fn now<'h>(&'h self, hash: &'h str) -> &'h str {
        self.since.iter().fold(hash, |hash, one| {
            let changed = one.contents.iter().find(|(before, _)| before.as_str() == hash);
            changed.map_or(hash, |(_, now)| now.as_str())
        })
    }
}

impl Instance {
    /// The names that a document had, the earliest first, with the one of now.
    pub fn names_of<'a>(&'a self, document: &'a DocumentName) -> Vec<Formerly<'a>> {
        let (mut names, mut since) = (Vec::new(), Vec::new());
        let (mut name, mut last) = (document, None);
        for documents in self.earlier.iter().rev().map(|one| &one.documents) {
            if let Some(came) = documents.iter().find(|one| one.to.as_ref() == Some(name)) {
                names.push(Formerly { name, after: came.after, last, since: since.clone() });
                since.insert(0, came);
                (name, last) = (&came.from, Some(came.last));
            } else if let Some(gone) = documents.iter().find(|one| one.from == *name) {
                // Up to there the name was another document's.
                names.push(Formerly { name, after: gone.last, last, since });
                names.reverse();
                return names;
            }
        }
        names.push(Formerly { name, after: 0, last, since });
        names.reverse();
        names
    }

    /// What somebody typed into documents at some time, by the names of now; what was left behind since
    /// is not among it.
    pub fn typed_by_now(&self, at: Timestamp, typed: &Value) -> Value {
        let since = self.earlier.iter().filter(|one| at <= one.until);
        since.fold(typed.clone(), |typed, earlier| {
            let Value::Object(typed) = typed else { return typed };
            let of = |name: &str| earlier.documents.iter().find(|one| one.from.as_str() == name);
            let by_now = typed.into_iter().filter_map(|(name, value)| match of(&name) {
                Some(one) => Some((one.to.as_ref()?.to_string(), one.content(&value))),
                None => Some((name, value)),
            });
            Value::Object(by_now.collect())
        })
    }
}
