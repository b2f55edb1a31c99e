//! Random commands, sensible or not.

use proptest::prelude::*;

use super::super::case_tests::admin;
use super::super::tests::person;
use super::run::Run;
use crate::actor::Actor;
use crate::command::{Change, Command};
use crate::definition::source::Then;
use crate::ids::{Key, NodeName};
use crate::instance::Waiting;

impl Run {
    /// Tasks that were decided by a vote in a round that runs.
    fn votes(&self) -> Vec<Key> {
        let votes = |waiting: &Waiting| match waiting {
            Waiting::Items { votes, .. } => votes.iter().map(|vote| vote.task).collect(),
            _ => Vec::new(),
        };
        self.instance.activations().values().flat_map(|one| votes(&one.waiting)).collect()
    }

    pub(super) fn random_return(&mut self, number: u16) {
        let offered = self.offered_returns();
        let Some((task, who, to)) = offered.get(usize::from(number) % offered.len().max(1)) else {
            return;
        };
        let then = if number.is_multiple_of(5) { Then::ComeBack } else { Then::RunOn };
        let done = self.return_to(*task, who, to, then);
        assert!(done || then == Then::ComeBack, "what is offered is possible");
    }

    /// One command that a number stands for, sensible or not.
    pub(super) fn random(&mut self, (kind, number): (u8, u16)) {
        let pick = |keys: &[Key]| keys.get(usize::from(number) % keys.len().max(1)).copied();
        let all: Vec<Key> = self.instance.activations().keys().copied().collect();
        let open = pick(&self.tasks()).unwrap_or(Key(999));
        let any = pick(&all).unwrap_or(Key(999));
        let who = if number % 3 == 0 { "wu" } else { "li" };
        match kind {
            0..=2 => {
                let outcome = ["ok", "no", "back"][usize::from(number / 7) % 3];
                self.complete(open, Some(outcome), who);
            }
            3 | 4 => {
                self.complete(open, None, who);
            }
            5 => {
                self.give(person(who), Command::ClaimTask { task: open });
            }
            6 => {
                self.give(person(who), Command::ReleaseTask { task: open });
            }
            7 | 8 => {
                self.next_timer();
            }
            9 => {
                let timer = u32::from(number % 4);
                self.give(Actor::System, Command::FireTimer { key: any, timer });
            }
            10 => {
                self.complete(any, Some("ok"), who);
            }
            11 => {
                self.give(person(who), Command::Retry { key: any });
            }
            12..=14 => self.misplaced(kind, any),
            25..=40 => self.outside(kind - 25, number),
            15 => {
                let node = self.any_node(number);
                self.give(person(who), Command::BeginActivity { within: any, node });
            }
            16 | 17 => self.random_return(number),
            18 => {
                let mut done: Vec<Key> = self.instance.trail().keys().copied().collect();
                done.extend(self.votes());
                let task = pick(&done).unwrap_or(Key(999));
                self.give(person(who), Command::TakeBack { task, reason: String::new() });
            }
            19 => {
                let (to, reason) = ("wu".into(), String::new());
                self.give(person(who), Command::TransferTask { task: open, to, reason });
            }
            20 => {
                let (to, reason) = ("zhao".into(), String::new());
                self.give(person(who), Command::DelegateTask { task: open, to, reason });
            }
            22 => {
                self.end_call();
            }
            21 => {
                self.give(person("zhao"), Command::HandBack { task: open, comment: None });
            }
            23 | 24 => self.stand_still(kind == 23 && number.is_multiple_of(3), number),
            _ => {
                self.give(person(who), Command::Comment { text: "…".to_owned() });
            }
        }
    }

    /// A command that no node of these definitions is for.
    pub(super) fn misplaced(&mut self, kind: u8, key: Key) {
        let command = match kind {
            12 => Command::DeliverMessage { key, message: "m".into(), payload: None },
            13 => Command::CompleteJob { key, result: serde_json::Value::Null },
            _ => {
                self.give(Actor::Public, Command::ClaimTask { task: key });
                return;
            }
        };
        self.give(Actor::System, command);
    }

    pub(super) fn any_node(&self, number: u16) -> NodeName {
        let nodes = self.definition.nodes();
        nodes[usize::from(number) % nodes.len()].name().clone()
    }

    /// An admin lets the case stand still, or go on some minutes later.
    pub(super) fn stand_still(&mut self, still: bool, minutes: u16) {
        if still {
            self.give(admin(), Command::Suspend { reason: "why".to_owned() });
        } else {
            self.now = self.now.plus_ms(i64::from(minutes) * 60_000);
            self.give(admin(), Command::Resume);
        }
    }

    /// An admin moves some token by hand, where that is possible.
    pub(super) fn modify(&mut self, (kind, number): (u8, u16)) {
        let pick = usize::from(number);
        let node = self.any_node(number);
        let active: Vec<Key> = self.instance.activations().keys().copied().collect();
        let key = active.get(pick % active.len().max(1)).copied().unwrap_or_default();
        let waiting = self.instance.arrivals().first().map(|arrival| arrival.node.clone());
        let change = match kind % 6 {
            0 => Change::Cancel { key },
            1 => Change::StartBefore { node, scope: None },
            2 => Change::StartAfter { node, scope: None },
            3 => Change::CancelWaiting { node: waiting.unwrap_or(node), scope: None },
            _ => Change::Move { key, to: node, scope: None },
        };
        let reason = "why".to_owned();
        self.by_hand |= self.give(admin(), Command::Modify { changes: vec![change], reason });
    }
}

/// Commands as a kind and a number that `Run::random` reads.
pub(super) fn commands(most: usize) -> impl Strategy<Value = Vec<(u8, u16)>> {
    proptest::collection::vec((0..42_u8, any::<u16>()), 0..most)
}
