//! `mandate deploy`, and what `serve --pack` and `--demo` put into the store before serving.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use engine::pack::{PersonSource, UnitSource};
use engine::text::Language;
use store::directory::{Person, Unit};
use store::{DeployError, Store};

use crate::config::{Config, Flags};
use crate::{Outcome, output, pack, serve};

/// Who publishes at the command line, in the record of deployments.
const BY: &str = "operator";

/// Publishes a pack's folder.
pub(crate) fn deploy(folder: &Path, flags: &Flags) -> Result<Outcome> {
    let config = Config::load(flags)?;
    serve::runtime()?.block_on(async {
        let store = serve::open(&config).await?;
        let published = publish(&store, folder).await;
        store.close().await;
        published
    })?;
    Ok(Outcome::Good)
}

/// Publishes a pack's folder where it differs from what is published, and says which versions are
/// there now.
pub(crate) async fn publish(store: &Store, folder: &Path) -> Result<()> {
    let files = pack::files(folder)?;
    let deployed = match store.deploy(files, BY).await {
        Ok(deployed) => deployed,
        Err(DeployError::Diagnostics(problems)) => {
            for problem in &problems {
                output::complain(&problem.render());
            }
            bail!("{} was not published: {} problems", folder.display(), problems.len());
        }
        Err(DeployError::Store(error)) => return Err(error).context("the pack was not published"),
    };
    let word = if deployed.unchanged { "already published" } else { "published" };
    tracing::info!(pack = deployed.pack, version = deployed.version, word, "pack");
    output::complain(&format!("{} version {}: {word}", deployed.pack, deployed.version));
    Ok(())
}

/// Puts a pack's demonstration accounts into the directory and answers them.
pub(crate) async fn load_people(store: &Store, folder: &Path) -> Result<Vec<Person>> {
    let files = pack::files(folder)?;
    let Ok(compiled) = engine::pack::compile(&files, |_| 1) else {
        bail!("{} has errors; see `mandate check`", folder.display());
    };
    let units = compiled.pack.units.iter().map(|(id, source)| unit(id.as_str(), source));
    let people = compiled.pack.people.iter().map(|(id, source)| person(id.as_str(), source));
    let (units, people): (Vec<_>, Vec<_>) = (units.collect(), people.collect());
    store.load_people(&units, &people).await.context("the accounts could not be loaded")?;
    Ok(people)
}

fn unit(id: &str, source: &UnitSource) -> Unit {
    let mut fields: serde_json::Map<_, _> = source.fields.clone().into_iter().collect();
    for (key, value) in [("uscc", &source.uscc), ("kind", &source.kind)] {
        if let Some(value) = value {
            fields.insert(key.to_owned(), value.as_str().into());
        }
    }
    Unit {
        id: id.to_owned(),
        name: source.name.get(Language::Zh).to_owned(),
        parent: source.parent.as_ref().map(ToString::to_string),
        fields,
    }
}

fn person(id: &str, source: &PersonSource) -> Person {
    let mut fields: serde_json::Map<_, _> = source.fields.clone().into_iter().collect();
    if let Some(manager) = &source.manager {
        fields.insert("manager".to_owned(), manager.as_str().into());
    }
    let language = source.language.map(|language| match language {
        Language::Zh => "zh".to_owned(),
        Language::En => "en".to_owned(),
    });
    Person {
        id: id.to_owned(),
        name: source.name.get(Language::Zh).to_owned(),
        unit: source.unit.as_ref().map(ToString::to_string),
        email: source.email.clone(),
        language,
        fields,
        grants: source.grants(),
    }
}
