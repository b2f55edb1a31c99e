//! `mandate verify` and `mandate rebuild`: the journal against itself, the tables against the
//! journal. Neither changes anything.

use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use store::rebuild::Comparison;
use store::verify::{Broken, Verdict};

use crate::cli::Format;
use crate::config::{Config, Flags};
use crate::{Outcome, output, serve};

/// Follows every chain of the journal.
pub(crate) fn verify(flags: &Flags, format: Format) -> Result<Outcome> {
    let config = Config::load(flags)?;
    let bar = bar("rows");
    let verdict = serve::runtime()?.block_on(async {
        let store = serve::open_as_it_is(&config).await?;
        let verdict = store.verify(|done, all| show(&bar, done, all)).await;
        store.close().await;
        verdict.context("the journal could not be read")
    })?;
    bar.finish_and_clear();
    output::say(&match format {
        Format::Json => serde_json::to_string_pretty(&verdict_json(&verdict))?,
        Format::Text => verdict_text(&verdict),
    });
    Ok(if verdict.broken.is_none() { Outcome::Good } else { Outcome::Bad })
}

/// Folds the journal into tables again and compares them.
pub(crate) fn rebuild(flags: &Flags, format: Format) -> Result<Outcome> {
    let config = Config::load(flags)?;
    let bar = bar("cases");
    let comparison = serve::runtime()?.block_on(async {
        let store = serve::open_as_it_is(&config).await?;
        let comparison = store.rebuild(|done, all| show(&bar, done, all)).await;
        store.close().await;
        comparison.context("the tables could not be rebuilt")
    })?;
    bar.finish_and_clear();
    output::say(&match format {
        Format::Json => serde_json::to_string_pretty(&comparison_json(&comparison))?,
        Format::Text => comparison_text(&comparison),
    });
    let is_good = comparison.differing == 0 && comparison.broken.is_none();
    Ok(if is_good { Outcome::Good } else { Outcome::Bad })
}

/// A bar where a person waits; hidden where nobody does.
fn bar(unit: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    let template = format!("{{bar:40}} {{pos}} of {{len}} {unit}, {{eta}} left");
    bar.with_style(ProgressStyle::with_template(&template).expect("a fixed template"))
}

fn show(bar: &ProgressBar, done: u64, all: u64) {
    bar.set_length(all);
    bar.set_position(done);
}

fn verdict_json(verdict: &Verdict) -> serde_json::Value {
    let lanes = verdict.lanes.iter();
    let lanes: Vec<_> = lanes
        .map(|(lane, pos, hash)| json!({ "lane": lane, "position": pos, "hash": hash }))
        .collect();
    let broken = verdict.broken.as_ref().map(broken_json);
    json!({ "rows": verdict.rows, "cases": verdict.cases, "lanes": lanes, "broken": broken })
}

fn broken_json(broken: &Broken) -> serde_json::Value {
    json!({ "lane": broken.lane, "position": broken.pos, "instance": broken.instance,
            "message": broken.message })
}

/// Where something does not fit, and what.
fn broken_text(broken: &Broken) -> String {
    let place = match (broken.lane, broken.instance) {
        (0, None) => String::new(),
        (0, Some(case)) => format!(" in case {case}"),
        (lane, _) => format!(" at lane {lane} position {}", broken.pos),
    };
    format!("BROKEN{place}: {}", broken.message)
}

fn verdict_text(verdict: &Verdict) -> String {
    let found = match &verdict.broken {
        None => "every chain holds".to_owned(),
        Some(broken) => broken_text(broken),
    };
    let first = format!("{} rows of {} cases: {found}", verdict.rows, verdict.cases);
    let ends = verdict.lanes.iter();
    let ends: Vec<_> =
        ends.map(|(lane, pos, hash)| format!("lane {lane} ends at {pos}: {hash}")).collect();
    [first, ends.join("\n")].join("\n")
}

fn comparison_json(comparison: &Comparison) -> serde_json::Value {
    let differences = comparison.differences.iter();
    let differences: Vec<_> = differences
        .map(|one| {
            json!({ "table": one.table, "key": one.key, "expected": one.expected,
                    "found": one.found })
        })
        .collect();
    json!({ "cases": comparison.cases, "rows": comparison.rows,
            "differing": comparison.differing, "differences": differences,
            "broken": comparison.broken.as_ref().map(broken_json) })
}

fn comparison_text(comparison: &Comparison) -> String {
    let Comparison { cases, rows, differing, differences, broken } = comparison;
    if let Some(broken) = broken {
        return format!("nothing can be rebuilt from the journal: {}", broken_text(broken));
    }
    let mut lines = vec![match differing {
        0 => format!("{cases} cases, {rows} rows: the tables are what the journal says"),
        _ => format!("{cases} cases, {rows} rows: {differing} DIFFER from the journal"),
    }];
    let nothing = "no row".to_owned();
    for one in differences {
        lines.push(format!(
            "{} {}\n  journal: {}\n  table:   {}",
            one.table,
            one.key,
            one.expected.as_ref().unwrap_or(&nothing),
            one.found.as_ref().unwrap_or(&nothing)
        ));
    }
    lines.join("\n")
}
