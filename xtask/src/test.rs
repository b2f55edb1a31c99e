//! `cargo xtask test` and `cargo xtask lint`: the gate, the same on a laptop and in CI.
//!
//! One target folder and one feature set for all steps, so that dependencies are built once. What
//! a step needs is installed where it is missing; nothing is skipped in silence.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Result;
use testkit::{binary, postgres};

use crate::installed;
use crate::steps::Steps;

/// Asks tests that have one for their long run.
const LONG_VARIABLE: &str = "MANDATE_TEST_LONG";

/// Options of `cargo xtask test`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only tests whose names contain one of these; without one, all.
    filter: Vec<String>,
    /// Only the tests: no format check, no lints, no documentation.
    #[arg(long)]
    tests_only: bool,
    /// The long run of every test that has one, for hours: `kill -9` 200 times in a row on each
    /// database, every scenario of every pack against the built binary on both.
    #[arg(long)]
    long: bool,
}

/// Runs everything.
pub(crate) fn test(options: &Options) -> Result<()> {
    let mut steps = Steps::default();
    steps.step("programs", installed::ensure);
    if !options.tests_only {
        checks(&mut steps);
    }
    steps.program("build", &mut cargo(["build", "--workspace", "--bins"]));
    if !options.tests_only {
        steps.program("doc tests", &mut cargo(["test", "--workspace", "--doc", "--quiet"]));
    }
    let server = steps.step("start postgresql", postgres::Server::start);
    if let Some(server) = &server {
        run_tests(&mut steps, server, options);
    }
    steps.finish()
}

/// Runs only what needs no test.
pub(crate) fn lint() -> Result<()> {
    let mut steps = Steps::default();
    checks(&mut steps);
    steps.finish()
}

/// Writes what is made of the code: the tests that compare it write it first when they are told to.
pub(crate) fn schema() -> Result<()> {
    let mut steps = Steps::default();
    let mut test = cargo(["test", "--package", "engine", "--package", "graphql"]);
    test.args(["--package", "mandate", "--", "the_schema_is"]).env("UPDATE_SCHEMA", "1");
    steps.program("schema", &mut test);
    steps.finish()
}

fn checks(steps: &mut Steps) {
    steps.program("format", &mut cargo(["fmt", "--all", "--check"]));
    let lints = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    steps.program("lints", &mut cargo(lints));
    let mut documentation = cargo(["doc", "--workspace", "--no-deps"]);
    documentation.env("RUSTDOCFLAGS", "-D warnings");
    steps.program("documentation", &mut documentation);
}

/// Last, so that the runner's own summary closes the output.
fn run_tests(steps: &mut Steps, server: &postgres::Server, options: &Options) {
    let mut command = if has_nextest() {
        let profile = if options.long { "long" } else { "default" };
        let mut command =
            cargo(["nextest", "run", "--workspace", "--no-fail-fast", "--no-tests", "pass"]);
        command.args(["--profile", profile]);
        command
    } else {
        eprintln!("── cargo-nextest is not installed: tests run through cargo test");
        cargo(["test", "--workspace", "--all-targets", "--no-fail-fast", "--"])
    };
    command.args(&options.filter);
    if options.long {
        command.env(LONG_VARIABLE, "1");
    }
    command.env(postgres::SERVER_VARIABLE, server.url());
    command.env(binary::BINARY_VARIABLE, target_folder().join("debug/mandate"));
    steps.program("tests", &mut command);
}

fn has_nextest() -> bool {
    let asked = Command::new(cargo_program())
        .args(["nextest", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    asked.is_ok_and(|status| status.success())
}

/// Where cargo puts what it builds.
pub(crate) fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || binary::workspace_root().join("target"),
        |given| root_and(Path::new(&given)),
    )
}

fn root_and(folder: &Path) -> PathBuf {
    binary::workspace_root().join(folder)
}

/// A cargo command in the workspace's root.
pub(crate) fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new(cargo_program());
    command.current_dir(binary::workspace_root()).args(arguments);
    // Set for us by the outer `cargo run`; the inner cargo would take them as our own crate's.
    for variable in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        command.env_remove(variable);
    }
    command
}

fn cargo_program() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
