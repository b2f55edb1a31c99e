//! Subscriptions by the graphql-transport-ws protocol, on the schema that is built.

use std::time::Duration;

use async_graphql::Data;
use futures_util::{Stream, StreamExt as _};
use graphql::Code;
use graphql::socket::{self, Frame, Limits};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;

use crate::harness::{Api, BEGIN, CLAIM, on_both, people};

/// One connection.
struct Socket {
    out: mpsc::UnboundedSender<Vec<u8>>,
    answers: std::pin::Pin<Box<dyn Stream<Item = Frame> + Send>>,
}

impl Socket {
    /// A connection on which nothing was said yet. Who says `"authorization": "none"` is not let in.
    async fn open(api: &Api, who: Option<&str>, limits: Limits) -> Self {
        let (out, sent) = mpsc::unbounded_channel();
        let viewing = api.viewing(who).await;
        let door = move |given: Value| async move {
            if given["authorization"] == "none" {
                return Err(Code::TokenUnknown);
            }
            let mut data = Data::default();
            data.insert(viewing);
            Ok(data)
        };
        let sent = UnboundedReceiverStream::new(sent);
        let answers = Box::pin(socket::serve(api.schema.clone(), sent, limits, door));
        Self { out, answers }
    }

    /// Connects as a person and subscribes.
    async fn subscribe(api: &Api, who: Option<&str>, query: &str, variables: Value) -> Self {
        let mut socket = Self::open(api, who, Limits::default()).await;
        socket.begin().await;
        socket.ask("1", query, variables);
        socket
    }

    /// Is let in.
    async fn begin(&mut self) {
        self.send(&json!({ "type": "connection_init" }));
        assert_eq!(self.next().await["type"], "connection_ack");
    }

    fn ask(&self, id: &str, query: &str, variables: Value) {
        let mut payload = json!({ "query": query });
        payload["variables"] = variables;
        self.send(&json!({ "type": "subscribe", "id": id, "payload": payload }));
    }

    fn send(&self, message: &Value) {
        self.out.send(message.to_string().into_bytes()).expect("the connection is open");
    }

    async fn next(&mut self) -> Value {
        match self.answers.next().await.expect("the connection is open") {
            Frame::Text(text) => serde_json::from_str(&text).expect("JSON"),
            Frame::Close(code, reason) => json!({ "closed": code, "reason": reason }),
        }
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
fn a_deputy_is_told_of_what_is_offered_to_who_is_away() {
    on_both(|api| async move {
        let away = engine::deputy::Deputy {
            person: "li".into(),
            to: "nobody".into(),
            from: BEGIN,
            until: BEGIN.plus_ms(3_600_000),
            processes: Vec::new(),
            reason: String::new(),
            grants: Vec::new(),
        };
        api.applied("Road").await;
        api.store.set_deputy(&away, "li").await.expect("it is set");
        let mut socket = Socket::subscribe(&api, Some("nobody"), INBOX, json!({})).await;
        let count = "/payload/data/inboxChanged";
        socket.until(count, &json!(1)).await;
        api.applied("Bridge").await;
        socket.until(count, &json!(2)).await;
    });
}

#[test]
fn a_case_tells_whoever_may_see_it_and_nobody_else() {
    on_both(|api| async move {
        let case = api.applied("Road").await;
        let mut socket = Socket::subscribe(&api, Some("li"), INSTANCE, json!({ "id": case })).await;
        let state = "/payload/data/instanceChanged/tasks/edges/1/node";
        socket.until(&format!("{state}/state"), &json!("OPEN")).await;
        let task = api.open_task("zhao", &case).await;
        api.ask("zhao", CLAIM, json!({ "task": task })).await;
        socket.until(&format!("{state}/assignee/handle"), &json!("zhao")).await;
        for who in [Some("board"), Some("nobody"), None] {
            let mut socket = Socket::subscribe(&api, who, INSTANCE, json!({ "id": case })).await;
            let refused = socket.next().await;
            let code = if who.is_some() { "NOT_FOUND" } else { "NOT_SIGNED_IN" };
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

#[test]
fn what_breaks_the_protocol_closes_the_connection_with_its_code() {
    on_both(|api| async move {
        let init = json!({ "type": "connection_init" });
        let subscribe = json!({ "type": "subscribe", "id": "1", "payload": { "query": INBOX } });
        let stranger = json!({ "type": "connection_init", "payload": { "authorization": "none" } });
        let table = [
            (vec![json!({ "type": "nix" })], 4400, "Invalid message"),
            (vec![json!({ "type": "subscribe", "id": "1" })], 4400, "Invalid message"),
            (vec![subscribe.clone()], 4401, "Unauthorized"),
            (vec![stranger], 4403, "TOKEN_UNKNOWN"),
            (vec![init.clone(), init.clone()], 4429, "Too many"),
            (vec![init, subscribe.clone(), subscribe], 4409, "Subscriber for 1"),
        ];
        for (said, code, reason) in table {
            let mut socket = Socket::open(&api, Some("li"), Limits::default()).await;
            for message in &said {
                socket.send(message);
            }
            let mut last = Value::Null;
            while let Some(frame) = socket.answers.next().await {
                if let Frame::Close(code, reason) = frame {
                    last = json!([code, reason]);
                }
            }
            assert_eq!(last[0], code, "{said:?}: {last}");
            assert!(last[1].as_str().is_some_and(|why| why.starts_with(reason)), "{last}");
        }
        let limits = Limits { init: Duration::from_millis(1), ..Limits::default() };
        let mut silent = Socket::open(&api, Some("li"), limits).await;
        assert_eq!(silent.next().await["closed"], 4408);
        assert_eq!(silent.answers.next().await, None, "nothing follows");
    });
}

#[test]
fn a_connection_has_only_so_many_subscriptions() {
    on_both(|api| async move {
        let limits = Limits { operations: 2, ..Limits::default() };
        let mut socket = Socket::open(&api, Some("li"), limits).await;
        socket.begin().await;
        for id in ["a", "b", "c"] {
            socket.ask(id, INBOX, json!({}));
        }
        let mut refused = Vec::new();
        let mut told = std::collections::BTreeSet::new();
        while told.len() + refused.len() < 3 {
            let message = socket.next().await;
            if message["type"] == "error" {
                refused.push((message["id"].clone(), message["payload"][0]["extensions"].clone()));
            } else {
                told.insert(message["id"].as_str().expect("an id").to_owned());
            }
        }
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert_eq!(refused[0].0, "c");
        assert_eq!(refused[0].1["code"], "TOO_MANY_SUBSCRIPTIONS");
        socket.send(&json!({ "type": "complete", "id": "a" }));
        socket.ask("c", INBOX, json!({}));
        socket.until("/id", &json!("c")).await;
        // What ends by itself makes room as well.
        socket.send(&json!({ "type": "complete", "id": "c" }));
        for id in ["d", "e"] {
            socket.ask(id, "{ inboxCount }", json!({}));
            socket.until("/payload/data/inboxCount", &json!(0)).await;
            assert_eq!(socket.next().await, json!({ "type": "complete", "id": id }));
        }
    });
}

#[test]
fn changes_that_came_together_are_told_in_one_message() {
    on_both(|api| async move {
        let mut socket = Socket::subscribe(&api, Some("li"), INBOX, json!({})).await;
        socket.until("/payload/data/inboxChanged", &json!(0)).await;
        for _ in 0..5 {
            api.applied("Road").await;
        }
        assert_eq!(socket.next().await["payload"]["data"]["inboxChanged"], 5);
        let quiet = tokio::time::timeout(Duration::from_millis(500), socket.next()).await;
        assert!(quiet.is_err(), "nothing changed since: {quiet:?}");
    });
}
