//! The built `mandate` binary, running as a server of its own, as a person would start it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

const START_MAX: Duration = Duration::from_secs(30);

/// A running server; dropping it ends it at once, as a crash would.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: String,
    log: Receiver<String>,
}

impl Server {
    /// Starts the binary on a database and a free port; `more` are further arguments of `serve`.
    pub fn start(database: &str, more: &[&str]) -> Result<Self> {
        // A write beyond a limit that `limit_files` sets fails, as on a full disk, and kills nobody.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]);
        command.arg(testkit::binary::mandate()?).args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--log-format",
            "json",
        ]);
        command.args(["--database", database]).args(more);
        command.current_dir(testkit::binary::workspace_root());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().context("could not start the binary")?;
        let lines = BufReader::new(child.stderr.take().context("standard error is piped")?).lines();
        let (sender, log) = channel();
        // Ends with the server; a full pipe would stop the server.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _nobody_reads = sender.send(line);
            }
        });
        let mut server = Self { child, address: String::new(), log };
        let line = server.wait_for("\"message\":\"listening\"")?;
        let line: serde_json::Value = serde_json::from_str(&line).context("a log line is JSON")?;
        line["address"].as_str().context("it says its address")?.clone_into(&mut server.address);
        Ok(server)
    }

    /// Its address, such as `http://127.0.0.1:4711`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// From now on no file of the server grows beyond so many bytes; none lifts the limit.
    pub fn limit_files(&self, bytes: Option<u64>) -> Result<()> {
        let most = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        // The soft limit alone, so that it can be lifted again.
        let limit = format!("--fsize={most}:");
        let status = Command::new("prlimit")
            .args(["--pid", &self.child.id().to_string(), &limit])
            .status()
            .context("could not run prlimit (util-linux)")?;
        ensure!(status.success(), "prlimit ended with {status}");
        Ok(())
    }

    /// Waits until a line with this text is logged, and answers the line.
    pub fn wait_for(&mut self, text: &str) -> Result<String> {
        let mut said = Vec::new();
        while let Ok(line) = self.log.recv_timeout(START_MAX) {
            if line.contains(text) {
                return Ok(line);
            }
            said.push(line);
        }
        bail!("the server did not log `{text}`, but:\n{}", said.join("\n"))
    }

    /// Asks it to end, and waits until it has. It finishes mail that it is sending: a mail server
    /// on the same thread would wait for us, and we for it.
    pub fn end(mut self) -> Result<ExitStatus> {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        asked.context("could not send SIGTERM")?;
        self.child.wait().context("it was started by us")
    }

    /// Ends it at once.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill().context("it runs")?;
        self.child.wait().context("it was started by us")?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone after `end` and `kill`.
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}
