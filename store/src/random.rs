//! The only chance there is: a seed for each command, journalled with it, from which the engine
//! draws, made from the system's randomness so that nobody can foresee a draw; and marks by which
//! two writers are told apart.

use std::fs::File;
use std::hash::{BuildHasher as _, Hash as Hashable, RandomState};
use std::io::Read;

use engine::ids::Hash;

/// A number that nobody else has: a mark, not a secret, and nothing that decides.
pub(crate) fn mark(of: impl Hashable) -> u64 {
    RandomState::new().hash_one(of)
}

/// Gives seeds.
#[derive(Debug)]
pub(crate) struct Seeds {
    secret: [u8; 32],
    given: u64,
}

impl Seeds {
    /// A new source; falls back to the standard library's randomness where there is no device.
    pub(crate) fn new() -> Self {
        let mut secret = [0; 32];
        let read = File::open("/dev/urandom").and_then(|mut device| device.read_exact(&mut secret));
        if read.is_err() {
            for part in secret.chunks_exact_mut(8) {
                part.copy_from_slice(&mark(std::process::id()).to_be_bytes());
            }
        }
        Self { secret, given: 0 }
    }

    /// The next seed: 53 bits, so that every JSON reader has it exactly.
    pub(crate) fn give(&mut self) -> u64 {
        self.given = self.given.wrapping_add(1);
        let mut bytes = self.secret.to_vec();
        bytes.extend_from_slice(&self.given.to_be_bytes());
        let digest = Hash::of(&bytes);
        let digits = digest.as_str().get(..13).unwrap_or_default();
        u64::from_str_radix(digits, 16).unwrap_or(self.given)
    }
}
