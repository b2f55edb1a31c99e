//! The one place that writes for the person at the terminal. Logs are not written here.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether standard error is read by a program, a JSON object a line.
static LOGGED: AtomicBool = AtomicBool::new(false);

/// From now on what is about the run goes into the log, whose lines are all of one form.
pub(crate) fn log_from_now() {
    LOGGED.store(true, Ordering::Relaxed);
}

/// Whether what is about the run goes into the log.
pub(crate) fn is_logged() -> bool {
    LOGGED.load(Ordering::Relaxed)
}

/// Prints a result.
pub(crate) fn say(text: &str) {
    // A reader that went away (`mandate check | head`) is no failure of ours.
    let _gone = writeln!(std::io::stdout(), "{text}");
}

/// Prints what is about the run and not its result.
pub(crate) fn complain(text: &str) {
    if is_logged() {
        tracing::warn!("{text}");
        return;
    }
    let _gone = writeln!(std::io::stderr(), "{text}");
}

/// Whether a person watches.
pub(crate) fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}
