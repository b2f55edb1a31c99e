//! Our own server as a process of its own, started from this very program on a free port: what is
//! measured of it is not here.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio::process::{Child, Command};

use super::http::Client;

const START_WAIT_MAX: Duration = Duration::from_mins(1);
const END_WAIT_MAX: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_micros(500);

/// A running server; dropping it ends it at once.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: String,
    begun: Instant,
    /// Its files and what it says, in a folder that is removed at the end.
    folder: PathBuf,
}

impl Server {
    /// Starts a demonstration of a pack on a database; answered before it listens.
    pub(crate) fn start(database: &str, pack: &Path) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("mandate_bench_{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let said = std::fs::File::create(folder.join("said"))?;
        let program = std::env::current_exe().context("this program has no path")?;
        // Another process may take the port before the server does; then the server says so.
        let free = TcpListener::bind("127.0.0.1:0").context("no free port")?;
        let address = free.local_addr()?.to_string();
        drop(free);
        let mut command = Command::new(program);
        command.args(["serve", "--demo", "--log", "error", "--listen", &address]);
        command
            .args(["--database", database])
            .arg("--pack")
            .arg(pack)
            .arg("--blobs")
            .arg(folder.join("blobs"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said);
        let begun = Instant::now();
        let child =
            command.kill_on_drop(true).spawn().context("the server could not be started")?;
        Ok(Self { child, address, begun, folder })
    }

    /// A connection to it, as soon as it listens.
    pub(crate) async fn client(&mut self, person: &str) -> Result<Client> {
        loop {
            if let Ok(client) = Client::connect(&self.address, person).await {
                return Ok(client);
            }
            if let Some(status) = self.child.try_wait()? {
                let said = std::fs::read_to_string(self.folder.join("said")).unwrap_or_default();
                bail!("the server ended with {status} before it listened: {said}");
            }
            if self.begun.elapsed() > START_WAIT_MAX {
                bail!("the server did not listen within {} s", START_WAIT_MAX.as_secs());
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Since it was started.
    pub(crate) fn age(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Its resident memory.
    pub(crate) fn resident_bytes(&self) -> Option<i64> {
        crate::metrics::resident_bytes_of(&self.child.id()?.to_string())
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn end(mut self) -> Result<()> {
        let Some(id) = self.child.id() else { return Ok(()) };
        Command::new("kill").args(["-TERM", &id.to_string()]).status().await?;
        let ended = tokio::time::timeout(END_WAIT_MAX, self.child.wait()).await;
        ended.context("the server did not end when it was asked to")??;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What is left in the folder for temporary files harms nobody.
        let _removed = std::fs::remove_dir_all(&self.folder);
    }
}
