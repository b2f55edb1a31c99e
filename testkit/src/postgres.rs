//! A real PostgreSQL server for one test run, started from the installed binaries.
//!
//! One server per run, one database per test. `cargo xtask test` starts the server and hands its
//! address on in `MANDATE_TEST_POSTGRES`; a plain `cargo test` starts one per process. The server
//! runs as an ordinary user on a loopback port with `fsync` on, and ends with the process that
//! started it, however that ends.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

/// The variable that names a running server, such as `postgres://mandate@127.0.0.1:5433`.
pub const SERVER_VARIABLE: &str = "MANDATE_TEST_POSTGRES";

const USER: &str = "mandate";
const CONNECTIONS_MAX: u32 = 300;
const START_TRIES_MAX: u32 = 5;
const START_WAIT_MAX: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(20);

/// Ends the server when its standard input closes, which happens when we end, even by `kill -9`.
/// Unless told `keep` before, it removes the server's files too.
const KEEPER: &str = r#""$@" >"$MANDATE_PG_FOLDER/log" 2>&1 &
pid=$!
read -r word || word=gone
kill -INT $pid 2>/dev/null
wait $pid
[ "$word" = keep ] || rm -rf "$MANDATE_PG_FOLDER"
"#;

/// A running server; dropping it stops the server and removes its files.
#[derive(Debug)]
pub struct Server {
    folder: TempDir,
    port: u16,
    keeper: Option<Child>,
}

/// A database of one test; dropping it removes the database.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
}

impl Server {
    /// Initialises a cluster in a temporary folder and starts it on a free port.
    pub fn start() -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("mandate-pg-")
            .tempdir()
            .context("no temporary folder for PostgreSQL")?;
        hand_over(folder.path())?;
        initialise(&folder.path().join("data"))?;
        let mut server = Self { folder, port: 0, keeper: None };
        let mut last = None;
        for _ in 0..START_TRIES_MAX {
            // Another process may take the port between this line and the server's own bind.
            server.port = free_port()?;
            match server.resume() {
                Ok(()) => return Ok(server),
                Err(error) => last = Some(error),
            }
        }
        Err(last.expect("START_TRIES_MAX is not zero"))
    }

    /// The server's address without a database, such as `postgres://mandate@127.0.0.1:5433`.
    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}", self.port)
    }

    /// Ends the server at once, as a crash would; files and port stay for [`Server::resume`].
    pub fn crash(&mut self) -> Result<()> {
        let pid = fs::read_to_string(self.data().join("postmaster.pid"))
            .context("the server is not running: it has no postmaster.pid")?;
        let pid = pid.lines().next().unwrap_or_default().trim().to_owned();
        run(Command::new("kill").args(["-QUIT", &pid]))?;
        self.release();
        Ok(())
    }

    /// Starts the server again after [`Server::crash`], on the same port and files.
    pub fn resume(&mut self) -> Result<()> {
        // An old log would be read as this start's.
        let _absent_at_first = fs::remove_file(self.log());
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "keeper"]);
        command.args(as_user());
        command.arg(program("postgres")?).arg("-D").arg(self.data());
        command.arg("-k").arg(self.folder.path());
        command.args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        command.args(["-c", &format!("max_connections={CONNECTIONS_MAX}")]);
        command.args(["-c", "fsync=on", "-c", "synchronous_commit=on"]);
        command.env("MANDATE_PG_FOLDER", self.folder.path()).current_dir("/");
        // A group of its own: an interrupt at the terminal is for us, and we end the server.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null());
        self.keeper = Some(command.spawn().context("could not start PostgreSQL")?);
        self.wait_until_ready()
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < START_WAIT_MAX {
            if psql(&format!("{}/postgres", self.url()), "SELECT 1").is_ok() {
                return Ok(());
            }
            let log = fs::read_to_string(self.log()).unwrap_or_default();
            if log.lines().last().is_some_and(|line| line.contains("database system is shut down"))
            {
                break;
            }
            std::thread::sleep(POLL);
        }
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        self.release();
        bail!("PostgreSQL did not answer on port {}; its log says:\n{log}", self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Closes the keeper's input and waits until the server has ended.
    fn release(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            if let Some(mut input) = keeper.stdin.take() {
                // A keeper that is gone needs no word.
                let _told = input.write_all(b"keep\n");
            }
            let _ended = keeper.wait();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.release();
    }
}

impl Database {
    /// An empty database on the run's server.
    pub fn create() -> Result<Self> {
        Self::create_on(&shared()?)
    }

    /// An empty database on the server at this address (one that [`Server::url`] gave).
    pub fn create_on(server: &str) -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("t{}_{number}", std::process::id());
        psql(&format!("{server}/postgres"), &format!("CREATE DATABASE {name}"))?;
        Ok(Self { server: server.to_owned(), name })
    }

    /// The address to connect to.
    pub fn url(&self) -> String {
        format!("{}/{}", self.server, self.name)
    }

    /// Runs SQL through `psql` and answers its unaligned rows.
    pub fn sql(&self, sql: &str) -> Result<String> {
        psql(&self.url(), sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // The server goes with its files at the end of the run anyway.
        let _dropped = psql(&format!("{}/postgres", self.server), &drop);
    }
}

/// The address of the run's server: the one `MANDATE_TEST_POSTGRES` names, or one started now
/// that lasts as long as this process.
#[expect(clippy::disallowed_methods, reason = "no setting of the product")]
pub fn shared() -> Result<String> {
    static STARTED: OnceLock<Result<Server, String>> = OnceLock::new();
    if let Ok(given) = std::env::var(SERVER_VARIABLE) {
        return Ok(given.trim_end_matches('/').to_owned());
    }
    match STARTED.get_or_init(|| Server::start().map_err(|error| format!("{error:#}"))) {
        Ok(server) => Ok(server.url()),
        Err(message) => bail!("{message}"),
    }
}

/// The folder of the newest installed server's programs, if there is one.
pub fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    versions
        .filter_map(|entry| {
            let folder = entry.ok()?;
            let version: u32 = folder.file_name().to_str()?.parse().ok()?;
            let programs = folder.path().join("bin");
            programs.join("postgres").is_file().then_some((version, programs))
        })
        .max()
        .map(|(_, programs)| programs)
}

fn program(name: &str) -> Result<PathBuf> {
    let folder = programs().context(
        "no PostgreSQL server under /usr/lib/postgresql/*/bin; \
         install it with `apt-get install -y postgresql`, or run `cargo xtask test`, which does",
    )?;
    Ok(folder.join(name))
}

/// PostgreSQL refuses to run as root; then it runs as the first of these users that exists.
fn as_user() -> Vec<String> {
    match unprivileged() {
        Some(user) => {
            let words = ["setpriv", "--reuid", &user, "--regid", &user, "--clear-groups", "--"];
            words.map(str::to_owned).to_vec()
        }
        None => vec!["env".to_owned()],
    }
}

/// The numeric id to run as, where we are root.
fn unprivileged() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let we_are_root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let id_of = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        line.split(':').nth(2).map(str::to_owned)
    };
    we_are_root
        .then(|| id_of("postgres").or_else(|| id_of("nobody")).unwrap_or_else(|| "65534".into()))
}

fn hand_over(folder: &Path) -> Result<()> {
    match unprivileged() {
        Some(user) => run(Command::new("chown").arg(user).arg(folder)),
        None => Ok(()),
    }
}

fn initialise(data: &Path) -> Result<()> {
    let user = as_user();
    let (first, rest) = user.split_first().expect("as_user is never empty");
    let mut command = Command::new(first);
    command.args(rest).arg(program("initdb")?).arg("-D").arg(data).current_dir("/");
    command.args(["--username", USER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]);
    // The cluster is thrown away: only what the tests write must reach the disk.
    run(command.arg("--no-sync"))
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no free loopback port")?;
    Ok(listener.local_addr().context("the listener has no address")?.port())
}

fn psql(url: &str, sql: &str) -> Result<String> {
    let output = Command::new(program("psql")?)
        .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
        .args(["--set", "ON_ERROR_STOP=1", "--dbname", url, "--command", sql])
        .stdin(Stdio::null())
        .output()
        .context("could not run psql")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "psql refused `{sql}`: {said}");
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

fn run(command: &mut Command) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("could not run {}", command.get_program().display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} failed: {said}", command.get_program().display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crashed_server_comes_back_with_what_was_committed() {
        let mut server = Server::start().expect("a server");
        let database = Database::create_on(&server.url()).expect("a database");
        database.sql("CREATE TABLE kept (word text)").expect("a table");
        database.sql("INSERT INTO kept VALUES ('here')").expect("a row");
        server.crash().expect("it was running");
        assert!(database.sql("SELECT 1").is_err(), "a crashed server answers nobody");
        server.resume().expect("it starts again");
        assert_eq!(database.sql("SELECT word FROM kept").expect("rows"), "here");
    }

    #[test]
    fn two_tests_do_not_share_a_database() {
        let (one, two) = (Database::create().expect("one"), Database::create().expect("two"));
        assert_ne!(one.url(), two.url());
        one.sql("CREATE TABLE mine (id int)").expect("a table");
        assert!(two.sql("SELECT * FROM mine").is_err());
    }
}
