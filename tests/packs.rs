//! Every pack: it checks without a word, its scenarios go as expected, and together they reach every
//! node, flow and outcome. Those in `packs/` are procedures of other cities and offices, written from
//! the documentation alone: a licence, a tender, what an office approves every day, and how other
//! cities authorise the operation of public data.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use engine::pack::{Compiled, Pack};
use engine::scenario::{Coverage, play};

/// Every file of a folder, by its path in it.
pub(crate) fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder)?.to_string_lossy().replace('\\', "/");
                found.push((name, std::fs::read(&path)?));
            }
        }
    }
    found.sort();
    Ok(found)
}

#[test]
fn the_first_pack_is_good() -> Result<()> {
    whole("../workflows/puer")
}

#[test]
fn a_licence_is_good() -> Result<()> {
    whole("packs/licence")
}

#[test]
fn a_tender_is_good() -> Result<()> {
    whole("packs/tender")
}

#[test]
fn an_office_is_good() -> Result<()> {
    whole("packs/office")
}

#[test]
fn a_hub_of_data_is_good() -> Result<()> {
    whole("packs/datahub")
}

#[test]
fn hangzhou_is_good() -> Result<()> {
    whole("packs/hangzhou")
}

#[test]
fn beijing_is_good() -> Result<()> {
    whole("packs/beijing")
}

#[test]
fn guangzhou_is_good() -> Result<()> {
    whole("packs/guangzhou")
}

#[test]
fn jinan_is_good() -> Result<()> {
    whole("packs/jinan")
}

#[test]
fn rounds_of_signers_are_good() -> Result<()> {
    whole("packs/rounds")
}

#[test]
fn a_permit_chain_is_good() -> Result<()> {
    whole("packs/permit")
}

#[test]
fn what_was_imported_from_other_tools_is_good() -> Result<()> {
    whole("packs/fuzhou")
}

#[test]
fn shanghai_plays() -> Result<()> {
    played("packs/shanghai").map(|_| ())
}

/// What authors of packs found wrong, each as small as it can be.
#[test]
fn what_was_mended_stays_so() -> Result<()> {
    for pack in ["packs/mended", "packs/lists", "packs/runs", "packs/signers"] {
        played(pack)?;
    }
    // Each a fault that somebody found who wrote a pack, as small as it can be.
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("packs/found");
    for entry in std::fs::read_dir(found)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        played(&format!("packs/found/{name}")).with_context(|| name.into_owned())?;
    }
    Ok(())
}

/// Everything of a pack is reached, and nothing in it is worth a warning.
fn whole(pack: &str) -> Result<()> {
    let (built, coverage) = played(pack)?;
    let told: Vec<String> = built.warnings.iter().map(ToString::to_string).collect();
    ensure!(told.is_empty(), "{}", told.join("\n"));
    for (kind, missed) in coverage.missed(built.definitions.values().map(|one| &**one)) {
        ensure!(missed.missed.is_empty(), "{kind} not reached: {}", missed.missed.join("; "));
    }
    Ok(())
}

/// Its scenarios go as expected.
fn played(pack: &str) -> Result<(Compiled, Coverage)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(pack);
    let files = files(&folder).context("the pack's folder")?;
    let loaded = match Pack::load(&files) {
        Ok(loaded) => loaded,
        Err(problems) => {
            let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            anyhow::bail!("{}", told.join("\n"));
        }
    };
    let built = match engine::pack::compile(&files, |_| 1) {
        Ok(built) => built,
        Err(problems) => {
            let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            anyhow::bail!("{}", told.join("\n"));
        }
    };
    let mut coverage = Coverage::default();
    let mut failures = Vec::new();
    for file in &loaded.pack.scenarios {
        if let Err(failure) = play(&built, &loaded, file, &mut coverage) {
            failures.extend(failure.diagnostics.iter().map(ToString::to_string));
        }
    }
    ensure!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
    Ok((built, coverage))
}
