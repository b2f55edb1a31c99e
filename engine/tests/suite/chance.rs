//! Chance that can be had again: numbers from a seed, which a failing test prints.

/// Runs a test once for each of several seeds: few, or many where `MANDATE_TEST_LONG` is set. With
/// `MANDATE_TEST_SEED=…` only that one. A failure prints the seed.
pub(crate) fn for_seeds(few: u64, many: u64, test: impl Fn(&mut Chance)) {
    let asked = std::env::var_os("MANDATE_TEST_SEED").map(|seed| {
        seed.to_string_lossy().parse::<u64>().expect("MANDATE_TEST_SEED is a whole number")
    });
    let runs = if std::env::var_os("MANDATE_TEST_LONG").is_some() { many } else { few };
    let seeds = asked.map_or(1..=runs, |seed| seed..=seed);
    for seed in seeds {
        let shown = Shown(seed);
        test(&mut Chance::new(seed));
        std::mem::forget(shown);
    }
}

/// Says which seed it was when a test panics.
struct Shown(u64);

impl Drop for Shown {
    fn drop(&mut self) {
        eprintln!("it failed with MANDATE_TEST_SEED={}", self.0);
    }
}

/// Numbers that look random (xorshift64*), and the seed that they came of.
#[derive(Clone)]
pub(crate) struct Chance(u64, u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, seed);
        chance.next();
        chance
    }

    /// What it came of.
    pub(crate) fn seed(&self) -> u64 {
        self.1
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below another.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).expect("it fits");
        usize::try_from((self.next() >> 11) % limit).expect("it is below the limit")
    }

    /// One of several.
    pub(crate) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}
