//! How often random tests run, and from which seeds. A failure names its seed, and
//! `MANDATE_TEST_SEED=…` repeats it; `MANDATE_TEST_LONG=1` goes on until enough steps were made.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

/// Steps that random commands made in this process.
pub(super) static STEPS: AtomicU64 = AtomicU64::new(0);

/// Steps of a long run, at least, in each test.
const STEPS_LONG: u64 = 100_000;

/// Runs a test with random values: `few` of them, or in the long run as many as it takes.
pub(super) fn run<S: Strategy>(few: u32, values: &S, test: impl Fn(S::Value)) {
    let asked = std::env::var_os("MANDATE_TEST_SEED").map(|seed| {
        seed.to_string_lossy().parse::<u64>().expect("MANDATE_TEST_SEED is a whole number")
    });
    let first = asked.unwrap_or_else(|| RandomState::new().hash_one(few));
    let is_long = asked.is_none() && std::env::var_os("MANDATE_TEST_LONG").is_some();
    let begun = STEPS.load(Ordering::Relaxed);
    let mut seed = first;
    loop {
        once(seed, few, values, &test);
        let steps = STEPS.load(Ordering::Relaxed) - begun;
        if !is_long || steps >= STEPS_LONG {
            eprintln!("{steps} steps from MANDATE_TEST_SEED={first} on");
            return;
        }
        seed = seed.wrapping_add(1);
    }
}

fn once<S: Strategy>(seed: u64, cases: u32, values: &S, test: &impl Fn(S::Value)) {
    let config =
        Config { cases, max_shrink_iters: 120, failure_persistence: None, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    // Told before anything fails, and before what fails is made small: that may take longer than a test may.
    eprintln!("MANDATE_TEST_SEED={seed}");
    let done = TestRunner::new_with_rng(config, rng).run(values, |value| {
        test(value);
        Ok(())
    });
    match done {
        Ok(()) => {}
        Err(TestError::Fail(why, value)) => {
            panic!("MANDATE_TEST_SEED={seed}: {why}\nwith {value:?}")
        }
        Err(TestError::Abort(why)) => panic!("MANDATE_TEST_SEED={seed}: {why}"),
    }
}
