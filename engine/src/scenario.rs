//! Scenarios: a pack's own tests, played on a virtual clock by the real engine. `source` is the
//! YAML, `check` what is wrong with it, `fixtures` the documents by name, `world` holds the cases, `play` carries steps out, `expect` compares, `coverage` counts.

mod check;
mod coverage;
mod expect;
mod fixtures;
mod play;
pub mod source;
mod world;

use crate::pack::Loaded;

pub(crate) use check::check;
pub use coverage::{Coverage, Missed};
pub use fixtures::Fixtures;
pub use play::{Failure, Played};

/// Plays one scenario of a pack.
///
/// # Errors
/// Why it failed, with the step's place in its file.
pub fn play(
    built: &crate::pack::Compiled,
    loaded: &Loaded,
    file: &str,
    coverage: &mut Coverage,
) -> Result<Played, Failure> {
    play::play(built, loaded, file, coverage)
}
