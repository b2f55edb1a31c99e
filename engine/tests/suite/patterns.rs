//! The 43 control-flow workflow patterns (workflowpatterns.com): each has a file in `patterns/` with
//! its processes and scenarios, one YAML document each. A first line `# warns: …` names the warnings that the checker gives.

use std::path::Path;

use engine::pack::{Pack, compile};
use engine::scenario::{Coverage, play};

/// How many patterns there are.
const PATTERNS: u32 = 43;

const SHARED: [(&str, &str); 4] = [
    ("pack.yaml", "pack: patterns\nname: Patterns\nversion: '1'\ncalendar: cn\n"),
    ("calendars/cn.yaml", "calendar: cn\nzone: Asia/Shanghai\n"),
    (
        "roles.yaml",
        "roles: { clerk: { name: Clerk }, head: { name: Head }, admin: { name: Admin }, worker: { name: Worker } }\n",
    ),
    (
        "people.yaml",
        "people:\n  li: { name: Li, roles: [clerk] }\n  wu: { name: Wu, roles: [clerk] }\n  wang: { name: Wang, roles: [head] }\n  ad: { name: Ad, roles: [admin, worker] }\n",
    ),
];

/// The files of a pack made of one pattern's documents, and the names of its scenarios.
fn pack(text: &str) -> (Vec<(String, String)>, Vec<String>) {
    let mut files: Vec<(String, String)> =
        SHARED.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    let mut scenarios = Vec::new();
    for (number, document) in text.split("\n---\n").enumerate() {
        let value = |key: &str| {
            document
                .lines()
                .find_map(|line| line.strip_prefix(key))
                .map(|text| text.trim().to_owned())
        };
        let path = match value("scenario:") {
            Some(_) => {
                let path = format!("scenarios/s{number}.yaml");
                scenarios.push(path.clone());
                path
            }
            None => {
                format!("processes/{}.yaml", value("process:").expect("a process or a scenario"))
            }
        };
        files.push((path, document.to_owned()));
    }
    (files, scenarios)
}

fn run(file: &Path) {
    let name = file.display();
    let text = std::fs::read_to_string(file).expect("the file can be read");
    let warns: Vec<&str> = text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("# warns: "))
        .map_or(Vec::new(), |codes| codes.split(", ").collect());
    let (files, scenarios) = pack(&text);
    let loaded = Pack::load(&files).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
    let compiled =
        compile(&files, |_| 1).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
    let mut found: Vec<&str> = compiled.warnings.iter().map(|one| one.code).collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found, warns, "{name}: {:#?}", compiled.warnings);
    assert!(!scenarios.is_empty(), "{name} has a scenario");
    let mut coverage = Coverage::default();
    for scenario in scenarios {
        if let Err(failure) = play(&compiled, &loaded, &scenario, &mut coverage) {
            panic!("{name}: {:#?}", failure.diagnostics);
        }
    }
}

#[test]
fn every_pattern_runs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/patterns");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    let document = include_str!("../../../docs/language/patterns.md");
    let mut shown = std::collections::BTreeSet::new();
    for file in files {
        let name = file.file_name().expect("it has a name").to_string_lossy().into_owned();
        let number: u32 = name[..2].parse().expect("it begins with its number");
        assert!(shown.insert(number), "{name} is the one file of its pattern");
        assert!(document.contains(&format!("`{name}`")), "{name} is in docs/language/patterns.md");
        run(&file);
    }
    assert!((1..=PATTERNS).eq(shown), "every pattern has a file");
}
