//! A test in a process of its own that may only have so much memory, and what each file costs there.
//! The system enforces the limit, so a file that needs more ends the process, as it would end a
//! server; the seed was printed before.

use std::cell::RefCell;
use std::process::Command;
use std::time::{Duration, Instant};

/// Address space of the process, as in `tests/hostile.rs`.
pub(super) const BYTES_MAX: u64 = 256 << 20;
/// Set in the confined process.
const CONFINED: &str = "MANDATE_TEST_CONFINED";

/// Runs a test of this name again in a process of its own.
pub(super) fn run(test: &str, body: impl FnOnce()) {
    if std::env::var_os(CONFINED).is_some() {
        return body();
    }
    let script = format!("ulimit -v {} || exit 1; exec \"$@\"", BYTES_MAX >> 10);
    let this = std::env::current_exe().expect("the test's own program");
    let mut command = Command::new("sh");
    command.args(["-c", &script, "sh"]).arg(this).args([test, "--exact", "--nocapture"]);
    // One thread and one arena, so that the address space is not spent on what nobody uses.
    let done = command
        .arg("--test-threads=1")
        .env(CONFINED, "1")
        .env("MALLOC_ARENA_MAX", "1")
        .output()
        .expect("it runs");
    let out = String::from_utf8_lossy(&done.stdout);
    let said = String::from_utf8_lossy(&done.stderr);
    let last: Vec<&str> = said.lines().rev().take(60).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    assert!(done.status.success(), "{}: {}", done.status, last.join("\n"));
    assert!(out.contains("1 passed"), "the test is there under this name: {out}");
    let costs = said.lines().find(|line| line.contains(" files, "));
    eprintln!("{test}: {}", costs.expect("it says what it cost"));
}

/// Tells which file comes, should it end the process.
pub(super) fn begin(seed: u64) {
    eprintln!("MANDATE_TEST_SEED={seed}");
}

/// What this thread has had of a processor.
fn spent() -> Option<Duration> {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    said.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// What something costs of a processor; how long it takes where the system does not tell.
pub(super) fn cost(work: impl FnOnce()) -> Duration {
    let (begun, before) = (Instant::now(), spent());
    work();
    match (before, spent()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => begun.elapsed(),
    }
}

/// What files cost.
#[derive(Default)]
pub(super) struct Costs(RefCell<Vec<Duration>>);

impl Costs {
    pub(super) fn add(&self, cost: Duration) {
        self.0.borrow_mut().push(cost);
    }

    /// Prints how many files there were, what they cost, and the most memory that was held.
    pub(super) fn say(&self) {
        let costs = self.0.borrow();
        let (sum, most) = (costs.iter().sum::<Duration>(), costs.iter().max().copied());
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let memory = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("unknown");
        let (many, most) = (costs.len(), most.unwrap_or_default());
        eprintln!("{many} files, {sum:?} in all, at most {most:?}, memory {memory}");
    }
}
