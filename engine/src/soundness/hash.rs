//! A quick hash for states: they are many, and nobody chooses them to collide but at the cost of a
//! slower check, which its bound ends. (It multiplies as rustc's own does.)

use std::hash::{BuildHasherDefault, Hasher};

/// Makes such hashes.
pub(super) type Quick = BuildHasherDefault<Mixed>;

/// A hash that is being made.
#[derive(Debug, Default)]
pub(super) struct Mixed(u64);

impl Mixed {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        // The low bits choose the place in the table.
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.mix(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, word: u32) {
        self.mix(u64::from(word));
    }

    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }

    fn write_usize(&mut self, word: usize) {
        self.mix(word as u64);
    }

    fn write_isize(&mut self, word: isize) {
        self.mix(word.cast_unsigned() as u64);
    }
}
