//! The protocol graphql-transport-ws: what a client's messages ask for and what it is sent, until one
//! of the two ends the connection. Bytes and frames are whoever serves the websocket's.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Data, Executor as _, Request, Response, ServerError};
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, Stream, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Sleep;
use tokio_stream::StreamMap;

use crate::{Code, Schema, error};

/// The name of the protocol, for `Sec-WebSocket-Protocol`.
pub const PROTOCOL: &str = "graphql-transport-ws";

/// What a connection may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long a client may take until it says `connection_init`.
    pub init: Duration,
    /// Subscriptions, and queries that are being answered, at a time.
    pub operations: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { init: Duration::from_secs(10), operations: 100 }
    }
}

/// What is sent to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A message.
    Text(String),
    /// The last one: a code of the protocol, or of websockets, and why.
    Close(u16, String),
}

/// A client's message.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Message {
    ConnectionInit {
        #[serde(default)]
        payload: Value,
    },
    Subscribe {
        id: String,
        payload: Box<Request>,
    },
    Complete {
        id: String,
    },
    Ping {
        #[serde(default)]
        payload: Value,
    },
    Pong {},
}

/// Who is let in, from what `connection_init` says; else the code of why not.
type Door =
    Box<dyn FnOnce(Value) -> Pin<Box<dyn Future<Output = Result<Data, Code>> + Send>> + Send>;

struct Connection<S> {
    schema: Schema,
    messages: S,
    limits: Limits,
    door: Option<Door>,
    /// Who it is, once they are let in.
    data: Option<Arc<Data>>,
    /// The answers of each operation; none is its end.
    running: StreamMap<String, BoxStream<'static, Option<Response>>>,
    late: Pin<Box<Sleep>>,
    is_closed: bool,
}

/// What a client is sent, by what it says.
pub fn serve<S, F, R>(
    schema: Schema,
    messages: S,
    limits: Limits,
    door: F,
) -> impl Stream<Item = Frame> + Send
where
    S: Stream<Item = Vec<u8>> + Send + Unpin,
    F: FnOnce(Value) -> R + Send + 'static,
    R: Future<Output = Result<Data, Code>> + Send + 'static,
{
    let connection = Connection {
        schema,
        messages,
        limits,
        door: Some(Box::new(move |given| door(given).boxed())),
        data: None,
        running: StreamMap::new(),
        late: Box::pin(tokio::time::sleep(limits.init)),
        is_closed: false,
    };
    stream::unfold(connection, |mut connection| async move {
        let frame = connection.next().await?;
        connection.is_closed = matches!(frame, Frame::Close(..));
        Some((frame, connection))
    })
}

impl<S: Stream<Item = Vec<u8>> + Send + Unpin> Connection<S> {
    async fn next(&mut self) -> Option<Frame> {
        if self.is_closed {
            return None;
        }
        loop {
            tokio::select! {
                message = self.messages.next() => {
                    if let Some(frame) = self.take(&message?).await {
                        return Some(frame);
                    }
                }
                Some((id, answer)) = self.running.next() => return Some(self.tell(&id, answer)),
                () = &mut self.late, if self.data.is_none() => {
                    return Some(close(4408, "Connection initialisation timeout"));
                }
            }
        }
    }

    /// Does what a message asks for; answers what is said to it at once.
    async fn take(&mut self, message: &[u8]) -> Option<Frame> {
        let message = match serde_json::from_slice(message) {
            Ok(message) => message,
            Err(wrong) => return Some(close(4400, &format!("Invalid message: {wrong}"))),
        };
        match message {
            Message::ConnectionInit { payload } => Some(self.let_in(payload).await),
            Message::Subscribe { id, payload } => self.begin(id, *payload),
            Message::Complete { id } => {
                self.running.remove(&id);
                None
            }
            Message::Ping { payload: Value::Null } => Some(text(&json!({ "type": "pong" }))),
            Message::Ping { payload } => Some(text(&json!({ "type": "pong", "payload": payload }))),
            Message::Pong {} => None,
        }
    }

    async fn let_in(&mut self, given: Value) -> Frame {
        let Some(door) = self.door.take() else {
            return close(4429, "Too many initialisation requests");
        };
        match door(given).await {
            Ok(data) => {
                self.data = Some(Arc::new(data));
                text(&json!({ "type": "connection_ack" }))
            }
            // Trying again may help.
            Err(code) if code.is_retryable() => close(1013, code.as_str()),
            Err(code) => close(4403, code.as_str()),
        }
    }

    fn begin(&mut self, id: String, asked: Request) -> Option<Frame> {
        let Some(data) = self.data.clone() else { return Some(close(4401, "Unauthorized")) };
        if self.running.contains_key(&id) {
            return Some(close(4409, &format!("Subscriber for {id} already exists")));
        }
        if self.running.len() >= self.limits.operations {
            let refused: ServerError = error::too_many_operations(self.limits.operations);
            return Some(text(&json!({ "type": "error", "id": id, "payload": [refused] })));
        }
        let answers = self.schema.execute_stream(asked, Some(data)).map(Some);
        self.running.insert(id, answers.chain(stream::iter([None])).boxed());
        None
    }

    fn tell(&mut self, id: &str, answer: Option<Response>) -> Frame {
        if let Some(answer) = answer {
            return text(&json!({ "type": "next", "id": id, "payload": answer }));
        }
        self.running.remove(id);
        text(&json!({ "type": "complete", "id": id }))
    }
}

fn text(message: &Value) -> Frame {
    Frame::Text(message.to_string())
}

/// A closing frame; its reason may have 123 bytes.
fn close(code: u16, reason: &str) -> Frame {
    const REASON_BYTES_MAX: usize = 123;
    let end =
        (0..=REASON_BYTES_MAX.min(reason.len())).rev().find(|at| reason.is_char_boundary(*at));
    Frame::Close(code, reason[..end.unwrap_or(0)].to_owned())
}
