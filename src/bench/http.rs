//! A client just good enough to ask our own server on this machine: one connection that is kept,
//! one request at a time, answers with a `Content-Length`. What is asked is not here.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// An answer may have so many bytes.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// A connection that speaks for one person.
#[derive(Debug)]
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    head: String,
}

impl Client {
    /// Connects to `127.0.0.1:port`.
    pub(crate) async fn connect(address: &str, person: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let head = format!(
            "POST /graphql HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Authorization: Bearer demo-{person}\r\nContent-Length: "
        );
        Ok(Self { stream: BufReader::new(stream), head })
    }

    /// Asks and answers `data`; errors of any kind are errors.
    pub(crate) async fn ask(&mut self, query: &str, variables: &Value) -> Result<Value> {
        let body = serde_json::json!({ "query": query, "variables": variables }).to_string();
        let request = format!("{}{}\r\n\r\n{body}", self.head, body.len());
        self.stream.get_mut().write_all(request.as_bytes()).await?;
        let answer = self.answer().await?;
        let mut answer: Value = serde_json::from_slice(&answer).context("the answer is no JSON")?;
        if let Some(errors) = answer.get("errors") {
            bail!("expected an answer without errors, found {errors}");
        }
        Ok(answer["data"].take())
    }

    async fn answer(&mut self) -> Result<Vec<u8>> {
        let mut line = String::new();
        ensure!(self.stream.read_line(&mut line).await? > 0, "the server closed the connection");
        let status = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut length = None;
        loop {
            line.clear();
            self.stream.read_line(&mut line).await?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse::<usize>().ok();
            }
        }
        let length = length.context("expected an answer with a Content-Length")?;
        ensure!(length <= ANSWER_BYTES_MAX, "the answer has {length} bytes");
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        let said = || String::from_utf8_lossy(&body).into_owned();
        ensure!(status == "200", "expected status 200, found {status}: {}", said());
        Ok(body)
    }
}
