//! Ended cases that run again: whatever they may be returned to then leads on to the end.

use proptest::prelude::*;

use super::{Run, blocks, commands, seeds, yaml};
use crate::command::Command;
use crate::definition::source::Then;
use crate::ids::{Key, NodeName};
use crate::instance::Status;
use crate::step::case_tests::admin;
use crate::step::tests::person;

impl Run {
    /// Lets the case run again from a node, as a case of its own.
    fn again_from(&self, to: &NodeName) -> Self {
        let mut again = self.clone();
        let command = Command::Reopen { to: to.clone(), reason: "why".to_owned() };
        assert!(again.give(admin(), command), "{to} is offered");
        again
    }

    /// Tries everything that leads back, each on a copy, and goes on to the end from there.
    fn lead_back_everywhere(&self, number: usize) {
        for (task, who, to) in self.offered_returns() {
            for then in [Then::RunOn, Then::ComeBack] {
                let mut returned = self.clone();
                let done = returned.return_to(task, &who, &to, then);
                assert!(done || then == Then::ComeBack, "{to} is offered");
                returned.end(number);
            }
        }
        let decided: Vec<Key> = self.instance.trail().keys().copied().collect();
        for task in decided {
            for who in ["li", "wu"] {
                let mut taken = self.clone();
                let command = Command::TakeBack { task, reason: String::new() };
                if taken.give(person(who), command) {
                    taken.end(number);
                }
            }
        }
        let mut withdrawn = self.clone();
        if withdrawn.give(person("li"), Command::Withdraw { reason: "why".to_owned() }) {
            withdrawn.end(number);
        }
    }
}

#[test]
fn whatever_a_case_that_runs_again_is_returned_to_leads_on_to_the_end() {
    let some = (blocks(), commands(12), commands(6), any::<bool>(), any::<usize>());
    seeds::run(24, &some, |(blocks, before, since, early, number)| {
        let mut run = Run::begin(&yaml(&blocks));
        for command in &before {
            run.random(*command);
        }
        if early && run.instance.status() == Status::Active {
            let terminate = Command::Terminate { task: None, reason: "why".to_owned() };
            assert!(run.give(admin(), terminate), "an admin may end it");
        } else {
            run.end(number);
        }
        for to in run.definition.reopen_targets() {
            let mut again = run.again_from(&to);
            again.lead_back_everywhere(number);
            for command in &since {
                again.random(*command);
            }
            again.lead_back_everywhere(number);
        }
    });
}
