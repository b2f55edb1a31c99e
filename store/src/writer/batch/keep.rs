//! What a batch keeps of each command: its journal row, contents by hash, and the end of the row it
//! was made from. Deciding is `batch`.

use engine::command::Content;
use engine::event::Event;
use engine::facts::Facts;
use engine::rejection::Rejection;

use super::{Batch, Open};
use crate::definitions::Published;
use crate::journal::{self, DefinitionRef, Given, Written};
use crate::project::json;
use crate::row::Value;
use crate::submit::Consumes;
use crate::tables;

impl Batch<'_> {
    pub(super) fn consume(&mut self, place: usize) {
        let (table, id) = match &self.jobs[place].submit.consumes {
            Consumes::Nothing | Consumes::NothingStale => return,
            Consumes::FollowUp(id) | Consumes::Call(id) => (&tables::follow_up::TABLE, id),
            Consumes::Message(id) => (&tables::buffered_message::TABLE, id),
        };
        self.rows.remove(id);
        self.changes.delete(table, vec![Value::Text(id.clone())]);
    }

    pub(super) fn keep_contents(&mut self, open: &mut Open, written: &[Content]) {
        let brought: Vec<Content> =
            open.envelope.command.contents_mut().into_iter().map(|own| own.clone()).collect();
        for content in brought.iter().chain(written) {
            let body = content.value.to_string();
            let hash = content.hash.as_str();
            self.desk.cache.keep_content(hash, content.value.clone(), body.len());
            self.contents.insert(content.hash.clone(), content.value.clone());
            let row = tables::content::Model { hash: hash.to_owned(), body };
            self.changes.put(&tables::content::TABLE, row.into_row());
        }
    }

    /// A journal row that is not chained yet. Only what was carried out holds its key.
    pub(super) fn journal_row(
        &self,
        place: usize,
        open: &Open,
        published: &Published,
        case: Option<(i64, i64)>,
        case_prev: Option<String>,
        result: Result<&[Event], &Rejection>,
    ) -> tables::journal::Model {
        let (events, rejection) = (result.ok(), result.err());
        let refused = rejection.map(|rejection| rejection.code().to_owned());
        let record = Written {
            envelope: &open.envelope,
            definition: DefinitionRef {
                process: published.process.clone(),
                version: published.version,
                hash: published.hash.clone(),
            },
            facts: given(&open.facts),
            events,
            rejection,
        };
        tables::journal::Model {
            lane: self.head.lane,
            pos: 0,
            hash: String::new(),
            instance_id: case.map(|(id, _)| id),
            instance_version: case.map(|(_, revision)| revision),
            case_prev,
            at: open.envelope.at.0,
            command: open.envelope.command.name().to_owned(),
            actor: journal::actor(&open.envelope.actor),
            dedup: self.jobs[place].submit.dedup.clone().filter(|_| rejection.is_none()),
            refused,
            content: json(&record),
        }
    }

    /// Adds a journal row at the end of the lane's chain; answers its hash.
    pub(super) fn chain(&mut self, mut row: tables::journal::Model) -> String {
        row.pos = self.head.pos + 1;
        let hash = journal::hash(&self.head.hash, &row).as_str().to_owned();
        row.hash.clone_from(&hash);
        self.changes.put(&tables::journal::TABLE, row.into_row());
        self.head.pos += 1;
        self.head.hash.clone_from(&hash);
        hash
    }
}

fn given(facts: &Facts) -> Given {
    let numbers = facts.numbers.iter();
    let unheld = facts.held.iter().filter(|(_, held)| !**held);
    Given {
        members: facts.members.clone(),
        unheld: unheld.map(|(principal, _)| principal.to_string()).collect(),
        numbers: numbers.map(|((series, year), next)| (series.clone(), *year, *next)).collect(),
    }
}

/// What a panic says.
pub(super) fn panic_text(panic: &Box<dyn std::any::Any + Send>) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a text")
}
