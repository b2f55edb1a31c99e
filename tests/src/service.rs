//! An HTTP service of somebody else's: it notes what it is asked and answers as it was told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use poem::http::StatusCode;
use poem::listener::{Acceptor as _, Listener as _, TcpListener};
use poem::{Request, Response, Server, endpoint};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The largest request that is read, in bytes.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// What it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as text.
    pub body: String,
}

/// What it does when it is asked.
#[derive(Debug, Clone)]
pub enum Reply {
    /// It answers.
    Answer {
        /// The status.
        status: u16,
        /// Headers.
        headers: Vec<(&'static str, String)>,
        /// The body.
        body: String,
    },
    /// It keeps silent until the caller gives up.
    Silence,
}

impl Reply {
    /// An answer with JSON.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self::Answer { status, headers, body: body.to_string() }
    }
}

/// A running service; dropping it ends it.
#[derive(Debug)]
pub struct Service {
    address: String,
    heard: watch::Receiver<Vec<Asked>>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    running: JoinHandle<()>,
}

impl Service {
    /// Starts one on a free port. What it is asked beyond its replies is answered with 500.
    ///
    /// # Errors
    /// Where it cannot listen.
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").into_acceptor().await;
        let listener = listener.context("the service cannot listen")?;
        let address = listener.local_addr().into_iter().next();
        let address = address.and_then(|address| address.as_socket_addr().copied());
        let address = address.context("the service has an address")?.to_string();
        let replies: Arc<Mutex<VecDeque<Reply>>> =
            Arc::new(Mutex::new(replies.into_iter().collect()));
        let (noted, heard) = watch::channel(Vec::new());
        let (told, noted) = (Arc::clone(&replies), Arc::new(noted));
        let answering = endpoint::make(move |request: Request| {
            let (told, noted) = (Arc::clone(&told), Arc::clone(&noted));
            async move { answer(request, &told, &noted).await }
        });
        let server = Server::new_with_acceptor(listener);
        let running = tokio::spawn(async move {
            // It ends with its task.
            let _ended = server.run(answering).await;
        });
        Ok(Self { address, heard, replies, running })
    }

    /// Its host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What it does when it is asked once more than it was told before.
    pub fn then(&self, reply: Reply) {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner).push_back(reply);
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.heard.borrow().clone()
    }

    /// Waits until it was asked so often, and answers what.
    ///
    /// # Errors
    /// Where it ends before.
    pub async fn asked_times(&self, times: usize) -> Result<Vec<Asked>> {
        let mut heard = self.heard.clone();
        let asked = heard.wait_for(|asked| asked.len() >= times).await;
        Ok(asked.context("the service has ended")?.clone())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn answer(
    mut request: Request,
    told: &Mutex<VecDeque<Reply>>,
    noted: &watch::Sender<Vec<Asked>>,
) -> Response {
    let body = request.take_body().into_bytes_limit(BODY_BYTES_MAX).await.unwrap_or_default();
    let text = |value: &poem::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let asked = Asked {
        method: request.method().to_string(),
        path: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
        headers: request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    noted.send_modify(|all| all.push(asked));
    let reply = told.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    match reply {
        Some(Reply::Answer { status, headers, body }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response.body(body)
        }
        Some(Reply::Silence) => std::future::pending().await,
        None => Response::builder().status(StatusCode::INTERNAL_SERVER_ERROR).finish(),
    }
}
