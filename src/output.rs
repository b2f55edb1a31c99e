//! The one place that writes for the person at the terminal. Logs are not written here.

use std::io::{IsTerminal as _, Write as _};

/// Prints a result.
pub(crate) fn say(text: &str) {
    // A reader that went away (`mandate check | head`) is no failure of ours.
    let _gone = writeln!(std::io::stdout(), "{text}");
}

/// Prints what is about the run and not its result.
pub(crate) fn complain(text: &str) {
    let _gone = writeln!(std::io::stderr(), "{text}");
}

/// Whether a person watches.
pub(crate) fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}
