//! The clock of a demonstration: weeks pass at once, in order, and it goes on after a restart.

use store::{Clock, Settings, Store, StoreError};

use crate::harness::{BEGIN, Place, begin, on_both, open_task};

const HOUR_MS: i64 = 3_600_000;
/// The clock goes on by itself while a test runs: so far at most.
const TEST_MS_MAX: i64 = 60_000;

async fn demonstration(place: &Place) -> Store {
    let settings = Settings { clock: Clock::movable(), ..place.settings() };
    Store::open(settings).await.expect("it opens")
}

#[test]
fn time_passes_in_order_and_goes_on_after_a_restart() {
    on_both(|store, place| async move {
        store.close().await;
        drop(store);
        let store = demonstration(&place).await;
        // Nothing has happened yet: the demonstration may begin in the past.
        store.pass_time(Some(BEGIN)).await.expect("it begins then");
        let case = begin(&store, "calls").await;
        let passed = store.pass_time(Some(BEGIN.plus_ms(48 * HOUR_MS))).await.expect("it passes");
        assert_eq!(passed.done, 2, "the called case begins, its hour is over");
        let others = futures_util::future::join_all((0..20).map(|_| begin(&store, "three")));
        let (others, passed) = tokio::join!(others, store.pass_time(None));
        assert_eq!((others.len(), passed.expect("it passes").done), (20, 0), "by others");
        let child = store.children_of(&[case.0]).await.expect("children")[0].id;
        let tasks = store.tasks_of(&[child]).await.expect("tasks");
        let late = tasks[0].created_at - BEGIN.plus_ms(HOUR_MS).0;
        assert!(
            (0..TEST_MS_MAX).contains(&late),
            "it happened at its own time, not two days later"
        );
        let back = store.pass_time(Some(BEGIN)).await;
        assert!(matches!(back, Err(StoreError::Refused(_))), "{back:?}");
        store.close().await;
        drop(store);

        let store = demonstration(&place).await;
        let since = store.clock().now().0 - BEGIN.plus_ms(48 * HOUR_MS).0;
        assert!((0..TEST_MS_MAX).contains(&since), "it goes on where it stood: {since} ms");
        assert!(store.was_demonstration().await.expect("a read"));
    });
}

#[test]
fn a_length_is_counted_by_the_calendar() {
    on_both(|store, place| async move {
        store.close().await;
        drop(store);
        let store = demonstration(&place).await;
        store.pass_time(Some(BEGIN)).await.expect("it begins then");
        // 2026-01-01 is a Thursday, and a working day in the calendar of the tests.
        let after = store.time_after("3 workdays").expect("a length");
        assert_eq!(after.to_string(), "2026-01-07T00:00:00.000Z");
        for wrong in ["soon", "2026-01-05", ""] {
            assert!(store.time_after(wrong).is_err(), "{wrong}");
        }
    });
}

#[test]
fn the_real_time_is_moved_by_nobody() {
    on_both(|store, place| async move {
        let moved = store.pass_time(None).await;
        assert!(matches!(moved, Err(StoreError::Refused(_))), "{moved:?}");
        assert!(!store.was_demonstration().await.expect("a read"));
        begin(&store, "three").await;
        open_task(&store, engine::ids::InstanceId(1)).await;
        assert_eq!(place.number("SELECT count(*) FROM demonstration_clock").await, 0);
    });
}
