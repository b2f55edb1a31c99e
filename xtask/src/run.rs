//! `cargo xtask run`: from a fresh clone to a server with the demonstration in it.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use testkit::binary::workspace_root;

use crate::test::{cargo, target_folder};

/// Options of `cargo xtask run`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The pack to load.
    #[arg(long, default_value = "workflows/puer")]
    pack: String,
    /// Where the server listens.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// Build with optimisation (takes some minutes the first time).
    #[arg(long)]
    release: bool,
    /// Forget the cases of earlier runs and begin with an empty database.
    #[arg(long)]
    fresh: bool,
}

/// Builds and then becomes the server, so that an interrupt ends the server as it should.
pub(crate) fn run(options: &Options) -> Result<()> {
    let data = workspace_root().join(".mandate");
    if options.fresh && data.exists() {
        fs::remove_dir_all(&data)
            .with_context(|| format!("could not remove {}", data.display()))?;
    }
    fs::create_dir_all(&data).with_context(|| format!("could not create {}", data.display()))?;
    eprintln!("── building (the first time takes some minutes)");
    let mut build = cargo(["build", "--package", "mandate", "--bin", "mandate"]);
    if options.release {
        build.arg("--release");
    }
    let status = build.status().context("could not run cargo build")?;
    ensure!(status.success(), "the build failed with {status}");
    let profile = if options.release { "release" } else { "debug" };
    let mut server = Command::new(target_folder().join(profile).join("mandate"));
    server.current_dir(workspace_root()).args(["serve", "--demo", "--pack", &options.pack]);
    server.args(["--listen", &options.listen]);
    server.args(["--database", "sqlite://.mandate/mandate.db", "--blobs", ".mandate/blobs"]);
    Err(server.exec()).context("could not start the server")
}
