//! Processes as blocks, each with one way in and one way out, so that what is made of them is sound.

use proptest::prelude::*;

use super::outside;

/// A piece of a process with one way in and one way out.
#[derive(Debug, Clone)]
pub(super) enum Block {
    /// A task; with a clock on it that may interrupt.
    Task { clock: Option<bool> },
    /// A first task, something, and a second one that may send back to the first.
    Review { inner: Vec<Block>, straight_back: bool },
    /// A wait.
    Wait,
    /// A variable gets a value.
    Set(u8),
    /// One of several ways.
    Choice(Vec<Vec<Block>>),
    /// One of two ways; the first ends its whole scope at once.
    Stop(Vec<Block>),
    /// One of two ways; the first throws an error, which the sub-process around it catches, or the
    /// case.
    Fail(Vec<Block>),
    /// All ways.
    Fork(Vec<Vec<Block>>),
    /// Some ways.
    Some(Vec<Vec<Block>>),
    /// A process within the process; with a clock on it that may interrupt.
    Inside { inner: Vec<Block>, clock: Option<bool> },
    /// The same for each of some items.
    Each { inner: Vec<Block>, runs: usize },
    /// A task for each of some items.
    Many { runs: usize },
    /// A task that several people sign, in one of the ways of `SIGN_RULES`.
    Signed(usize),
    /// A case of another process.
    Call { clock: Option<bool> },
    /// A task and some blocks that people begin in any order, in one of the ways of `CHOOSING`.
    Free { inner: Vec<Block>, choosing: usize },
    /// One of `OUTSIDE`.
    Outside(usize),
    /// Things are handed in.
    Intake,
    /// Whichever comes first.
    Race,
}

/// The rules of `Block::Signed`.
pub(super) const SIGN_RULES: [&str; 10] = [
    "role: clerk, sign: any",
    "role: clerk, sign: all",
    "role: clerk, sign: inOrder",
    "role: clerk, sign: vote",
    "role: clerk, sign: { rule: vote, quorum: 2, close: due }, due: 2 days",
    "role: clerk, sign: all, due: 2 days, overdue: { to: NEXT }",
    "role: clerk, sign: inOrder, due: 2 days, overdue: { to: NEXT }",
    "people: '=[\"li\", \"wu\", \"zhao\"]', sign: any, starter: skip",
    "role: clerk, sign: inOrder, dedupe: everyTime",
    "people: '=[\"zhao\", \"li\", \"wu\"]', sign: vote, starter: superior, dedupe: inRow",
];

pub(super) fn blocks() -> impl Strategy<Value = Vec<Block>> {
    let clock = || proptest::option::of(any::<bool>());
    let leaf = prop_oneof![
        4 => clock().prop_map(|clock| Block::Task { clock }),
        1 => Just(Block::Wait),
        1 => (0_u8..5).prop_map(Block::Set),
        1 => (0..RUNS.len()).prop_map(|runs| Block::Many { runs }),
        1 => (0..SIGN_RULES.len()).prop_map(Block::Signed),
        1 => clock().prop_map(|clock| Block::Call { clock }),
        4 => (0..outside::OUTSIDE.len()).prop_map(Block::Outside),
        2 => Just(Block::Outside(outside::OUTSIDE.len() - 1)),
        2 => Just(Block::Intake),
        1 => Just(Block::Race),
    ];
    let list = |block: BoxedStrategy<Block>| proptest::collection::vec(block, 1..3);
    let block = leaf.prop_recursive(3, 14, 3, move |inner| {
        let one = list(inner.clone().boxed());
        let ways = proptest::collection::vec(list(inner.boxed()), 2..4);
        prop_oneof![
            (one.clone(), any::<bool>())
                .prop_map(|(inner, straight_back)| Block::Review { inner, straight_back }),
            ways.clone().prop_map(Block::Choice),
            one.clone().prop_map(Block::Stop),
            one.clone().prop_map(Block::Fail),
            ways.clone().prop_map(Block::Fork),
            ways.prop_map(Block::Some),
            (one.clone(), clock()).prop_map(|(inner, clock)| Block::Inside { inner, clock }),
            (one.clone(), 0..RUNS.len()).prop_map(|(inner, runs)| Block::Each { inner, runs }),
            (one, 0..CHOOSING.len()).prop_map(|(inner, choosing)| Block::Free { inner, choosing }),
        ]
    });
    proptest::collection::vec(block, 1..4)
}

/// How people choose.
pub(super) const CHOOSING: [&str; 4] = [
    "ordering: parallel",
    "ordering: sequential",
    "until: rounds.TASK > 0",
    "until: rounds.TASK > 1, cancelRemaining: false",
];

/// How an activity runs more than once.
pub(super) const RUNS: [&str; 6] = [
    "forEach: { in: list, as: it, mode: sequential }",
    "forEach: { in: list, as: it, mode: sequential, until: n > 2 }",
    "forEach: { in: list, as: it, mode: parallel }",
    "forEach: { in: list, as: it, mode: parallel, until: n > 2 }",
    "loop: { while: n < 3, max: 3 }",
    "loop: { while: n < 3, max: 2, testBefore: true }",
];
