//! Programs that the tests start and that are not ours: installed where they are missing, so that no
//! test is skipped.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use testkit::{browser, postgres};

/// A program, Debian's package of it, and where it is.
type Program = (&'static str, &'static str, fn() -> Option<PathBuf>);

const PROGRAMS: [Program; 2] = [
    ("a PostgreSQL server", "postgresql", postgres::programs),
    ("Chromium", "chromium", browser::program),
];

/// Installs what is missing.
pub(crate) fn ensure() -> Result<()> {
    let mut missing = Vec::new();
    for program in PROGRAMS {
        match program.2() {
            Some(path) => eprintln!("── {}: {}", program.0, path.display()),
            None => missing.push(program),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<_> = missing.iter().map(|(_, package, _)| *package).collect();
    eprintln!("── installing with apt-get: {}", packages.join(", "));
    apt_get(&["update"], &packages)?;
    let install = ["install", "-y", "--no-install-recommends"];
    apt_get(&[&install, packages.as_slice()].concat(), &packages)?;
    for (name, package, found) in missing {
        ensure!(found().is_some(), "apt-get installed {package}, but {name} is still missing");
    }
    Ok(())
}

fn apt_get(arguments: &[&str], packages: &[&str]) -> Result<()> {
    let packages = packages.join(" ");
    let status = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("could not run apt-get; install {packages} by hand"))?;
    if status.success() {
        return Ok(());
    }
    bail!(
        "apt-get {} ended with {status}; it needs root: run `apt-get install -y {packages}` once",
        arguments.join(" ")
    )
}
