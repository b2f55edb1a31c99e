//! The browser that pages are tried in, where one is installed: its program and its flags. What is
//! done in it is the tests'.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// Where Debian and others put Chromium.
const PLACES: [&str; 3] =
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/// No window, no sandbox that root could not have, nothing that it would fetch by itself, and no
/// host but our own machine.
const FLAGS: [&str; 12] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=zh-CN",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
];

/// The installed Chromium, if there is one.
pub fn program() -> Option<PathBuf> {
    PLACES.iter().map(PathBuf::from).find(|path| path.is_file())
}

/// Chromium with a profile in an empty folder. On standard error it says where it listens for the
/// protocol of its developer tools.
pub fn command(profile: &Path) -> Result<Command> {
    let program = program().context(
        "no Chromium in /usr/bin; install it with `apt-get install -y chromium`, or run \
         `cargo xtask test`, which does",
    )?;
    let mut command = Command::new(program);
    command.args(FLAGS).arg(format!("--user-data-dir={}", profile.display()));
    Ok(command)
}
