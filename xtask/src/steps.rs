//! Runs programs one after another, says what runs and how long it took, and keeps the failures.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// The steps of one command, in order.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    done: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    name: &'static str,
    took: Duration,
    error: Option<String>,
}

impl Steps {
    /// Runs one program to its end with our own output; a failure does not stop the next step.
    pub(crate) fn program(&mut self, name: &'static str, command: &mut Command) {
        eprintln!("\n── {name}: {}", shown(command));
        self.step(name, || match command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => bail!("{} ended with {status}", shown(command)),
            Err(error) => bail!("could not run {}: {error}", shown(command)),
        });
    }

    /// Runs one piece of work; a failure does not stop the next step.
    pub(crate) fn step<T>(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<T>,
    ) -> Option<T> {
        let begun = Instant::now();
        let result = work();
        let took = begun.elapsed();
        let (value, error) = match result {
            Ok(value) => (Some(value), None),
            Err(error) => (None, Some(format!("{error:#}"))),
        };
        let outcome = if error.is_none() { "done" } else { "FAILED" };
        eprintln!("── {name}: {outcome} in {}", seconds(took));
        self.done.push(Step { name, took, error });
        value
    }

    /// Says how long each step took and what failed.
    pub(crate) fn finish(self) -> Result<()> {
        let total: Duration = self.done.iter().map(|step| step.took).sum();
        let times: Vec<String> =
            self.done.iter().map(|step| format!("{} {}", step.name, seconds(step.took))).collect();
        eprintln!("\n── {} in all: {}", seconds(total), times.join(", "));
        let failed: Vec<String> = self
            .done
            .iter()
            .filter_map(|step| Some(format!("{}: {}", step.name, step.error.as_ref()?)))
            .collect();
        if !failed.is_empty() {
            bail!("{} of {} steps failed\n  {}", failed.len(), times.len(), failed.join("\n  "));
        }
        Ok(())
    }
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy().into_owned()).collect();
    words.join(" ")
}

fn seconds(duration: Duration) -> String {
    let (minutes, seconds) = (duration.as_secs() / 60, duration.as_secs_f32() % 60.0);
    if minutes == 0 { format!("{seconds:.1} s") } else { format!("{minutes} min {seconds:.0} s") }
}
