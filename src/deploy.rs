//! `mandate deploy`, and what `serve --pack` and `--demo` put into the store before serving.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use engine::diagnostic::Diagnostic;
use serde_json::json;
use store::directory::Person;
use store::{DeployError, Deployed, PackFiles, Store};

use crate::check::Checked;
use crate::cli::Format;
use crate::config::{Config, Flags};
use crate::{Outcome, check, notices, output, pack, serve};

/// Who publishes at the command line, in the record of deployments.
const BY: &str = "operator";

/// Publishes a pack's folder, if it has no errors: for one that has, no database is opened or made.
pub(crate) fn deploy(folder: &Path, format: Format, flags: &Flags) -> Result<Outcome> {
    let config = Config::load(flags)?;
    let files = pack::files(folder)?;
    let Checked { problems, .. } = check::checked(&files, &config.connectors())?;
    if problems.iter().any(Diagnostic::is_error) {
        say(format, None, &problems)?;
        return Ok(Outcome::Bad);
    }
    let deployed = serve::runtime()?.block_on(async {
        let store = serve::open(&config).await?;
        let deployed = put(&store, folder, files).await;
        store.close().await;
        deployed
    })?;
    say(format, Some(&deployed), &problems)?;
    Ok(Outcome::Good)
}

/// Says what was published, if anything was, and every problem that the pack has.
fn say(format: Format, deployed: Option<&Deployed>, problems: &[Diagnostic]) -> Result<()> {
    match (format, deployed) {
        (Format::Json, _) => {
            let told = json!({
                "pack": deployed.map(|deployed| &deployed.pack),
                "version": deployed.map(|deployed| deployed.version),
                "unchanged": deployed.is_none_or(|deployed| deployed.unchanged),
                "problems": problems,
            });
            output::say(&serde_json::to_string_pretty(&told)?);
        }
        (Format::Text, deployed) => {
            for problem in problems {
                output::complain(&problem.render());
            }
            match deployed {
                Some(deployed) => output::say(&sentence(deployed)),
                None => output::complain("nothing was published: the pack has errors"),
            }
        }
    }
    Ok(())
}

fn sentence(deployed: &Deployed) -> String {
    let word = if deployed.unchanged { "already published" } else { "published" };
    format!("{} version {}: {word}", deployed.pack, deployed.version)
}

/// Publishes a pack's folder where it differs from what is published, and says which versions are
/// there now.
pub(crate) async fn publish(store: &Store, folder: &Path) -> Result<Deployed> {
    let files = pack::files(folder)?;
    let hash = engine::pack::hash(&files);
    // What is published was checked then: a server that starts again does not wait for it.
    if !store.newest_packs().iter().any(|published| published.hash == hash) {
        let (errors, warnings): (Vec<Diagnostic>, Vec<Diagnostic>) =
            notices::problems(&files).into_iter().partition(Diagnostic::is_error);
        for problem in warnings {
            output::complain(&problem.render());
        }
        refuse(folder, &errors)?;
    }
    let deployed = put(store, folder, files).await?;
    let (version, unchanged) = (deployed.version, deployed.unchanged);
    tracing::info!(pack = deployed.pack, version, unchanged, "pack");
    output::complain(&sentence(&deployed));
    Ok(deployed)
}

/// Hands a pack's files to the store.
async fn put(store: &Store, folder: &Path, files: PackFiles) -> Result<Deployed> {
    match store.deploy(files, BY).await {
        Ok(deployed) => Ok(deployed),
        Err(DeployError::Diagnostics(problems)) => {
            refuse(folder, &problems)?;
            bail!("{} was not published", folder.display());
        }
        Err(DeployError::Store(error)) => Err(error).context("the pack was not published"),
    }
}

/// Says the problems of a pack; an error where there are any.
fn refuse(folder: &Path, problems: &[Diagnostic]) -> Result<()> {
    for problem in problems {
        output::complain(&problem.render());
    }
    let found = problems.len();
    ensure!(found == 0, "{} was not published: {found} problems", folder.display());
    Ok(())
}

/// Puts a published pack's demonstration accounts into the directory and answers them.
pub(crate) async fn load_people(store: &Store, pack: &str) -> Result<Vec<Person>> {
    let packs = store.newest_packs();
    let published = packs.iter().find(|published| published.meta.pack == pack);
    let published = published.with_context(|| format!("the pack {pack} is not published"))?;
    let loaded = store.load_pack_people(published).await;
    loaded.context("the accounts could not be loaded")
}
