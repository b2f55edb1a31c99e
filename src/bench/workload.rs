//! What is measured: cases of three tasks, each task claimed and completed by a clerk, with a key of
//! idempotency for every command. How fast it went is `throughput`.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use engine::actor::{Actor, Grant};
use engine::command::Command;
use engine::ids::Key;
use engine::instance::Waiting;
use store::{Committed, Store, Submit};

/// Commands of one case: a start, three claims, three completions.
pub(crate) const COMMANDS: usize = 7;

const PACK: [(&str, &str); 4] = [
    ("pack.yaml", "pack: bench\nname: Bench\nversion: '1'\ncalendar: cn\n"),
    ("roles.yaml", "roles:\n  clerk: { name: Clerk }\n"),
    ("calendars/cn.yaml", "calendar: cn\nzone: UTC\n"),
    (
        "processes/three.yaml",
        "process: three
name: Three tasks
startedBy: [clerk]
nodes:
  one: { type: userTask, role: clerk, due: 4 hours }
  two: { type: userTask, role: clerk, due: 4 hours }
  three: { type: userTask, role: clerk, due: 4 hours }
",
    ),
];

/// The files of the pack with the process.
pub(crate) fn files() -> store::PackFiles {
    PACK.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).to_vec()
}

/// Publishes the process.
pub(crate) async fn deploy(store: &Store) -> Result<()> {
    store.deploy(files(), "bench").await.context("the process could not be published")?;
    Ok(())
}

/// A case on its way: which command comes next.
#[derive(Debug)]
pub(crate) struct Case {
    clerk: Actor,
    last: Option<Committed>,
    claimed: bool,
}

impl Case {
    /// A case that has not begun.
    pub(crate) fn new() -> Self {
        let grants = vec![Grant { role: "clerk".into(), unit: None }];
        let clerk = Actor::Person { id: "li".into(), unit: None, grants };
        Self { clerk, last: None, claimed: false }
    }

    /// Carries the next command out; answers whether the case has ended, and then begins anew.
    pub(crate) async fn next(&mut self, store: &Store, key: u64) -> Result<bool> {
        let submit = self.command().dedup(self::key(key));
        let committed = store.submit(submit).await.context("a command was not carried out")?;
        self.last = open_task(&committed).is_some().then_some(committed);
        Ok(self.last.is_none())
    }

    fn command(&mut self) -> Submit {
        let clerk = self.clerk.clone();
        let open = self.last.as_ref().and_then(|last| Some((last.instance, open_task(last)?)));
        let Some((case, task)) = open else {
            let documents = BTreeMap::new();
            let start =
                Command::Start { process: "three".into(), documents, parent: None, origin: None };
            self.claimed = false;
            return Submit::new(clerk, start);
        };
        self.claimed = !self.claimed;
        let command = if self.claimed {
            Command::ClaimTask { task }
        } else {
            let documents = BTreeMap::new();
            Command::CompleteTask {
                task,
                outcome: None,
                documents,
                comment: None,
                seen: BTreeMap::new(),
            }
        };
        Submit::to(case, clerk, command)
    }
}

/// A key as clients make them: 32 characters that come in no order.
pub(crate) fn key(number: u64) -> String {
    let mixed = |salt: u64| {
        let mut mixed = number.wrapping_add(salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    format!("{:016x}{:016x}", mixed(0), mixed(u64::MAX / 2))
}

fn open_task(committed: &Committed) -> Option<Key> {
    let mut activations = committed.after.activations().iter();
    activations.find(|(_, own)| matches!(own.waiting, Waiting::Task { .. })).map(|(key, _)| *key)
}
