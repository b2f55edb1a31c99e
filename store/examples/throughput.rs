//! How many commands a second go through the whole store: cases of three tasks, started, claimed and
//! completed, so many in flight. `throughput <url> <in flight> <seconds>`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use engine::actor::{Actor, Grant};
use engine::command::Command;
use engine::ids::InstanceId;
use engine::instance::Waiting;
use store::{Committed, Settings, Store, Submit};

const THREE: &str = "process: three
name: Three tasks
startedBy: [clerk]
nodes:
  one: { type: userTask, role: clerk, due: 4 hours }
  two: { type: userTask, role: clerk, due: 4 hours }
  three: { type: userTask, role: clerk, due: 4 hours }
";

fn clerk() -> Actor {
    let grants = vec![Grant { role: "clerk".into(), unit: None }];
    Actor::Person { id: "li".into(), unit: None, grants }
}

fn open(after: &Committed) -> Option<engine::ids::Key> {
    let mut open = after.after.activations().iter();
    open.find(|(_, own)| matches!(own.waiting, Waiting::Task { .. })).map(|(key, _)| *key)
}

async fn case(store: &Store, done: &AtomicU64, times: &mut Vec<Duration>) {
    let begin = Command::Start {
        process: "three".into(),
        documents: std::collections::BTreeMap::new(),
        parent: None,
    };
    let mut last = run(store, Submit::new(clerk(), begin), done, times).await;
    while let Some(task) = open(&last) {
        let case: InstanceId = last.instance;
        run(store, Submit::to(case, clerk(), Command::ClaimTask { task }), done, times).await;
        let complete = Command::CompleteTask {
            task,
            outcome: None,
            documents: std::collections::BTreeMap::new(),
            comment: None,
        };
        last = run(store, Submit::to(case, clerk(), complete), done, times).await;
    }
}

async fn run(
    store: &Store,
    submit: Submit,
    done: &AtomicU64,
    times: &mut Vec<Duration>,
) -> Committed {
    let begun = Instant::now();
    let committed = store.submit(submit).await.expect("it is carried out");
    times.push(begun.elapsed());
    done.fetch_add(1, Ordering::Relaxed);
    committed
}

#[tokio::main]
async fn main() {
    let mut words = std::env::args().skip(1);
    let url = words.next().expect("an address");
    let flights: usize = words.next().and_then(|word| word.parse().ok()).unwrap_or(256);
    let seconds: u64 = words.next().and_then(|word| word.parse().ok()).unwrap_or(5);
    let store = Store::open(Settings::new(url)).await.expect("it opens");
    let files = [
        ("pack.yaml", "pack: bench\nname: Bench\nversion: '1'\ncalendar: cn\n"),
        ("roles.yaml", "roles:\n  clerk: { name: Clerk }\n"),
        ("calendars/cn.yaml", "calendar: cn\nzone: UTC\n"),
        ("processes/three.yaml", THREE),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).to_vec();
    store.deploy(files, "bench").await.expect("it deploys");
    let done = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let until = begun + Duration::from_secs(seconds);
    let flights: Vec<_> = (0..flights)
        .map(|_| {
            let (store, done) = (store.clone(), done.clone());
            tokio::spawn(async move {
                let mut times = Vec::new();
                while Instant::now() < until {
                    case(&store, &done, &mut times).await;
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for flight in flights {
        times.extend(flight.await.expect("it ends"));
    }
    let seconds = begun.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    #[expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "this is what it is for")]
    {
        let count = done.load(Ordering::Relaxed) as f64;
        println!("{:.0} commands/s, p50 {:.2} ms, p99 {:.2} ms", count / seconds, at(50), at(99));
    }
    store.close().await;
}
