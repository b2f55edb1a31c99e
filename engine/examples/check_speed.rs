//! How long the checker takes: for a pack's folder, and for made definitions of a thousand nodes.
//! `cargo run --profile ci -p engine --example check_speed -- workflows/puer`
#![expect(clippy::print_stdout, reason = "it tells whoever runs it what it measured")]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Runs of which the fastest counts.
const RUNS: usize = 10;

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "workflows/puer".to_owned());
    report(&folder, &files(Path::new(&folder)));
    for (what, nodes) in [
        ("a line of 1,000 tasks", line(1_000)),
        ("500 choices in a row", choices(250)),
        ("a fork of 10 ways of 98 tasks", fork(10, 98)),
        ("a fork of 400 ways", fork(400, 2)),
        ("an inclusive fork of 6 ways, 100 times", some(100)),
        ("1,000 tasks, each of which may return to any of ten before it", returns(1_000)),
    ] {
        report(what, &pack(&nodes));
    }
}

fn report(what: &str, files: &[(String, Vec<u8>)]) {
    let read = best(|| drop(engine::pack::load(files)));
    let run = best(|| drop(engine::pack::compile_published(files, |_| 1)));
    let mut problems = Vec::new();
    let all = best(|| {
        problems = match engine::pack::compile(files, |_| 1) {
            Ok(compiled) => compiled.warnings,
            Err(problems) => problems,
        };
    });
    println!(
        "{what}: {all:.1} ms, of which {read:.1} to read it and {:.1} to compile it; {} problems",
        run - read,
        problems.len()
    );
    for problem in problems.iter().take(5) {
        println!("  {problem}");
    }
}

/// The milliseconds of the fastest of several runs.
fn best(mut work: impl FnMut()) -> f64 {
    let runs = (0..RUNS).map(|_| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    });
    runs.min().unwrap_or(Duration::ZERO).as_secs_f64() * 1_000.0
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut todo: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(at) = todo.pop() {
        for entry in std::fs::read_dir(&at).expect("the folder can be read").flatten() {
            let path = entry.path();
            if path.is_dir() {
                todo.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("it is inside").to_string_lossy();
                found.push((name.into_owned(), std::fs::read(&path).expect("it can be read")));
            }
        }
    }
    found.sort();
    found
}

fn pack(nodes: &str) -> Vec<(String, Vec<u8>)> {
    let process = format!(
        "process: p\nname: P\nvariables: {{ n: {{ type: integer }} }}\nnodes:\n{nodes}  end: {{ type: endEvent }}\n"
    );
    [
        ("pack.yaml", "pack: p\nname: P\nversion: '1'\ncalendar: cn\n".to_owned()),
        ("roles.yaml", "roles: { clerk: { name: Clerk } }\n".to_owned()),
        ("people.yaml", "people: { li: { name: Li, roles: [clerk] } }\n".to_owned()),
        ("calendars/cn.yaml", "calendar: cn\nzone: Asia/Shanghai\n".to_owned()),
        ("processes/p.yaml", process),
    ]
    .map(|(name, text)| (name.to_owned(), text.into_bytes()))
    .into()
}

/// Writes one node.
fn node(nodes: &mut String, name: &str, keys: &str) {
    writeln!(nodes, "  {name}: {{ {keys} }}").expect("writing to a string does not fail");
}

fn line(length: usize) -> String {
    let mut nodes = String::new();
    for at in 0..length {
        node(&mut nodes, &format!("t{at}"), "type: userTask, role: clerk");
    }
    nodes
}

fn choices(count: usize) -> String {
    let mut nodes = String::new();
    for at in 0..count {
        let to = format!("[{{ when: n > 1, to: a{at} }}, {{ to: b{at} }}]");
        node(&mut nodes, &format!("x{at}"), &format!("type: exclusiveGateway, to: {to}"));
        for way in ["a", "b"] {
            let keys = format!("type: userTask, role: clerk, to: j{at}");
            node(&mut nodes, &format!("{way}{at}"), &keys);
        }
        node(&mut nodes, &format!("j{at}"), "type: exclusiveGateway");
    }
    nodes
}

fn fork(ways: usize, length: usize) -> String {
    let firsts: Vec<String> = (0..ways).map(|way| format!("t{way}x0")).collect();
    let mut nodes = String::new();
    node(&mut nodes, "f", &format!("type: parallelGateway, to: [{}]", firsts.join(", ")));
    for way in 0..ways {
        for at in 0..length {
            let to = if at + 1 < length { format!("t{way}x{}", at + 1) } else { "j".to_owned() };
            let keys = format!("type: userTask, role: clerk, to: {to}");
            node(&mut nodes, &format!("t{way}x{at}"), &keys);
        }
    }
    node(&mut nodes, "j", "type: parallelGateway");
    nodes
}

fn some(count: usize) -> String {
    let mut nodes = String::new();
    for at in 0..count {
        let mut to: Vec<String> =
            (1..6).map(|way| format!("{{ when: n > {way}, to: t{at}x{way} }}")).collect();
        to.push(format!("t{at}x0"));
        let to = to.join(", ");
        node(&mut nodes, &format!("f{at}"), &format!("type: inclusiveGateway, to: [{to}]"));
        for way in 0..6 {
            let keys = format!("type: userTask, role: clerk, to: j{at}");
            node(&mut nodes, &format!("t{at}x{way}"), &keys);
        }
        node(&mut nodes, &format!("j{at}"), "type: inclusiveGateway");
    }
    nodes
}

fn returns(length: usize) -> String {
    let mut nodes = String::new();
    for at in 0..length {
        let mut outcomes = String::from("ok: Yes");
        for back in 1..=10.min(at) {
            write!(outcomes, ", b{back}: {{ label: No, to: t{} }}", at - back)
                .expect("writing to a string does not fail");
        }
        let keys = format!("type: userTask, role: clerk, outcomes: {{ {outcomes} }}");
        node(&mut nodes, &format!("t{at}"), &keys);
    }
    nodes
}
