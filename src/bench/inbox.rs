//! `mandate bench --inbox`: a page of fifty open tasks and their count, for people with five roles
//! each, among ever more tasks. What fills the tables is `inbox::fill`.

mod fill;

use std::time::Instant;

use anyhow::{Result, ensure};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use store::Store;
use store::read::Page;

use self::fill::Filler;
use super::scratch::Scratch;
use crate::cli::{BenchArguments, Format};
use crate::config::Config;
use crate::{Outcome, output, serve};

/// Tasks, open and done.
const SIZES: [u64; 3] = [10_000, 1_000_000, 5_000_000];
/// Tasks of a page.
const PAGE: u32 = 50;
/// Roles of a person.
const ROLES: u64 = 5;
/// Pages and counts that are measured at a size, and those before them that do not count.
const CALLS: u64 = 3000;
const WARM_UP: u64 = 300;
/// What the project wants of the p99 of the largest against the smallest.
const RATIO_MAX: f64 = 2.0;

/// How long calls took at one size, in milliseconds, sorted.
struct Level {
    tasks: u64,
    page_ms: Vec<f64>,
    count_ms: Vec<f64>,
    both_ms: Vec<f64>,
    /// What the counts were, the least and the most.
    counted: (u32, u32),
}

/// Measures and prints.
pub(crate) fn run(arguments: &BenchArguments) -> Result<Outcome> {
    let config = Config::load(&arguments.settings)?;
    let levels = serve::runtime()?.block_on(async {
        let scratch = Scratch::make(&config.database, "inbox").await?;
        let measured = measure(&scratch.config(&config)).await;
        let removed = scratch.remove().await;
        let levels = measured?;
        removed?;
        anyhow::Ok(levels)
    })?;
    let database = if config.database.starts_with("postgres") { "postgresql" } else { "sqlite" };
    output::say(&match arguments.format {
        Format::Json => serde_json::to_string_pretty(&as_json(database, &levels))?,
        Format::Text => as_text(database, &levels),
    });
    Ok(Outcome::Good)
}

async fn measure(config: &Config) -> Result<Vec<Level>> {
    let store = serve::open(config).await?;
    // The connections have asked before there was anything: plans for empty tables must not stay.
    for call in 0..WARM_UP {
        ask(&store, call).await?;
    }
    let mut filler = Filler::new(&config.database).await?;
    let bar = bar();
    let mut levels = Vec::with_capacity(SIZES.len());
    for tasks in SIZES {
        filler.fill(tasks, &bar).await?;
        levels.push(level(&store, tasks).await?);
    }
    bar.finish_and_clear();
    filler.close().await?;
    store.close().await;
    Ok(levels)
}

async fn level(store: &Store, tasks: u64) -> Result<Level> {
    for call in 0..WARM_UP {
        ask(store, call).await?;
    }
    let none = || Vec::with_capacity(usize::try_from(CALLS).unwrap_or_default());
    let (page_ms, count_ms, both_ms) = (none(), none(), none());
    let mut level = Level { tasks, page_ms, count_ms, both_ms, counted: (u32::MAX, 0) };
    for call in 0..CALLS {
        let (page, count, counted) = ask(store, call).await?;
        level.page_ms.push(page);
        level.count_ms.push(count);
        level.both_ms.push(page + count);
        level.counted = (level.counted.0.min(counted), level.counted.1.max(counted));
    }
    for values in [&mut level.page_ms, &mut level.count_ms, &mut level.both_ms] {
        values.sort_unstable_by(f64::total_cmp);
    }
    ensure!(level.counted.0 > 0, "expected open tasks for everybody, found a count of 0");
    Ok(level)
}

/// One person's page and count: how long each took, and the count.
async fn ask(store: &Store, call: u64) -> Result<(f64, f64, u32)> {
    // Neighbouring roles, so that some tasks are offered to two of them.
    let mut principals = vec![format!("person:p{}", call * 37 % fill::PEOPLE)];
    for n in 0..ROLES {
        let role = (call * 11 + n) % fill::ROLES;
        principals.extend([format!("role:r{role}"), format!("role:r{role}@*")]);
    }
    let begun = Instant::now();
    let page = store.inbox(&principals, Page::first(PAGE)).await?;
    let page_ms = begun.elapsed().as_secs_f64() * 1e3;
    let begun = Instant::now();
    let counted = store.inbox_count(&principals).await?;
    let count_ms = begun.elapsed().as_secs_f64() * 1e3;
    let shown = u32::try_from(page.rows.len())?;
    ensure!(
        shown == counted.min(PAGE) && page.more == (counted > PAGE),
        "expected a page of the {counted} that were counted, found {shown}"
    );
    Ok((page_ms, count_ms, counted))
}

fn bar() -> ProgressBar {
    let target = match output::is_watched() {
        true => ProgressDrawTarget::stderr(),
        false => ProgressDrawTarget::hidden(),
    };
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} tasks, {eta} left");
    ProgressBar::with_draw_target(SIZES.last().copied(), target)
        .with_style(style.expect("the template is good"))
}

fn share(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() - 1) * percent / 100]
}

/// How much slower the p99 of one size is than that of the smallest.
fn ratio(levels: &[Level], level: &Level) -> f64 {
    share(&level.both_ms, 99) / share(&levels[0].both_ms, 99)
}

fn as_json(database: &str, levels: &[Level]) -> Value {
    let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
    let figures = |values: &[f64]| json!({ "p50Ms": rounded(share(values, 50)), "p99Ms": rounded(share(values, 99)) });
    let levels: Vec<_> = levels
        .iter()
        .map(|level| {
            json!({ "tasks": level.tasks, "open": level.tasks / fill::OPEN_EVERY,
                    "counted": { "least": level.counted.0, "most": level.counted.1 },
                    "page": figures(&level.page_ms), "count": figures(&level.count_ms),
                    "pageAndCount": figures(&level.both_ms), "ratio": rounded(ratio(levels, level)) })
        })
        .collect();
    json!({ "database": database, "roles": ROLES, "page": PAGE, "calls": CALLS,
            "countMax": store::read::COUNT_MAX, "goal": RATIO_MAX, "levels": levels })
}

fn as_text(database: &str, levels: &[Level]) -> String {
    let mut lines = vec![
        format!(
            "{database}: a page of {PAGE} and its count, for people with {ROLES} roles; one task of \
             {} is open",
            fill::OPEN_EVERY
        ),
        format!(
            "{:>9}  {:>13}  {:>14}  {:>14}  {:>14}  {:>6}",
            "tasks", "counted", "page p50/p99", "count p50/p99", "both p50/p99", "ratio"
        ),
    ];
    for level in levels {
        let pair = |values: &[f64]| format!("{:.2}/{:.2} ms", share(values, 50), share(values, 99));
        let (least, most) = level.counted;
        lines.push(format!(
            "{:>9}  {:>13}  {:>14}  {:>14}  {:>14}  {:>6.2}",
            level.tasks,
            format!("{least} to {most}"),
            pair(&level.page_ms),
            pair(&level.count_ms),
            pair(&level.both_ms),
            ratio(levels, level)
        ));
    }
    let most = store::read::COUNT_MAX;
    lines.push(format!(
        "ratio: p99 of both against the smallest (goal: at most {RATIO_MAX}); {} means \"more than {most}\"",
        most + 1
    ));
    lines.join("\n")
}
