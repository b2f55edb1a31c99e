//! A real SMTP server for tests: it listens on a port of its own, keeps what it receives, and can be
//! told to refuse a recipient, to hang up or to refuse a login. Waiting is by notification, never by
//! sleeping.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use mail_parser::{Message, MessageParser};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Longest line that is read.
const LINE_MAX: usize = 100_000;
/// Largest mail that is kept.
const MAIL_BYTES_MAX: usize = 10_000_000;
/// How long a test waits for mail before it fails.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// One received mail.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The bytes between DATA and the final dot.
    pub data: Vec<u8>,
}

impl Mail {
    /// The parsed mail.
    ///
    /// # Panics
    /// Where the bytes are no mail at all.
    pub fn parse(&self) -> Message<'_> {
        MessageParser::default().parse(&self.data).expect("received bytes are a mail")
    }

    /// The decoded subject.
    pub fn subject(&self) -> String {
        self.parse().subject().unwrap_or_default().to_owned()
    }

    /// The decoded text body.
    pub fn text(&self) -> String {
        self.parse().body_text(0).unwrap_or_default().into_owned()
    }

    /// The Message-ID, without angle brackets.
    pub fn message_id(&self) -> String {
        self.parse().message_id().unwrap_or_default().to_owned()
    }
}

/// How a recipient is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 550: no such mailbox.
    Permanent,
    /// 450: try later.
    Temporary,
}

/// When a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HangUp {
    /// As soon as it is made.
    OnConnect,
    /// After the mail has been received and kept, before it is acknowledged: the sender cannot know
    /// whether it arrived.
    BeforeAcknowledging,
}

/// What a test has asked for and what has come.
#[derive(Debug, Default)]
struct State {
    mails: Vec<Mail>,
    refusals: BTreeMap<String, Refusal>,
    hang_ups: Vec<HangUp>,
    refuse_logins: bool,
    logins: usize,
    refused: usize,
}

/// The server. It stops when it is dropped.
#[derive(Debug)]
pub struct SmtpServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Counts every change, so that waiting needs no polling.
    changed: watch::Sender<u64>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the state")
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state());
        self.changed.send_modify(|count| *count += 1);
        result
    }
}

impl SmtpServer {
    /// Starts a server on a free port of this machine.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port for SMTP")?;
        let address = listener.local_addr()?;
        let (changed, _) = watch::channel(0);
        let shared = Arc::new(Shared { state: Mutex::default(), changed });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, accepting })
    }

    /// Always `127.0.0.1`.
    pub fn host(&self) -> String {
        self.address.ip().to_string()
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Everything received so far.
    pub fn received(&self) -> Vec<Mail> {
        self.shared.state().mails.clone()
    }

    /// Forgets what was received.
    pub fn clear(&self) {
        self.shared.change(|state| state.mails.clear());
    }

    /// Waits until at least so many mails are there and returns all of them. Fails after 30 seconds.
    pub async fn wait_for(&self, count: usize) -> Result<Vec<Mail>> {
        self.wait_until(|mails| mails.len() >= count)
            .await
            .with_context(|| format!("expected {count} mails"))
    }

    /// Waits until a mail to an address is there whose subject contains a text, and returns it.
    /// Fails after 30 seconds.
    pub async fn wait_for_mail(&self, to: &str, subject: &str) -> Result<Mail> {
        let matches =
            |mail: &Mail| mail.to.iter().any(|it| it == to) && mail.subject().contains(subject);
        let mails = self
            .wait_until(|mails| mails.iter().any(matches))
            .await
            .with_context(|| format!("expected a mail to {to} about `{subject}`"))?;
        mails.into_iter().find(matches).context("the mail was there a moment ago")
    }

    /// Waits until a recipient has been refused so many times. Fails after 30 seconds.
    pub async fn wait_for_refusals(&self, count: usize) -> Result<()> {
        self.wait(|state| state.refused >= count).await
    }

    /// From now on refuses a recipient.
    pub fn refuse(&self, recipient: &str, how: Refusal) {
        self.shared.change(|state| state.refusals.insert(recipient.to_owned(), how));
    }

    /// From now on takes mail for a recipient again.
    pub fn accept(&self, recipient: &str) {
        self.shared.change(|state| state.refusals.remove(recipient));
    }

    /// Cuts one connection, once. Asked for several times, they are served in order.
    pub fn hang_up(&self, when: HangUp) {
        self.shared.change(|state| state.hang_ups.push(when));
    }

    /// From now on every login is refused with 535, or taken.
    pub fn refuse_logins(&self, refuse: bool) {
        self.shared.change(|state| state.refuse_logins = refuse);
    }

    /// How many logins there were.
    pub fn logins(&self) -> usize {
        self.shared.state().logins
    }

    async fn wait_until(&self, enough: impl Fn(&[Mail]) -> bool) -> Result<Vec<Mail>> {
        self.wait(|state| enough(&state.mails)).await?;
        Ok(self.received())
    }

    async fn wait(&self, enough: impl Fn(&State) -> bool) -> Result<()> {
        let mut changed = self.shared.changed.subscribe();
        let waiting = changed.wait_for(|_| enough(&self.shared.state()));
        if let Ok(found) = tokio::time::timeout(WAIT_MAX, waiting).await {
            found.context("the SMTP server stopped")?;
            return Ok(());
        }
        let subjects: Vec<_> = self.received().iter().map(Mail::subject).collect();
        bail!("waited {WAIT_MAX:?} for mail in vain; received: {subjects:?}")
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        // A client that hangs up ends its session with an error, which is of no interest.
        tokio::spawn(async move { Session::new(stream, shared).run().await });
    }
}

/// One connection.
struct Session {
    stream: BufReader<TcpStream>,
    shared: Arc<Shared>,
    from: Option<String>,
    to: Vec<String>,
}

impl Session {
    fn new(stream: TcpStream, shared: Arc<Shared>) -> Self {
        Self { stream: BufReader::new(stream), shared, from: None, to: Vec::new() }
    }

    async fn run(mut self) -> Result<()> {
        if self.hangs_up(HangUp::OnConnect) {
            return Ok(());
        }
        self.say("220 tests ESMTP").await?;
        while let Some(line) = self.line().await? {
            let line = String::from_utf8_lossy(&line).into_owned();
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => {
                    self.say("250-tests\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN").await?;
                }
                "HELO" | "NOOP" => self.say("250 ok").await?,
                "RSET" => {
                    self.reset();
                    self.say("250 ok").await?;
                }
                "AUTH" => self.login().await?,
                "MAIL" => {
                    self.reset();
                    self.from = Some(address(&line));
                    self.say("250 ok").await?;
                }
                "RCPT" => self.recipient(address(&line)).await?,
                "DATA" if self.to.is_empty() => self.say("503 no recipient").await?,
                "DATA" => {
                    if !self.data().await? {
                        return Ok(());
                    }
                }
                "QUIT" => {
                    self.say("221 bye").await?;
                    return Ok(());
                }
                _ => self.say("502 unknown command").await?,
            }
        }
        Ok(())
    }

    async fn login(&mut self) -> Result<()> {
        let refuse = self.shared.change(|state| {
            state.logins += 1;
            state.refuse_logins
        });
        self.say(if refuse { "535 wrong user or password" } else { "235 welcome" }).await
    }

    async fn recipient(&mut self, address: String) -> Result<()> {
        let refusal = self.shared.state().refusals.get(&address).copied();
        if refusal.is_some() {
            self.shared.change(|state| state.refused += 1);
        }
        match refusal {
            // As servers do, it repeats whom it was for.
            Some(Refusal::Permanent) => {
                let mailbox = address.split('@').next().unwrap_or_default();
                self.say(&format!("550 5.1.1 <{address}>: no such mailbox {mailbox}")).await
            }
            Some(Refusal::Temporary) => self.say("450 try again later").await,
            None if self.from.is_none() => self.say("503 no sender").await,
            None => {
                self.to.push(address);
                self.say("250 ok").await
            }
        }
    }

    /// Takes the mail; false where the connection is to be cut.
    async fn data(&mut self) -> Result<bool> {
        self.say("354 go on").await?;
        let mut data = Vec::new();
        loop {
            let Some(line) = self.line().await? else { return Ok(false) };
            if line == b"." {
                break;
            }
            // A line that begins with a dot was sent with one more.
            data.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            data.extend_from_slice(b"\r\n");
            if data.len() > MAIL_BYTES_MAX {
                bail!("a mail of more than {MAIL_BYTES_MAX} bytes");
            }
        }
        let mail = Mail { from: self.from.take().unwrap_or_default(), to: self.to.clone(), data };
        self.reset();
        let cut = self.hangs_up(HangUp::BeforeAcknowledging);
        self.shared.change(|state| state.mails.push(mail));
        if cut {
            return Ok(false);
        }
        self.say("250 kept").await?;
        Ok(true)
    }

    fn reset(&mut self) {
        self.from = None;
        self.to.clear();
    }

    /// Whether a test asked for this connection to be cut here; asks once.
    fn hangs_up(&self, when: HangUp) -> bool {
        let mut state = self.shared.state();
        let asked = state.hang_ups.first() == Some(&when);
        if asked {
            state.hang_ups.remove(0);
        }
        asked
    }

    async fn say(&mut self, reply: &str) -> Result<()> {
        self.stream.get_mut().write_all(format!("{reply}\r\n").as_bytes()).await?;
        Ok(())
    }

    /// A line without its end; none where the client has hung up.
    async fn line(&mut self) -> Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        if self.stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        if line.len() > LINE_MAX {
            bail!("a line of more than {LINE_MAX} bytes");
        }
        while line.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
            line.pop();
        }
        Ok(Some(line))
    }
}

/// What stands in the angle brackets.
fn address(line: &str) -> String {
    let (_, rest) = line.split_once('<').unwrap_or(("", ""));
    rest.split_once('>').map_or(rest, |(address, _)| address).to_owned()
}
