//! The formal core on random definitions and random commands, valid and not. What must hold of
//! every case is here; what one element does is beside it.
//!
//! Definitions are built from blocks, so that each of them is sound: a case that keeps deciding
//! tasks and lets time pass must end, and without an incident.

mod blocks;
mod graphs;
mod migrated;
mod moves;
mod outside;
mod reopened;
mod run;
mod seeds;
mod tokens;
mod writer;

use proptest::prelude::*;

use crate::definition::source::Then;
use crate::ids::InstanceId;
use crate::instance::Instance;
use blocks::{Block, blocks};
use moves::commands;
use run::Run;
use writer::yaml;

fn check(blocks: &[Block], commands: &[(u8, u16)], late: &[(u8, u16)], number: usize) {
    let mut run = Run::begin(&yaml(blocks));
    let mut found = crate::soundness::check(&run.definition);
    // A clock may stand on something that is done at once.
    found.retain(|problem| problem.code != "neverReached");
    assert_eq!(found, [], "blocks are sound");
    for command in commands {
        run.random(*command);
    }
    for (kind, number) in late {
        run.end_or_reopen(*kind, *number);
    }
    run.end(number);
    let folded = Instance::replay(InstanceId(1), &run.events).expect("there are events");
    assert_eq!(folded, run.instance, "the case is the fold of all its events");
    let text = serde_json::to_string(&run.instance).expect("it serialises");
    let back: Instance = serde_json::from_str(&text).expect("it reads back");
    assert_eq!(back, run.instance, "an instance reads as it was written");
}

#[test]
fn every_case_keeps_its_tokens_and_ends() {
    let late = proptest::collection::vec((0_u8..7, any::<u16>()), 0..4);
    seeds::run(
        160,
        &(blocks(), commands(36), late, any::<usize>()),
        |(blocks, commands, late, number)| check(&blocks, &commands, &late, number),
    );
}

/// What comes from outside finds something that waits for it.
#[test]
fn a_case_that_waits_for_much_keeps_its_tokens_and_ends() {
    let late = proptest::collection::vec((0_u8..7, any::<u16>()), 0..2);
    let from_outside = proptest::collection::vec((20_u8..42, any::<u16>()), 0..40);
    seeds::run(
        60,
        &(blocks(), from_outside, late, any::<usize>()),
        |(blocks, commands, late, number)| {
            let waits = [Block::Intake, Block::Race, Block::Signed(1)].map(|block| vec![block]);
            let mut ways = waits.to_vec();
            ways.extend((0..outside::OUTSIDE.len()).map(|kind| vec![Block::Outside(kind)]));
            ways.push(blocks);
            check(&[Block::Fork(ways)], &commands, &late, number);
        },
    );
}

#[test]
fn every_return_that_is_offered_leads_on_to_the_end() {
    seeds::run(160, &(blocks(), commands(16), any::<usize>()), |(blocks, commands, number)| {
        let mut run = Run::begin(&yaml(&blocks));
        for command in &commands {
            run.random(*command);
        }
        for (task, who, to) in run.offered_returns() {
            for then in [Then::RunOn, Then::ComeBack] {
                let mut returned = run.clone();
                let done = returned.return_to(task, &who, &to, then);
                assert!(done || then == Then::ComeBack, "{to} is offered");
                if then == Then::RunOn {
                    returned.is_undecided(&to);
                }
                returned.end(number);
            }
        }
    });
}

#[test]
fn a_case_whose_tokens_were_moved_by_hand_can_be_led_to_its_end() {
    let moves = proptest::collection::vec((any::<u8>(), any::<u16>()), 1..4);
    seeds::run(
        160,
        &(blocks(), commands(12), moves, any::<usize>()),
        |(blocks, commands, moves, number)| {
            let mut run = Run::begin(&yaml(&blocks));
            for command in &commands {
                run.random(*command);
            }
            for one in &moves {
                run.modify(*one);
            }
            run.end(number);
        },
    );
}

#[test]
fn a_terminating_end_takes_the_tokens_that_wait_at_a_join_with_it() {
    let stop = vec![Block::Set(2), Block::Stop(vec![Block::Task { clock: None }])];
    let fork = Block::Fork(vec![vec![Block::Set(1)], stop]);
    check(std::slice::from_ref(&fork), &[], &[], 0);
    check(&[Block::Inside { inner: vec![fork.clone()], clock: None }], &[], &[], 0);
    check(&[Block::Each { inner: vec![fork], runs: 0 }], &[], &[], 0);
}
