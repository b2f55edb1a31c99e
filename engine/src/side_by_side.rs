//! Independent work on several processors at once. What comes of it is the same as one after the
//! other, in the same order: nothing here tells a worker which one it is, or how far others are.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// So many work at once. Fixed, because asking the system is I/O; threads without a processor of
/// their own cost a tenth of a millisecond.
const WORKERS: usize = 4;

/// What `work` makes of each item, in the order of the items. A panic in it is passed on.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        while let Some((at, item)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            items.get(at).map(|item| (at, item))
        } {
            done.push((at, work(item)));
        }
        done
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..WORKERS.min(items.len())).map(|_| scope.spawn(take)).collect();
        let mut done = take();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let items: Vec<u64> = (0..1_000).collect();
        let expected: Vec<u64> = items.iter().map(|item| item * 2).collect();
        assert_eq!(map(&items, |item| item * 2), expected);
        assert_eq!(map(&items[..1], |item| item * 2), [0]);
        assert!(map(&items[..0], |item| item * 2).is_empty());
    }

    #[test]
    #[should_panic(expected = "at 700")]
    fn a_panic_is_passed_on() {
        let items: Vec<u64> = (0..1_000).collect();
        map(&items, |item| assert_ne!(*item, 700, "at {item}"));
    }
}
