//! Where the built `mandate` binary is, for tests that run it as a person would.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};

/// The variable that names a binary that is already built; `cargo xtask test` sets it.
pub const BINARY_VARIABLE: &str = "MANDATE_TEST_BINARY";

/// The workspace's root folder.
pub fn workspace_root() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.parent().expect("testkit lies in the workspace").to_path_buf()
}

/// The `mandate` binary: the one named by `MANDATE_TEST_BINARY`, or one built now.
///
/// Cargo does not build another package's binary for a test, so a plain `cargo test` builds it
/// here, once per process.
pub fn mandate() -> Result<PathBuf> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    if let Some(given) = std::env::var_os(BINARY_VARIABLE) {
        let path = PathBuf::from(given);
        ensure!(
            path.is_file(),
            "{BINARY_VARIABLE} names {}, where no file is; unset it to build one",
            path.display()
        );
        return Ok(path);
    }
    BUILT
        .get_or_init(|| build().map_err(|error| format!("{error:#}")))
        .clone()
        .map_err(anyhow::Error::msg)
}

fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(workspace_root())
        .args(["build", "--quiet", "--package", "mandate", "--bin", "mandate"])
        .status()
        .context("could not run cargo build for the mandate binary")?;
    ensure!(status.success(), "cargo build of the mandate binary ended with {status}");
    let path = debug_folder()?.join("mandate");
    ensure!(path.is_file(), "expected the built binary at {}", path.display());
    Ok(path)
}

/// `target/debug`, seen from the running test binary in `target/debug/deps`.
fn debug_folder() -> Result<PathBuf> {
    let own = std::env::current_exe().context("where is this program?")?;
    let folder = own
        .ancestors()
        .skip(1)
        .find(|folder| !folder.ends_with("deps"))
        .context("a test binary lies in target/debug/deps")?;
    Ok(folder.to_path_buf())
}
