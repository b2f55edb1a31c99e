//! `mandate bench --start`: how long from the start of the process to its first GraphQL answer, with
//! a pack published before, and how much memory it takes when nobody asks it anything.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::scratch::Scratch;
use super::server::Server;
use crate::cli::{BenchArguments, Format};
use crate::config::Config;
use crate::{Outcome, deploy, output, serve};

/// Starts that are measured.
const STARTS: usize = 11;
/// What the project wants.
const ANSWER_MS_MAX: f64 = 100.0;
const IDLE_MB_MAX: f64 = 40.0;
/// Where packs are, in our own tree.
const PACKS: &str = "workflows";

/// What asks for the pack: the person, their inbox, and every published process.
pub(super) const QUERY: &str = "{ me { id } inboxCount inbox(first: 50) { edges { node { id } } } \
    processDefinitions(first: 50) { edges { node { process version label } } } }";

struct Figures {
    answer_ms: Vec<f64>,
    idle_mb: Vec<f64>,
}

/// Measures and prints.
pub(crate) fn start(arguments: &BenchArguments) -> Result<Outcome> {
    let config = Config::load(&arguments.settings)?;
    let pack = match &arguments.pack {
        Some(pack) => pack.clone(),
        None => first_pack(Path::new(PACKS))?,
    };
    let figures = serve::runtime()?.block_on(async {
        let scratch = Scratch::make(&config.database, "start").await?;
        let idle = Duration::from_secs(arguments.seconds);
        let measured = measure(&scratch.config(&config), &pack, idle).await;
        scratch.remove().await?;
        measured
    })?;
    say(&figures, &pack, arguments.format)?;
    Ok(Outcome::Good)
}

/// The first pack of a folder, by name.
fn first_pack(folder: &Path) -> Result<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let packs = entries.map(|entry| entry.path()).filter(|path| path.join("pack.yaml").is_file());
    packs.min().with_context(|| format!("expected a pack in {PACKS}/; name one with --pack FOLDER"))
}

/// `idle` is how long a server is left alone before its memory is read.
async fn measure(config: &Config, pack: &Path, idle: Duration) -> Result<Figures> {
    let store = serve::open(config).await?;
    let deployed = deploy::publish(&store, pack).await?;
    let people = deploy::load_people(&store, &deployed.pack).await?;
    store.close().await;
    // A file has one Mandate at a time.
    drop(store);
    let person = people.first().context("the pack has no demonstration accounts to sign in as")?;
    let mut figures = Figures { answer_ms: Vec::new(), idle_mb: Vec::new() };
    for _ in 0..STARTS {
        let mut server = Server::start(&config.database, pack)?;
        let mut client = server.client(&person.id).await?;
        let answer = client.ask(QUERY, &json!({})).await?;
        figures.answer_ms.push(server.age().as_secs_f64() * 1000.0);
        let processes = answer["processDefinitions"]["edges"].as_array().map_or(0, Vec::len);
        ensure!(processes > 0, "expected the pack's processes in the answer, found {answer}");
        tokio::time::sleep(idle).await;
        let resident = server.resident_bytes().context("the server's memory cannot be read")?;
        figures.idle_mb.push(f64::from(u32::try_from(resident / 1024)?) / 1024.0);
        server.end().await?;
    }
    figures.answer_ms.sort_by(f64::total_cmp);
    figures.idle_mb.sort_by(f64::total_cmp);
    Ok(figures)
}

fn say(figures: &Figures, pack: &Path, format: Format) -> Result<()> {
    let middle = |values: &[f64]| values[values.len() / 2];
    let most = |values: &[f64]| values[values.len() - 1];
    let Figures { answer_ms, idle_mb } = figures;
    let rounded = |value: f64| (value * 10.0).round() / 10.0;
    match format {
        Format::Json => {
            let figure = |values: &[f64], goal: f64| {
                json!({ "least": rounded(values[0]), "p50": rounded(middle(values)),
                        "most": rounded(most(values)), "goal": goal,
                        "ratio": (middle(values) / goal * 100.0).round() / 100.0 })
            };
            let text = json!({ "pack": pack.display().to_string(), "starts": STARTS,
                "firstAnswerMs": figure(answer_ms, ANSWER_MS_MAX),
                "idleMemoryMb": figure(idle_mb, IDLE_MB_MAX) });
            output::say(&serde_json::to_string_pretty(&text)?);
        }
        Format::Text => {
            output::say(&format!("{STARTS} starts with {} published", pack.display()));
            let lines = [
                ("first answer", answer_ms, "ms", ANSWER_MS_MAX),
                ("idle memory", idle_mb, "MB", IDLE_MB_MAX),
            ];
            for (what, values, unit, goal) in lines {
                output::say(&format!(
                    "{what:<13} p50 {:>6.1} {unit}, least {:.1}, most {:.1} (goal: under {goal})",
                    middle(values),
                    values[0],
                    most(values)
                ));
            }
        }
    }
    Ok(())
}
