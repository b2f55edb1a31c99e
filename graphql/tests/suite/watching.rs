//! Subscriptions by the graphql-transport-ws protocol, on the schema that is built.

use async_graphql::Data;
use async_graphql::http::{WebSocket, WebSocketProtocols, WsMessage};
use futures_util::{Stream, StreamExt as _};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;

use crate::harness::{Api, CLAIM, on_both, people};

/// One connection.
struct Socket {
    out: mpsc::UnboundedSender<String>,
    answers: std::pin::Pin<Box<dyn Stream<Item = WsMessage> + Send>>,
}

impl Socket {
    /// Connects as a person and subscribes.
    async fn subscribe(api: &Api, who: Option<&str>, query: &str, variables: Value) -> Self {
        let (out, sent) = mpsc::unbounded_channel();
        let mut data = Data::default();
        data.insert(api.viewing(who).await);
        let protocol = WebSocketProtocols::GraphQLWS;
        let sent = UnboundedReceiverStream::new(sent);
        let answers = WebSocket::new(api.schema.clone(), sent, protocol).connection_data(data);
        let mut socket = Self { out, answers: Box::pin(answers) };
        socket.send(&json!({ "type": "connection_init" }));
        assert_eq!(socket.next().await["type"], "connection_ack");
        let payload = json!({ "query": query, "variables": variables });
        socket.send(&json!({ "type": "subscribe", "id": "1", "payload": payload }));
        socket
    }

    fn send(&self, message: &Value) {
        self.out.send(message.to_string()).expect("the connection is open");
    }

    async fn next(&mut self) -> Value {
        let message = self.answers.next().await.expect("the connection is open");
        serde_json::from_str(&message.unwrap_text()).expect("JSON")
    }

    /// Waits for a message that has a value at a place; what comes before may be of earlier changes.
    async fn until(&mut self, pointer: &str, value: &Value) {
        loop {
            let message = self.next().await;
            assert_ne!(message["type"], "complete", "expected {value} at {pointer}");
            if message.pointer(pointer) == Some(value) {
                return;
            }
        }
    }
}

const INBOX: &str = "subscription { inboxChanged }";
const INSTANCE: &str = "subscription($id: ID!) { instanceChanged(id: $id) { tasks { edges { node { \
    state assignee { handle } } } } } }";

#[test]
fn an_inbox_tells_its_count_at_once_and_whenever_it_changes() {
    on_both(|api| async move {
        let mut socket = Socket::subscribe(&api, Some("li"), INBOX, json!({})).await;
        let count = "/payload/data/inboxChanged";
        socket.until(count, &json!(0)).await;
        api.applied("Road").await;
        socket.until(count, &json!(1)).await;
        api.applied("Bridge").await;
        socket.until(count, &json!(2)).await;
    });
}

#[test]
fn a_case_tells_whoever_may_see_it_and_nobody_else() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let mut socket = Socket::subscribe(&api, Some("wu"), INSTANCE, json!({ "id": case })).await;
        let state = "/payload/data/instanceChanged/tasks/edges/1/node";
        socket.until(&format!("{state}/state"), &json!("OPEN")).await;
        let task = api.open_task("zhao", &case).await;
        api.ask("zhao", CLAIM, json!({ "task": task })).await;
        socket.until(&format!("{state}/assignee/handle"), &json!("zhao")).await;
        for who in [Some("board"), Some("nobody"), None] {
            let mut socket = Socket::subscribe(&api, who, INSTANCE, json!({ "id": case })).await;
            let refused = socket.next().await;
            let code = if who.is_some() { "DENIED" } else { "NOT_SIGNED_IN" };
            assert_eq!(refused.pointer("/payload/errors/0/extensions/code"), Some(&json!(code)));
        }
    });
}

#[test]
fn whose_roles_change_is_told_no_more() {
    on_both(|api| async move {
        let mut socket = Socket::subscribe(&api, Some("li"), INBOX, json!({})).await;
        socket.until("/payload/data/inboxChanged", &json!(0)).await;
        let without = people().into_iter().filter(|person| person.id == "li");
        let without = without.map(|mut person| {
            person.grants.clear();
            person
        });
        let without: Vec<_> = without.collect();
        api.store.load_people(&[], &without).await.expect("the directory is written");
        api.applied("Road").await;
        let code = "/payload/errors/0/extensions/code";
        socket.until(code, &json!("ROLES_CHANGED")).await;
        assert_eq!(socket.next().await["type"], "complete");
    });
}
