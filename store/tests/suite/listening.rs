//! What nodes on one `PostgreSQL` tell each other: nothing while there is one, everything from when
//! there are two.

use sea_orm::sqlx::postgres::PgListener;
use serde_json::Value as Json;
use store::Store;

use super::harness::{Place, begin, on};

/// The next message between nodes.
async fn heard(listener: &mut PgListener) -> Json {
    let heard = listener.recv().await.expect("a message");
    serde_json::from_str(heard.payload()).expect("it is JSON")
}

fn cases(news: &Json) -> Vec<i64> {
    let groups = news["cases"].as_array().into_iter().flatten();
    groups.filter_map(|group| group[1].as_array()).flatten().filter_map(Json::as_i64).collect()
}

#[test]
fn a_node_that_is_alone_tells_nothing_and_a_second_one_is_told_and_heard() {
    on(Place::postgres(), &|store, place| async move {
        let mut listener = PgListener::connect(&place.url()).await.expect("a listener");
        listener.listen("mandate").await.expect("it listens");
        let alone = begin(&store, "three").await;
        let other = Store::open(place.settings()).await.expect("a second node");
        // The first one's arrival is heard where it came late; its case came before the second node.
        let mut before = Vec::new();
        let answer = loop {
            let news = heard(&mut listener).await;
            let arrived = news["arrived"] == true;
            if !arrived && cases(&news).is_empty() && !before.is_empty() {
                break news;
            }
            before.push(news);
        };
        assert!(before.iter().all(|news| cases(news).is_empty()), "{alone}: {before:?}");
        let arrivals: Vec<&Json> = before.iter().filter(|news| news["arrived"] == true).collect();
        let second = arrivals.last().expect("the second node says that it is there");
        assert_ne!(second["node"], answer["node"], "the first one answers: {before:?}");
        for (teller, hearer) in [(&store, &other), (&other, &store)] {
            let mut changes = hearer.changes();
            let case = begin(teller, "three").await;
            while changes.recv().await.expect("a change").instance != case {}
        }
    });
}
