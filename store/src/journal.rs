//! The legal record: how a command becomes a journal row and how rows are chained. A row's hash is
//! that of the row before it in its lane, of the case's row before it, and of everything the row
//! says, so nothing can be changed, left out or moved without its showing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use engine::actor::{Actor, Member};
use engine::command::Envelope;
use engine::event::Event;
use engine::ids::{Hash, ProcessName, RoleName};
use engine::rejection::Rejection;
use serde::{Deserialize, Serialize};
use sha2::Digest;

use crate::tables::journal::Model;

/// The hash before the first row of a lane and of a case.
pub(crate) const BEGINNING: &str = "";
/// What a row says before its content takes about that much.
const HEAD_BYTES: usize = 320;

/// What a journal row says beyond its columns.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Record {
    /// The command with everything a step was told; documents by hash.
    pub envelope: Envelope,
    /// The definition it ran on; none when there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<DefinitionRef>,
    /// What the step asked for and was given.
    #[serde(default, skip_serializing_if = "Given::is_empty")]
    pub facts: Given,
    /// What happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Arc<[Event]>>,
    /// Why nothing happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<Rejection>,
}

/// A definition by name, version and hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefinitionRef {
    /// The process.
    pub process: ProcessName,
    /// Its version.
    pub version: u32,
    /// The hash of the pack's files it was compiled from.
    pub hash: Hash,
}

/// Facts that a step was given on its asking, so that it can be run again bit for bit.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Given {
    /// Members of roles.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub members: BTreeMap<RoleName, Arc<Vec<Member>>>,
    /// Roles that nobody held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unheld: Vec<String>,
    /// Next numbers of series: series, year, number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<(String, i32, u32)>,
}

impl Given {
    fn is_empty(&self) -> bool {
        self.members.is_empty() && self.unheld.is_empty() && self.numbers.is_empty()
    }
}

/// An actor as the journal's column has it.
pub(crate) fn actor(actor: &Actor) -> String {
    match actor {
        Actor::Person { id, .. } => format!("person:{id}"),
        Actor::Public => "public".into(),
        Actor::System => "system".into(),
        Actor::Case { id } => format!("case:{id}"),
    }
}

/// The hash that a row must have after the one before it in its lane.
pub(crate) fn hash(before: &str, row: &Model) -> Hash {
    let mut head = String::with_capacity(HEAD_BYTES);
    let mut line = |value: &dyn std::fmt::Display| {
        writeln!(head, "{value}").expect("a text takes what is written");
    };
    line(&before);
    line(&row.case_prev.as_deref().unwrap_or_default());
    for number in [Some(row.lane), Some(row.pos), row.instance_id, row.instance_version] {
        match number {
            Some(number) => line(&number),
            None => line(&""),
        }
    }
    line(&row.at);
    line(&row.command);
    line(&row.actor);
    line(&row.dedup.as_deref().unwrap_or_default());
    line(&row.refused.as_deref().unwrap_or_default());
    let digest = sha2::Sha256::new().chain_update(head).chain_update(&row.content).finalize();
    Hash::from_bytes(&digest)
}

/// What is written: the same as `Record`, borrowed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Written<'a> {
    pub(crate) envelope: &'a Envelope,
    pub(crate) definition: DefinitionRef,
    #[serde(skip_serializing_if = "Given::is_empty")]
    pub(crate) facts: Given,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) events: Option<&'a [Event]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rejection: Option<&'a Rejection>,
}

impl Record {
    /// Reads a row's content.
    pub(crate) fn read(content: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(content)
    }
}
