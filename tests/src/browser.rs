//! A page in a real browser, driven by the protocol of its developer tools. It knows nothing of
//! what the page is.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long an answer of the browser, and what a page is to show, may take.
const WAIT_MAX: Duration = Duration::from_mins(1);

/// Looks until an expression is true, and then answers it; in time it fails with what is shown.
const UNTIL: &str = "new Promise((done, fail) => {
    const end = Date.now() + 30000;
    const look = () => {
        const found = (EXPRESSION);
        if (found) done(found);
        else if (Date.now() > end) fail(new Error('shown is: ' + document.body.innerText));
        else setTimeout(look, 20);
    };
    look();
})";

/// A running browser with one page; dropping it ends it.
#[derive(Debug)]
pub struct Page {
    browser: Child,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: Option<String>,
    last_id: u64,
    events: Vec<Value>,
    _profile: tempfile::TempDir,
}

impl Page {
    /// Starts the browser and opens an address.
    ///
    /// # Errors
    /// Where there is no browser, or it does not do as it is told.
    pub async fn open(address: &str) -> Result<Self> {
        let profile = tempfile::tempdir().context("a folder")?;
        let mut command = testkit::browser::command(profile.path())?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut browser = command.spawn().context("could not start the browser")?;
        let said = BufReader::new(browser.stderr.take().context("standard error is piped")?);
        let (socket, _) = connect_async(listening(said)?).await.context("the browser listens")?;
        let mut page = Self {
            browser,
            socket,
            session: None,
            last_id: 0,
            events: Vec::new(),
            _profile: profile,
        };
        let target = page.tell("Target.createTarget", json!({ "url": "about:blank" })).await?;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = page.tell("Target.attachToTarget", attach).await?;
        page.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Network", "Runtime", "Log", "Page"] {
            page.tell(&format!("{domain}.enable"), json!({})).await?;
        }
        page.go(address).await?;
        Ok(page)
    }

    /// Opens another address in the same page.
    ///
    /// # Errors
    /// Where the browser does not do as it is told.
    pub async fn go(&mut self, address: &str) -> Result<()> {
        self.tell("Page.navigate", json!({ "url": address })).await.map(drop)
    }

    /// Waits until an expression of the page's is true, and answers it.
    ///
    /// # Errors
    /// Where it does not come true in time, or fails.
    pub async fn until(&mut self, expression: &str) -> Result<Value> {
        let script = UNTIL.replace("EXPRESSION", expression);
        let told = json!({ "expression": script, "awaitPromise": true, "returnByValue": true });
        let answer = self.tell("Runtime.evaluate", told).await?;
        let failed = &answer["exceptionDetails"];
        ensure!(
            failed.is_null(),
            "expected `{expression}`; {}",
            failed["exception"]["description"]
        );
        Ok(answer["result"]["value"].clone())
    }

    /// Every address that the page asked for.
    pub fn requests(&self) -> Vec<&str> {
        self.told("Network.requestWillBeSent", "/params/request/url")
            .chain(self.told("Network.webSocketCreated", "/params/url"))
            .collect()
    }

    /// What the page or the browser complained of: exceptions, what the policy refused.
    pub fn complaints(&self) -> Vec<&str> {
        self.told("Runtime.exceptionThrown", "/params/exceptionDetails/exception/description")
            .chain(self.told("Log.entryAdded", "/params/entry/text"))
            .collect()
    }

    fn told<'a>(&'a self, method: &'a str, place: &'a str) -> impl Iterator<Item = &'a str> {
        let own = self.events.iter().filter(move |event| event["method"] == method);
        own.filter_map(move |event| event.pointer(place)?.as_str())
    }

    /// Tells the browser something and answers its result; what it tells meanwhile is kept.
    async fn tell(&mut self, method: &str, params: Value) -> Result<Value> {
        self.last_id += 1;
        let mut message = json!({ "id": self.last_id, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.socket.send(Message::text(message.to_string())).await?;
        loop {
            let next = tokio::time::timeout(WAIT_MAX, self.socket.next()).await;
            let next = next.with_context(|| format!("no answer to {method}"))?;
            let Message::Text(text) = next.context("the browser has ended")?? else { continue };
            let mut told: Value = serde_json::from_str(text.as_str())?;
            if told["id"] == self.last_id {
                ensure!(told["error"].is_null(), "{method}: {}", told["error"]);
                return Ok(told["result"].take());
            }
            self.events.push(told);
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // Already gone where it crashed.
        let _gone = self.browser.kill();
        let _ended = self.browser.wait();
    }
}

/// The address that the browser says it listens on.
fn listening(said: BufReader<impl std::io::Read + Send + 'static>) -> Result<String> {
    let mut lines = said.lines().map_while(std::io::Result::ok);
    let mut before = Vec::new();
    while let Some(line) = lines.next() {
        if let Some(address) = line.strip_prefix("DevTools listening on ") {
            let address = address.to_owned();
            // Ends with the browser; a full pipe would stop it.
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(address);
        }
        before.push(line);
    }
    bail!("the browser ended and said:\n{}", before.join("\n"))
}
