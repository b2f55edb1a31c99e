//! `mandate test`: plays a pack's scenarios on all cores and shows what came of each, and what no
//! scenario reached. How one is played is the engine's business.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Result, bail};
use engine::diagnostic::{Diagnostic, Place};
use engine::pack::{Compiled, Kind, Loaded, Pack};
use engine::scenario::{self, Coverage, Missed};
use engine::text::Language;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::check::{self, plural};
use crate::cli::{Format, Lang, TestArguments};
use crate::{Outcome, output, pack};

/// Values that scenarios share; no scenario of its own.
const FIXTURES: &str = "scenarios/fixtures.yaml";
/// Threads that play; more would not help.
const THREADS_MAX: usize = 64;

/// What came of one scenario.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    file: String,
    scenario: String,
    passed: bool,
    steps: usize,
    cases: usize,
    milliseconds: u128,
    problems: Vec<Diagnostic>,
}

/// What came of all of them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    pack: String,
    passed: usize,
    failed: usize,
    scenarios: Vec<Run>,
    coverage: BTreeMap<&'static str, Missed>,
}

/// Plays the scenarios of a pack's folder.
pub(crate) fn test(arguments: &TestArguments) -> Result<Outcome> {
    let files = pack::files(&arguments.pack)?;
    let (compiled, loaded) = match (engine::pack::compile(&files, |_| 1), Pack::load(&files)) {
        (Ok(compiled), Ok(loaded)) => (compiled, loaded),
        (Err(problems), _) | (_, Err(problems)) => {
            return refuse(arguments, files.len(), &problems);
        }
    };
    let files = chosen(&loaded, arguments.only.as_deref());
    if let (true, Some(only)) = (files.is_empty(), &arguments.only) {
        let folder = arguments.pack.display();
        match Lang::of(arguments.lang) {
            Language::Zh => bail!("{folder} 中没有名称含“{only}”的情景"),
            Language::En => bail!("no scenario of {folder} is called like `{only}`"),
        }
    }
    let report = play(&loaded, &compiled, &files);
    match arguments.format {
        Format::Json => output::say(&serde_json::to_string_pretty(&report)?),
        Format::Text => {
            say(&report, arguments, Lang::of(arguments.lang));
        }
    }
    Ok(if report.failed > 0 { Outcome::Bad } else { Outcome::Good })
}

/// Nothing is played on a pack that has errors.
fn refuse(arguments: &TestArguments, files: usize, problems: &[Diagnostic]) -> Result<Outcome> {
    match arguments.format {
        Format::Json => output::say(&serde_json::to_string_pretty(problems)?),
        Format::Text => {
            let language = Lang::of(arguments.lang);
            check::say(files, problems, language);
            output::say(either(
                language,
                "流程包有错误，没有运行任何情景",
                "no scenario was played, since the pack has errors",
            ));
        }
    }
    Ok(Outcome::Bad)
}

/// The scenarios to play, in the order of their files.
fn chosen<'a>(loaded: &'a Loaded, only: Option<&str>) -> Vec<&'a str> {
    let own = loaded.pack.scenarios.iter().map(String::as_str).filter(|file| *file != FIXTURES);
    let wanted = |file: &&str| {
        only.is_none_or(|only| file.contains(only) || title(loaded, file).contains(only))
    };
    own.filter(wanted).collect()
}

/// What a scenario is called for people.
fn title<'a>(loaded: &'a Loaded, file: &'a str) -> &'a str {
    let Some(tree) = loaded.tree(file) else { return file };
    let key = Kind::Scenario.name();
    let language = |language| tree.scalar(&[key, language]);
    tree.scalar(&[key]).or_else(|| language("zh")).or_else(|| language("en")).unwrap_or(file)
}

fn play(loaded: &Loaded, compiled: &Compiled, files: &[&str]) -> Report {
    let bar = progress(files.len());
    let next = AtomicUsize::new(0);
    let done = Mutex::new((Vec::new(), Coverage::default()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(files.len()).min(THREADS_MAX) {
            scope.spawn(|| {
                let mut coverage = Coverage::default();
                let mut results = Vec::new();
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    bar.set_message((*file).to_owned());
                    results.push(one(loaded, compiled, file, &mut coverage));
                    bar.inc(1);
                }
                let mut done = done.lock().expect("nobody panics while holding it");
                done.0.extend(results);
                done.1.add(coverage);
            });
        }
    });
    bar.finish_and_clear();
    let (mut scenarios, coverage) = done.into_inner().expect("nobody panics while holding it");
    scenarios.sort_by(|a, b| a.file.cmp(&b.file));
    let passed = scenarios.iter().filter(|result| result.passed).count();
    Report {
        pack: loaded.pack.meta.pack.clone(),
        passed,
        failed: scenarios.len() - passed,
        scenarios,
        coverage: coverage.missed(compiled.definitions.values().map(|definition| &**definition)),
    }
}

fn one(loaded: &Loaded, compiled: &Compiled, file: &str, coverage: &mut Coverage) -> Run {
    let began = Instant::now();
    let played =
        catch_unwind(AssertUnwindSafe(|| scenario::play(compiled, loaded, file, coverage)));
    let (steps, cases, problems) = match played {
        Ok(Ok(played)) => (played.steps, played.cases, Vec::new()),
        Ok(Err(failure)) => (0, 0, failure.diagnostics),
        Err(_) => (0, 0, vec![bug(file)]),
    };
    Run {
        file: file.to_owned(),
        scenario: title(loaded, file).to_owned(),
        passed: problems.is_empty(),
        steps,
        cases,
        milliseconds: began.elapsed().as_millis(),
        problems,
    }
}

/// The engine panicked: the others go on, and this one says so.
fn bug(file: &str) -> Diagnostic {
    let place = Place { file: file.to_owned(), ..Place::default() };
    let message = "expected a step to succeed or to be refused, but the engine broke off";
    Diagnostic::error("engineBug", place, message)
        .hint("this is a mistake of Mandate, not of the pack; please report it with this file")
}

fn progress(scenarios: usize) -> ProgressBar {
    let target = if output::is_watched() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(scenarios as u64), target);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
    bar.with_style(style.expect("the template is good"))
}

/// One of two wordings.
const fn either<'a>(language: Language, zh: &'a str, en: &'a str) -> &'a str {
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

fn say(report: &Report, arguments: &TestArguments, language: Language) {
    for result in &report.scenarios {
        say_run(result, language);
    }
    let (all, passed, failed) = (report.scenarios.len(), report.passed, report.failed);
    output::say(&match language {
        Language::Zh => format!("\n共 {all} 个情景：通过 {passed} 个，未通过 {failed} 个"),
        Language::En => {
            format!("\n{}: {passed} passed, {failed} failed", plural(all, "scenario"))
        }
    });
    say_coverage(report, arguments, language);
}

fn say_run(result: &Run, language: Language) {
    let Run { file, scenario, steps, cases, milliseconds, .. } = result;
    if result.passed {
        let counted = match language {
            Language::Zh => format!("（{steps} 步，{cases} 个案件，{milliseconds} 毫秒）"),
            Language::En => {
                let (steps, cases) = (plural(*steps, "step"), plural(*cases, "case"));
                format!("  ({steps}, {cases}, {milliseconds} ms)")
            }
        };
        output::say(&format!("✓ {file}  {scenario}{counted}"));
        return;
    }
    output::say(&format!("✗ {file}  {scenario}"));
    for problem in &result.problems {
        output::say(indented(&problem.render_in(language)).trim_end());
    }
}

/// What scenarios reached, and what not.
fn say_coverage(report: &Report, arguments: &TestArguments, language: Language) {
    let named = |what: &str| match (language, what) {
        (Language::Zh, "nodes") => "节点",
        (Language::Zh, "flows") => "流转",
        (Language::Zh, _) => "审批结果",
        (Language::En, "nodes") => "nodes",
        (Language::En, "flows") => "flows",
        (Language::En, _) => "outcomes",
    };
    let reached = |missed: &Missed| missed.total - missed.missed.len();
    let counts: Vec<String> = ["nodes", "flows", "outcomes"]
        .iter()
        .filter_map(|what| report.coverage.get(what).map(|missed| (what, missed)))
        .map(|(what, missed)| format!("{} {}/{}", named(what), reached(missed), missed.total))
        .collect();
    output::say(&match language {
        Language::Zh => format!("已走到：{}", counts.join("，")),
        Language::En => format!("reached: {}", counts.join(", ")),
    });
    let missed = report.coverage.values().map(|missed| missed.missed.len()).sum::<usize>();
    if !arguments.coverage {
        let command = format!("`mandate test {} --coverage`", arguments.pack.display());
        if missed > 0 {
            output::say(&match language {
                Language::Zh => format!("{command} 列出没有任何情景走到的 {missed} 处"),
                Language::En => format!("{command} lists the {missed} that no scenario reached"),
            });
        }
        return;
    }
    for (what, missed) in report.coverage.iter().filter(|(_, missed)| !missed.missed.is_empty()) {
        output::say(&match language {
            Language::Zh => format!("\n没有任何情景走到的{}：", named(what)),
            Language::En => format!("\n{} that no scenario reached:", named(what)),
        });
        for name in &missed.missed {
            output::say(&format!("  {name}"));
        }
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
