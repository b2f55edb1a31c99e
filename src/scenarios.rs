//! `mandate test`: plays a pack's scenarios and shows what none of them reached.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail};
use engine::pack::{Compiled, Loaded, Pack};
use engine::scenario::{Coverage, play};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::cli::Format;
use crate::{Outcome, output, pack};

/// One scenario's result.
struct Run {
    file: String,
    steps: usize,
    cases: usize,
    ms: u64,
    problems: Vec<engine::diagnostic::Diagnostic>,
}

/// Plays the scenarios of a folder whose names contain `only`.
pub(crate) fn test(folder: &Path, only: Option<&str>, format: Format) -> Result<Outcome> {
    let files = pack::files(folder)?;
    let (Ok(loaded), Ok(built)) = (Pack::load(&files), engine::pack::compile(&files, |_| 1)) else {
        bail!("{} has errors; see `mandate check {0}`", folder.display());
    };
    let chosen =
        loaded.pack.scenarios.iter().filter(|file| only.is_none_or(|only| file.contains(only)));
    let chosen: Vec<_> = chosen.cloned().collect();
    if chosen.is_empty() {
        bail!("no scenario in {}/scenarios has such a name", folder.display());
    }
    let mut coverage = Coverage::default();
    let results = run(&built, &loaded, &chosen, &mut coverage);
    let missed = coverage.missed(built.definitions.values().map(|one| &**one));
    match format {
        Format::Json => {
            let scenarios = results.iter().map(json_of);
            let scenarios: Vec<_> = scenarios.collect();
            let all = json!({ "scenarios": scenarios, "coverage": missed });
            output::say(&serde_json::to_string_pretty(&all)?);
        }
        Format::Text => {
            for result in &results {
                output::say(&text_of(result));
            }
            for (kind, found) in &missed {
                let reached = found.total - found.missed.len();
                output::say(&format!("{kind}: {reached} of {} reached", found.total));
                // Of a choice of scenarios nobody expects that it reaches everything.
                if only.is_none() {
                    for name in &found.missed {
                        output::say(&format!("  not reached: {name}"));
                    }
                }
            }
            let failed = results.iter().filter(|result| !result.problems.is_empty()).count();
            output::say(&format!("{} scenarios: {failed} failed", results.len()));
        }
    }
    let has_failed = results.iter().any(|result| !result.problems.is_empty());
    Ok(if has_failed { Outcome::Bad } else { Outcome::Good })
}

fn run(built: &Compiled, loaded: &Loaded, files: &[String], coverage: &mut Coverage) -> Vec<Run> {
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len} scenarios, {msg}");
    let bar = ProgressBar::new(files.len() as u64).with_style(style.expect("a fixed template"));
    let mut results = Vec::with_capacity(files.len());
    for file in files {
        bar.set_message(file.clone());
        let begun = Instant::now();
        let played = play(built, loaded, file, coverage);
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (steps, cases, problems) = match played {
            Ok(played) => (played.steps, played.cases, Vec::new()),
            Err(failure) => (0, 0, failure.diagnostics),
        };
        results.push(Run { file: file.clone(), steps, cases, ms, problems });
        bar.inc(1);
    }
    bar.finish_and_clear();
    results
}

fn json_of(result: &Run) -> serde_json::Value {
    let Run { file, steps, cases, ms, problems } = result;
    json!({ "file": file, "passed": problems.is_empty(), "steps": steps, "cases": cases, "ms": ms,
            "problems": problems })
}

fn text_of(result: &Run) -> String {
    if result.problems.is_empty() {
        let Run { file, steps, cases, ms, .. } = result;
        return format!("ok      {file} ({steps} steps, {cases} cases, {ms} ms)");
    }
    let problems: Vec<_> =
        result.problems.iter().map(engine::diagnostic::Diagnostic::render).collect();
    format!("FAILED  {}\n{}", result.file, problems.join("\n"))
}
