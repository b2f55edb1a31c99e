//! Subscriptions over a real websocket (graphql-transport-ws) against the built binary, on both
//! databases: somebody listens, another person acts, and what happened arrives.

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tests::api::Api;
use tests::places::Place;
use tests::server::Server;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// What a listener waits for at most.
const WAIT_MAX: std::time::Duration = std::time::Duration::from_secs(30);

const START: &str = "mutation { startInstance(input: { process: \"three\" }) { instance { id } } }";
const INBOX: &str = "subscription { inboxChanged }";
const INSTANCE: &str =
    "subscription($id: ID!) { instanceChanged(id: $id) { currentNodes { name } } }";
const INBOX_OF: &str = "{ inbox { edges { node { id nodeName } } } }";
const COMPLETE: &str = "mutation($task: ID!) { completeTask(input: { task: $task }) { revision } }";

/// A connection.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects with a token and answers how the server takes it.
    async fn connect(server: &Server, token: &str) -> Result<(Self, Value)> {
        let url = server.address().replace("http://", "ws://");
        let mut request = format!("{url}/graphql").into_client_request()?;
        let protocol = "graphql-transport-ws".parse()?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocol);
        let (stream, answer) = connect_async(request).await.context("it is upgraded")?;
        let chosen = answer.headers().get("Sec-WebSocket-Protocol");
        ensure!(chosen.is_some_and(|one| one == "graphql-transport-ws"), "found {chosen:?}");
        let mut socket = Self(stream);
        let payload = json!({ "authorization": format!("Bearer {token}") });
        socket.send(&json!({ "type": "connection_init", "payload": payload })).await?;
        let first = socket.next().await?;
        Ok((socket, first))
    }

    /// Connects as a person of the demonstration.
    async fn of(server: &Server, person: &str) -> Result<Self> {
        let (socket, first) = Self::connect(server, &format!("demo-{person}")).await?;
        assert_eq!(first["type"], "connection_ack", "{first}");
        Ok(socket)
    }

    async fn subscribe(&mut self, id: &str, query: &str, variables: Value) -> Result<()> {
        let payload = json!({ "query": query, "variables": variables });
        self.send(&json!({ "type": "subscribe", "id": id, "payload": payload })).await
    }

    async fn send(&mut self, message: &Value) -> Result<()> {
        Ok(self.0.send(Message::text(message.to_string())).await?)
    }

    /// The next message; a closed connection is told by its reason.
    async fn next(&mut self) -> Result<Value> {
        loop {
            let next = tokio::time::timeout(WAIT_MAX, self.0.next()).await;
            match next.context("nothing arrives")?.context("the connection ended")?? {
                Message::Text(text) => return Ok(serde_json::from_str(text.as_str())?),
                Message::Close(frame) => {
                    let reason =
                        frame.map(|frame| (u16::from(frame.code), frame.reason.to_string()));
                    return Ok(json!({ "closed": reason }));
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => bail!("expected a text, found {other:?}"),
            }
        }
    }

    /// Waits until a subscription tells a value at a place; an earlier state may come before it.
    async fn until(&mut self, id: &str, place: &str, value: &Value) -> Result<()> {
        loop {
            let message = self.next().await?;
            ensure!(message["type"] == "next", "expected {value} at {place}, found {message}");
            if message["id"] == id && message.pointer(place) == Some(value) {
                return Ok(());
            }
        }
    }
}

async fn what_another_does_arrives(place: &Place) -> Result<()> {
    let server = tests::office::serve(place, &place.url(), &[])?;
    let api = Api::of(server.address());

    let mut socket = Socket::of(&server, "clerk1").await?;
    let count = "/payload/data/inboxChanged";
    socket.subscribe("inbox", INBOX, json!({})).await?;
    socket.until("inbox", count, &json!(0)).await?;
    let begun = api.ask(Some("clerk0"), START, json!({})).await?;
    let case = &begun["startInstance"]["instance"]["id"];
    socket.until("inbox", count, &json!(1)).await?;

    let node = "/payload/data/instanceChanged/currentNodes/0/name";
    socket.subscribe("case", INSTANCE, json!({ "id": case })).await?;
    socket.until("case", node, &json!("one")).await?;
    let inbox = api.ask(Some("clerk2"), INBOX_OF, json!({})).await?;
    let task = &inbox["inbox"]["edges"][0]["node"]["id"];
    api.ask(Some("clerk2"), COMPLETE, json!({ "task": task })).await?;
    socket.until("case", node, &json!("two")).await?;

    // Who may not see the case is told why, and hears nothing of it.
    let mut stranger = Socket::of(&server, "worker").await?;
    stranger.subscribe("case", INSTANCE, json!({ "id": case })).await?;
    let refused = stranger.next().await?;
    let code = refused.pointer("/payload/errors/0/extensions/code");
    assert_eq!(code, Some(&json!("NOT_FOUND")), "{refused}");
    let (_, closed) = Socket::connect(&server, "demo-nobodyAtAll").await?;
    assert_eq!(closed["closed"], json!([4403, "TOKEN_UNKNOWN"]), "{closed}");
    drop((socket, stranger));
    ensure!(server.end()?.success());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_what_another_does_arrives() -> Result<()> {
    what_another_does_arrives(&Place::sqlite()?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_what_another_does_arrives() -> Result<()> {
    what_another_does_arrives(&Place::postgres()?).await
}
