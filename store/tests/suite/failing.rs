//! What happens when the database fails: a retryable error, nothing half-written, and service goes
//! on by itself.

use futures_util::future::join_all;
use store::{Settings, Store, Submit, SubmitError};

use crate::harness::{Place, begin, clerk, on, start};

#[test]
fn a_lost_connection_is_retryable_and_comes_back() {
    on(Place::postgres(), &|store, place| async move {
        begin(&store, "three").await;
        place
            .sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                  WHERE datname = current_database() AND application_name = 'mandate-writer'",
            )
            .await;
        let mut failed = 0;
        let mut begun = 1;
        while begun < 20 {
            match store.submit(Submit::new(clerk("li"), start("three"))).await {
                Ok(_) => begun += 1,
                Err(error) => {
                    assert!(error.is_retryable(), "{error}");
                    failed += 1;
                    assert!(failed < 100, "service resumes");
                }
            }
        }
        assert!(failed >= 1, "the lost connection was noticed");
        assert_eq!(place.number("SELECT count(*) FROM instance").await, 20);
        let verdict = store.verify(|_, _| ()).await.expect("it can be read");
        assert_eq!(verdict.broken, None);
    });
}

#[test]
fn a_crashed_server_comes_back_with_all_that_was_answered() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let mut server = testkit::postgres::Server::start().expect("a server of our own");
        let database = testkit::postgres::Database::create_on(&server.url()).expect("a database");
        let store = Store::open(store::Settings::new(database.url())).await.expect("it opens");
        store.deploy(crate::harness::pack(), "deployer").await.expect("the pack is right");
        let begun = join_all((0..50).map(|_| begin(&store, "three"))).await;
        server.crash().expect("it was running");
        let down = store.submit(Submit::new(clerk("li"), start("three"))).await;
        assert_eq!(down.expect_err("the server is gone"), SubmitError::Unavailable);
        server.resume().expect("it starts again");
        let mut tries = 0;
        while store.submit(Submit::new(clerk("li"), start("three"))).await.is_err() {
            tries += 1;
            assert!(tries < 1000, "service resumes");
        }
        let ids: Vec<i64> = begun.iter().map(|case| case.0).collect();
        assert_eq!(store.cases_by_id(&ids).await.expect("rows").len(), 50);
        assert_eq!(store.verify(|_, _| ()).await.expect("it can be read").broken, None);
    });
}

#[test]
fn a_full_disk_is_retryable_and_leaves_nothing_half_written() {
    on(Place::sqlite(), &|store, _place| async move {
        begin(&store, "three").await;
        store.limit_pages(Some(10)).await.expect("a limit");
        let mut failed = 0;
        let mut begun = 1;
        while failed < 3 {
            let starts = (0..20).map(|_| store.submit(Submit::new(clerk("li"), start("three"))));
            for outcome in join_all(starts).await {
                match outcome {
                    Ok(_) => begun += 1,
                    Err(error) => {
                        assert_eq!(error, SubmitError::Unavailable);
                        failed += 1;
                    }
                }
            }
        }
        let verdict = store.verify(|_, _| ()).await.expect("it can be read");
        assert_eq!((verdict.broken, verdict.cases), (None, begun));
        store.limit_pages(None).await.expect("no limit");
        begin(&store, "three").await;
        let comparison = store.rebuild(|_, _| ()).await.expect("it can be read");
        assert_eq!((comparison.differing, comparison.cases), (0, begun + 1));
    });
}

#[test]
fn an_address_that_cannot_be_read_is_not_told_with_its_password() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let settings = Settings::new("postgres://u:S3CRETPW@127.0.0.1:abc/d".to_owned());
        let error = Store::open(settings).await.expect_err("that is no port").to_string();
        assert!(!error.contains("S3CRETPW"), "{error}");
    });
}
