//! `mandate deploy`, and what `serve --pack` and `--demo` put into the store before serving.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use engine::diagnostic::Diagnostic;
use store::directory::Person;
use store::{DeployError, Deployed, Store};

use crate::config::{Config, Flags};
use crate::{Outcome, notices, output, pack, serve};

/// Who publishes at the command line, in the record of deployments.
const BY: &str = "operator";

/// Publishes a pack's folder.
pub(crate) fn deploy(folder: &Path, flags: &Flags) -> Result<Outcome> {
    let config = Config::load(flags)?;
    serve::runtime()?.block_on(async {
        let store = serve::open(&config).await?;
        let published = publish(&store, folder).await;
        store.close().await;
        published.map(|_| ())
    })?;
    Ok(Outcome::Good)
}

/// Publishes a pack's folder where it differs from what is published, and says which versions are
/// there now.
pub(crate) async fn publish(store: &Store, folder: &Path) -> Result<Deployed> {
    let files = pack::files(folder)?;
    let hash = engine::pack::hash(&files);
    // What is published was checked then: a server that starts again does not wait for it.
    if !store.newest_packs().iter().any(|published| published.hash == hash) {
        refuse(folder, &notices::problems(&files))?;
    }
    let deployed = match store.deploy(files, BY).await {
        Ok(deployed) => deployed,
        Err(DeployError::Diagnostics(problems)) => {
            refuse(folder, &problems)?;
            bail!("{} was not published", folder.display());
        }
        Err(DeployError::Store(error)) => return Err(error).context("the pack was not published"),
    };
    let word = if deployed.unchanged { "already published" } else { "published" };
    tracing::info!(pack = deployed.pack, version = deployed.version, word, "pack");
    output::complain(&format!("{} version {}: {word}", deployed.pack, deployed.version));
    Ok(deployed)
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
