//! Random choices of a test, from a seed that is printed and can be given again.

use std::time::{SystemTime, UNIX_EPOCH};

const SEED: &str = "MANDATE_TEST_SEED";

/// A small generator (`SplitMix64`).
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// From `MANDATE_TEST_SEED`, or from the time; prints the seed.
    ///
    /// # Panics
    /// Where the variable is no number.
    #[expect(clippy::disallowed_methods, reason = "a test's seed, which is printed")]
    pub fn from_environment() -> Self {
        let seed = match std::env::var(SEED) {
            Ok(given) => given.parse().expect("MANDATE_TEST_SEED is a number"),
            Err(_) => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                u64::from(since.subsec_nanos()) ^ since.as_secs()
            }
        };
        eprintln!("random choices: {SEED}={seed}");
        Self(seed)
    }

    /// A number below another one.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }
}
