//! `cargo xtask order`: notes which functions a start runs, in which order, so that the linker puts them
//! together (`build.rs`): what is not touched is not read from the disk, and takes no memory.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use testkit::binary::workspace_root;

use crate::test::{cargo, target_folder};

/// Where the names are kept, beside the program that reads them.
const ORDER: &str = "start.order";

/// Builds as for a release, starts the server under callgrind as `mandate bench --start` does, and writes the
/// names of the functions that ran.
pub(crate) fn order() -> Result<()> {
    let mut build = cargo(["build", "--release", "--package", "mandate", "--bin", "mandate"]);
    let status = build.status().context("could not run cargo build")?;
    ensure!(status.success(), "the build failed with {status}");
    let program = target_folder().join("release/mandate");
    let scratch = target_folder().join("order");
    if scratch.exists() {
        fs::remove_dir_all(&scratch)?;
    }
    fs::create_dir_all(&scratch)?;
    eprintln!("── starting under valgrind, which takes minutes");
    let profile = format!("--callgrind-out-file={}/%p", scratch.display());
    let mut run = Command::new("valgrind");
    run.args(["--tool=callgrind", "--demangle=no", "--trace-children=yes", &profile]);
    run.arg(&program).args(["bench", "--start", "--pack", "workflows/puer"]);
    run.current_dir(workspace_root());
    let mut bench = run.spawn().context("could not run valgrind; `apt-get install valgrind`")?;
    let own = bench.id().to_string();
    let status = bench.wait()?;
    ensure!(status.success(), "the measured starts ended with {status}");
    let known = symbols(&program)?;
    let mut names = Vec::new();
    let mut seen = HashSet::new();
    // The bench itself publishes and asks, which a server that starts does not.
    for file in files(&scratch)?.iter().filter(|file| !file.ends_with(&own)) {
        let text = fs::read_to_string(scratch.join(file))?;
        let ran = text.lines().filter_map(function).filter(|name| known.contains(*name));
        names.extend(ran.filter(|name| seen.insert((*name).to_owned())).map(str::to_owned));
    }
    ensure!(!names.is_empty(), "no function is known to have run");
    let path = workspace_root().join(ORDER);
    fs::write(&path, names.join("\n") + "\n")?;
    eprintln!(
        "── {} functions in {}; build again and look at `bench --start`",
        names.len(),
        path.display()
    );
    Ok(())
}

/// The name that a line of callgrind's gives to a function, without the mark of a recursion.
fn function(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("fn=").or_else(|| line.strip_prefix("cfn="))?;
    let (_, name) = rest.split_once(") ")?;
    let marked =
        name.rsplit_once('\'').filter(|(_, mark)| mark.bytes().all(|one| one.is_ascii_digit()));
    Some(marked.map_or(name, |(name, _)| name))
}

/// The functions of the program.
fn symbols(program: &Path) -> Result<BTreeSet<String>> {
    let told = Command::new("nm").arg(program).output().context("could not run nm")?;
    ensure!(told.status.success(), "nm ended with {}", told.status);
    let text = String::from_utf8(told.stdout)?;
    let names = text.lines().filter_map(|line| line.rsplit_once(' '));
    Ok(names.map(|(_, name)| name.to_owned()).collect())
}

/// The names of the files of a folder, the first started first.
fn files(folder: &Path) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        all.push(entry?.file_name().to_string_lossy().into_owned());
    }
    all.sort_by_key(|name| (name.len(), name.clone()));
    Ok(all)
}

#[cfg(test)]
mod tests {
    #[test]
    fn functions_are_named_where_they_are_first_told() {
        for (line, name) in [
            (
                "fn=(12) _ZN4mine4main17h0123456789abcdefE",
                Some("_ZN4mine4main17h0123456789abcdefE"),
            ),
            ("cfn=(7) read'2", Some("read")),
            ("fn=(12)", None),
            ("calls=1 0", None),
        ] {
            assert_eq!(super::function(line), name, "{line}");
        }
    }
}
