//! `mandate bench`: commands a second through the whole store, beside the raw floor of the same
//! database in the same run, in turns. What is run is `workload`, what it is held against `floor`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sea_orm::{ConnectOptions, Database};
use serde::Serialize;
use store::Store;

use super::floor::{self, Recording, Slots};
use super::scratch::Scratch;
use super::workload::{self, COMMANDS, Case};
use crate::cli::{BenchArguments, Format};
use crate::config::Config;
use crate::{Outcome, output, serve};

/// Commands in flight, where the caller names none.
const IN_FLIGHT: [usize; 3] = [1, 32, 256];
/// Commands in flight at most: the writer's queue takes no more.
const IN_FLIGHT_MAX: usize = 4096;
/// Turns of ours and the floor; each figure is the median of them.
const ROUNDS: u32 = 3;
/// A turn at the beginning that does not count.
const WARM_UP: Duration = Duration::from_millis(500);

/// How one turn went.
#[derive(Debug)]
pub(crate) struct Measured {
    begun: Instant,
    seconds: f64,
    commands: u64,
    cases: u64,
    /// How long commands took, in milliseconds.
    times_ms: Vec<f64>,
}

impl Measured {
    pub(crate) fn begin() -> Self {
        let times_ms = Vec::new();
        Self { begun: Instant::now(), seconds: 0.0, commands: 0, cases: 0, times_ms }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// So many commands took so long, together.
    pub(crate) fn add(&mut self, commands: usize, time: Duration) {
        self.commands += commands as u64;
        self.times_ms.resize(self.times_ms.len() + commands, time.as_secs_f64() * 1e3);
    }

    pub(crate) fn end(mut self) -> Self {
        self.seconds = self.begun.elapsed().as_secs_f64();
        self
    }

    /// What went on at the same time, together.
    pub(super) fn together(all: Vec<Self>) -> Self {
        let mut sum = Self::begin();
        for one in all {
            sum.seconds = sum.seconds.max(one.seconds);
            sum.commands += one.commands;
            sum.cases += one.cases;
            sum.times_ms.extend(one.times_ms);
        }
        sum
    }

    /// Commands a second.
    #[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
    pub(super) fn rate(&self) -> f64 {
        self.commands as f64 / self.seconds
    }

    pub(super) fn share_ms(&mut self, percent: usize) -> f64 {
        self.times_ms.sort_unstable_by(f64::total_cmp);
        let last = self.times_ms.len().saturating_sub(1);
        self.times_ms.get(last * percent / 100).copied().unwrap_or_default()
    }
}

/// A figure of ours beside the floor's. The ratio is above 1 where ours is worse.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Figure {
    ours: f64,
    floor: f64,
    ratio: f64,
}

/// The figures with so many in flight.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Level {
    in_flight: usize,
    instances_per_s: Figure,
    commands_per_s: Figure,
    p50_ms: Figure,
    p99_ms: Figure,
}

/// All figures.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    database: &'static str,
    commands_per_instance: usize,
    rows_per_instance: std::collections::BTreeMap<&'static str, usize>,
    rounds: u32,
    seconds_per_round: u64,
    levels: Vec<Level>,
}

/// Measures and prints.
pub(crate) fn run(arguments: &BenchArguments) -> Result<Outcome> {
    let config = Config::load(&arguments.settings)?;
    let levels = levels(arguments)?;
    let report = serve::runtime()?.block_on(async {
        let ours = Scratch::make(&config.database, "ours").await?;
        let floor = Scratch::make(&config.database, "floor").await?;
        let measured = measure(&config, arguments, &levels, &ours, &floor).await;
        let (ours, floor) = (ours.remove().await, floor.remove().await);
        let report = measured?;
        ours.and(floor)?;
        anyhow::Ok(report)
    })?;
    output::say(&match arguments.format {
        Format::Json => serde_json::to_string_pretty(&report)?,
        Format::Text => text(&report),
    });
    Ok(Outcome::Good)
}

/// How many commands are in flight, one measurement after the other.
pub(super) fn levels(arguments: &BenchArguments) -> Result<Vec<usize>> {
    if arguments.in_flight.is_empty() {
        return Ok(IN_FLIGHT.to_vec());
    }
    for level in &arguments.in_flight {
        ensure!(
            (1..=IN_FLIGHT_MAX).contains(level),
            "expected --in-flight from 1 to {IN_FLIGHT_MAX}, found {level}"
        );
    }
    Ok(arguments.in_flight.clone())
}

async fn measure(
    config: &Config,
    arguments: &BenchArguments,
    levels: &[usize],
    ours: &Scratch,
    floor: &Scratch,
) -> Result<Report> {
    let at = |scratch: &Scratch| scratch.config(config);
    // The floor's tables and indexes are the store's own.
    serve::open(&at(floor)).await?.close().await;
    let store = serve::open(&at(ours)).await?;
    workload::deploy(&store).await?;
    let mut options = ConnectOptions::new(ours.url());
    options.max_connections(1).sqlx_logging(false);
    let reads = Database::connect(options).await.context("the database cannot be read")?;
    let recording = Arc::new(Recording::of(&store, &reads).await?);
    reads.close().await?;
    let time = Duration::from_secs(arguments.seconds.max(1));
    let bar = bar(levels.len() as u64 * u64::from(ROUNDS) * 2);
    let mut floor = Floor::new(floor, recording.clone(), config.lanes);
    let keys = Arc::new(AtomicU64::new(COMMANDS as u64));
    let mut report = Vec::with_capacity(levels.len());
    for level in levels {
        let (mut us, mut them) = (Vec::new(), Vec::new());
        floor.turn(*level, WARM_UP).await?;
        turn(&store, &keys, *level, WARM_UP).await?;
        for _ in 0..ROUNDS {
            bar.set_message(format!("{level} in flight"));
            them.push(floor.turn(*level, time).await?);
            bar.inc(1);
            us.push(turn(&store, &keys, *level, time).await?);
            bar.inc(1);
        }
        report.push(figures(*level, &mut us, &mut them));
    }
    bar.finish_and_clear();
    store.close().await;
    Ok(Report {
        database: if config.database.starts_with("postgres") { "postgresql" } else { "sqlite" },
        commands_per_instance: COMMANDS,
        rows_per_instance: recording.rows(),
        rounds: ROUNDS,
        seconds_per_round: time.as_secs(),
        levels: report,
    })
}

/// One turn of ours: so many cases at once, each with one command on its way.
pub(super) async fn turn(
    store: &Store,
    keys: &Arc<AtomicU64>,
    in_flight: usize,
    time: Duration,
) -> Result<Measured> {
    let flights: Vec<_> = (0..in_flight)
        .map(|_| {
            let (store, keys) = (store.clone(), keys.clone());
            tokio::spawn(async move {
                let mut case = Case::new();
                let mut measured = Measured::begin();
                while measured.elapsed() < time {
                    let begun = Instant::now();
                    let ended = case.next(&store, keys.fetch_add(1, Ordering::Relaxed)).await?;
                    measured.add(1, begun.elapsed());
                    measured.cases += u64::from(ended);
                }
                anyhow::Ok(measured.end())
            })
        })
        .collect();
    let mut all = Vec::with_capacity(in_flight);
    for flight in flights {
        all.push(flight.await.context("a flight panicked")??);
    }
    Ok(Measured::together(all))
}

/// The floor of one database.
struct Floor {
    place: Place,
    recording: Arc<Recording>,
    lanes: usize,
    /// How many writers there have been; each has cases of its own.
    writers: i64,
}

enum Place {
    Sqlite(std::path::PathBuf),
    Postgres(String),
}

impl Floor {
    fn new(scratch: &Scratch, recording: Arc<Recording>, lanes: usize) -> Self {
        let (place, lanes) = match scratch.file() {
            Some(file) => (Place::Sqlite(file), 1),
            None => (Place::Postgres(scratch.url()), lanes.max(1)),
        };
        Self { place, recording, lanes, writers: 0 }
    }

    async fn turn(&mut self, in_flight: usize, time: Duration) -> Result<Measured> {
        let lanes = self.lanes.min(in_flight);
        let mut writers = Vec::with_capacity(lanes);
        for lane in 0..lanes {
            self.writers += 1;
            let own = (in_flight + lane) / lanes;
            let mut slots = Slots::new(self.writers, own);
            let recording = self.recording.clone();
            writers.push(match &self.place {
                Place::Sqlite(file) => {
                    let file = file.clone();
                    tokio::task::spawn_blocking(move || {
                        floor::sqlite::run(&file, &recording, &mut slots, time)
                    })
                }
                Place::Postgres(url) => {
                    let url = url.clone();
                    tokio::spawn(async move {
                        floor::postgres::run(&url, &recording, &mut slots, time).await
                    })
                }
            });
        }
        let mut all = Vec::with_capacity(lanes);
        for writer in writers {
            all.push(writer.await.context("the floor panicked")?.context("the floor failed")?);
        }
        let mut all = Measured::together(all);
        all.cases = all.commands / COMMANDS as u64;
        Ok(all)
    }
}

fn figures(in_flight: usize, ours: &mut [Measured], floor: &mut [Measured]) -> Level {
    let mut rate = |of: fn(&mut Measured) -> f64| {
        let (ours, floor) = (median(ours, of), median(floor, of));
        Figure { ours, floor, ratio: floor / ours }
    };
    #[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
    let (instances_per_s, commands_per_s) = (
        rate(|turn| turn.cases as f64 / turn.seconds),
        rate(|turn| turn.commands as f64 / turn.seconds),
    );
    let mut time = |of: fn(&mut Measured) -> f64| {
        let (ours, floor) = (median(ours, of), median(floor, of));
        Figure { ours, floor, ratio: ours / floor }
    };
    let (p50_ms, p99_ms) = (time(|turn| turn.share_ms(50)), time(|turn| turn.share_ms(99)));
    Level { in_flight, instances_per_s, commands_per_s, p50_ms, p99_ms }
}

pub(super) fn median(turns: &mut [Measured], of: fn(&mut Measured) -> f64) -> f64 {
    let mut values: Vec<f64> = turns.iter_mut().map(of).collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

fn bar(turns: u64) -> ProgressBar {
    let target = if output::is_watched() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} turns, {msg}, {eta} left");
    ProgressBar::with_draw_target(Some(turns), target)
        .with_style(style.expect("the template is good"))
}

fn text(report: &Report) -> String {
    let rows: usize = report.rows_per_instance.values().sum();
    let tables = report.rows_per_instance.iter().map(|(table, rows)| format!("{table} {rows}"));
    let tables = tables.collect::<Vec<_>>().join(", ");
    let mut lines = vec![
        format!(
            "{}: cases of three tasks, {} commands and {rows} row writes each ({tables})",
            report.database, report.commands_per_instance
        ),
        format!("{:>9}  {:<12} {:>10} {:>10} {:>7}", "in flight", "", "ours", "floor", "ratio"),
    ];
    for level in &report.levels {
        let figures = [
            ("instances/s", &level.instances_per_s, 0),
            ("commands/s", &level.commands_per_s, 0),
            ("p50 ms", &level.p50_ms, 2),
            ("p99 ms", &level.p99_ms, 2),
        ];
        for (name, Figure { ours, floor, ratio }, digits) in figures {
            let in_flight = level.in_flight;
            lines.push(format!(
                "{in_flight:>9}  {name:<12} {ours:>10.digits$} {floor:>10.digits$} {ratio:>7.2}"
            ));
        }
    }
    lines.join("\n")
}
