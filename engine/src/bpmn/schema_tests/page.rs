//! The tables of `docs/language/bpmn.md` and `xml.md` that are made of what is tested here.
//! `cargo xtask schema` writes them.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use super::HEADS;
use super::reasons::{REASONS, RUNS};
use super::rules::RULES;
use super::vendors::{self, Ours};
use crate::bpmn::schema::{Fate, Type, types};

/// The test that every line is tried by.
const TRIED: &str = "every_line_holds";

/// What import does, in a word or two.
fn says(fate: Fate) -> String {
    match fate {
        Fate::Read => "read".to_owned(),
        Fate::Checked => "checked".to_owned(),
        Fate::Taken => "read where it can be, else reported".to_owned(),
        Fate::Kept => "kept".to_owned(),
        Fate::Told => "out: reported".to_owned(),
        Fate::Only(only) => format!("reported unless `{only}`"),
    }
}

/// Why something is out: of the line itself, of the kind of what it holds, of the whole.
fn reason(kind: &str, row: &str, holds: &str) -> Option<&'static str> {
    let keys = [format!("{kind} {row}"), row.to_owned(), holds.to_owned(), kind.to_owned()];
    keys.iter().find_map(|key| {
        let found = REASONS.iter().find(|(_, rows)| rows.iter().any(|row| *row == key.trim()));
        found.map(|(why, _)| *why)
    })
}

/// The last column: the test, or why not.
fn proof(kind: &str, row: &str, holds: &str, fate: Fate) -> String {
    match fate {
        Fate::Read | Fate::Checked | Fate::Kept => format!("`{TRIED}`"),
        Fate::Told | Fate::Only(_) | Fate::Taken => reason(kind, row, holds)
            .unwrap_or_else(|| panic!("say in reasons.rs why `{kind} {row}` is out"))
            .to_owned(),
    }
}

/// What becomes of an element as a whole, and the test.
fn heading(name: &str, kind: &Type) -> (String, String) {
    if let Some((_, tests)) = RUNS.iter().find(|(element, _)| *element == name) {
        return ("runs".to_owned(), (*tests).to_owned());
    }
    if HEADS.contains(&name) {
        return ("no element: its members are".to_owned(), String::new());
    }
    let made: Vec<String> = types()
        .iter()
        .filter(|(_, other)| other.base == Some(name))
        .map(|(other, _)| format!("`{other}`"))
        .collect();
    let fates: BTreeSet<String> = places(name).into_iter().map(says).collect();
    if fates.is_empty() && kind.group.is_none() && name != "definitions" {
        let what = match made.len() {
            0 => "no element: the type of some".to_owned(),
            1..=8 => format!("no element: what {} are made of", made.join(", ")),
            _ => "no element: what most are made of".to_owned(),
        };
        return (what, String::new());
    }
    let explicit = kind.group.is_some() || fates.is_empty();
    let fate = if name == "definitions" { Fate::Read } else { kind.fate };
    match explicit {
        true => (says(fate), proof(name, "", name, fate)),
        false => {
            let told = places(name).into_iter().all(|one| matches!(one, Fate::Told));
            let fate = if told { Fate::Told } else { Fate::Read };
            let fates: Vec<String> = fates.into_iter().collect();
            (fates.join("; "), proof(name, "", name, fate))
        }
    }
}

/// What becomes of an element of a kind where others hold it.
fn places(name: &str) -> Vec<Fate> {
    // An element of diagrams has another namespace.
    let is_diagram = |name: &str| name.starts_with(char::is_uppercase);
    let holders = types().iter().filter(|(holder, _)| is_diagram(name) || !is_diagram(holder));
    let children = holders.flat_map(|(_, kind)| kind.children.iter());
    children.filter(|(row, _)| **row == name).map(|(_, child)| child.fate).collect()
}

fn schema() -> String {
    let mut page = String::from(
        "One row per element and attribute of BPMN 2.0.2 and its diagrams, by the alphabet. What an element has
and is not named at it stands at what it is made of: a `userTask` is a `task`, that an `activity`, that a
`flowNode`. *Runs*: the engine executes it. *Read*: it becomes YAML. *Checked*: a wrong one is refused, and
nothing runs differently by it. *Kept*: nothing runs differently by it, and it goes out again as it came.
*Reported*: import names it with line and column; it stays in the XML file and goes out again. *Out*: the
language has nothing for it. The test `every_line_holds` (`engine/src/bpmn/schema_tests.rs`) tries every row
on a model that carries it; what runs is shown by the tests that are named.

| element | has | in Mandate | test, or why not |
| --- | --- | --- | --- |
",
    );
    let mut names: Vec<_> = types().iter().collect();
    names.sort_by_key(|(name, _)| (name.starts_with(char::is_uppercase), name.to_lowercase()));
    for (name, kind) in names {
        let (what, why) = heading(name, kind);
        let article =
            |base: &str| if base.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        let made = kind.base.map(|base| format!("{} `{base}`", article(base)));
        let made = made.unwrap_or_default();
        let _ = writeln!(page, "| `{name}` | {made} | {what} | {why} |");
        for (row, one) in &kind.attributes {
            let what = says(one.fate);
            let why = proof(name, &format!("@{row}"), name, one.fate);
            let _ = writeln!(page, "| `{name}` | attribute `{row}` | {what} | {why} |");
        }
        for (row, one) in &kind.children {
            let why = proof(name, row, one.kind, one.fate);
            let _ = writeln!(page, "| `{name}` | inside: `{row}` | {} | {why} |", says(one.fate));
        }
    }
    page
}

fn rules() -> String {
    let mut page = String::from(
        "A file that breaks one is not imported; each is reported with line and column. The tests are in
`engine/src/bpmn`.\n\n| code | broken when | test |\n| --- | --- | --- |\n",
    );
    for (code, when, test) in RULES {
        let _ = writeln!(page, "| `{code}` | {when} | `{test}` |");
    }
    page
}

fn extensions() -> String {
    let mut page = String::from(
        "What these tools write beyond BPMN, an example for each attribute and element. *Reported* is
`notMapped` at its line; it stays in the XML file and goes out again. The test
`each_extension_of_another_tool_is_mapped_or_told_of` tries each row. Whatever else stands in another
namespace is reported as well, but for how a file was made and looks.\n",
    );
    let mut tool = "";
    for line in vendors::lines() {
        if line.tool != tool {
            tool = line.tool;
            let _ = writeln!(page, "\n### {tool}\n\n| on | theirs | ours |\n| --- | --- | --- |");
        }
        let ours = match line.ours {
            Ours::Yaml(text) => format!("`{text}`"),
            Ours::Told(why) => format!("reported: {why}"),
            Ours::Silent(why) => format!("nothing: {why}"),
        };
        let _ = writeln!(page, "| `{}` | `{}` | {ours} |", line.place, line.theirs);
    }
    page
}

/// A document with a section written anew.
fn with_section(document: &str, title: &str, body: &str) -> String {
    let heading = format!("\n## {title}\n");
    let at = document.find(&heading).unwrap_or_else(|| panic!("no section `{title}`"));
    let begin = at + heading.len();
    let end = document[begin..].find("\n## ").map_or(document.len(), |end| begin + end);
    format!("{}\n{body}{}", &document[..begin], &document[end..])
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn the_schema_is_on_the_page() {
    let folder = workspace().join("docs/language");
    let pages = [
        ("bpmn.md", vec![("Every element and attribute", schema())]),
        (
            "xml.md",
            vec![
                ("Rules of BPMN that are checked", rules()),
                ("Every extension of other tools", extensions()),
            ],
        ),
    ];
    let mut stale = Vec::new();
    for (name, sections) in pages {
        let path = folder.join(name);
        let kept = fs::read_to_string(&path).unwrap();
        let made = sections
            .iter()
            .fold(kept.clone(), |page, (title, body)| with_section(&page, title, body));
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            fs::write(&path, &made).unwrap();
        } else if kept != made {
            stale.push(name);
        }
    }
    assert!(stale.is_empty(), "not what the code makes: run `cargo xtask schema`\n{stale:?}");
}

/// Every Rust file of the workspace.
fn sources(folder: &Path, into: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name != "target" && !name.starts_with('.') {
                sources(&path, into);
            }
        } else if path.extension().is_some_and(|end| end == "rs") {
            into.push(fs::read_to_string(&path).unwrap());
        }
    }
}

/// The text of a test, by its name.
fn test<'s>(sources: &'s [String], name: &str) -> Option<&'s str> {
    let begins = format!("fn {name}()");
    sources.iter().find_map(|text| {
        let at = text.find(&begins)?;
        let marked = text[..at].trim_end();
        let attributes = marked.rsplit('\n').take(3).any(|line| line.contains("test"));
        let end = text[at..].find("\n}\n").or_else(|| text[at..].find("\n    }\n"));
        attributes.then(|| &text[at..at + end.unwrap_or(text.len() - at)])
    })
}

#[test]
fn every_test_that_the_pages_name_is_there() {
    let mut all = Vec::new();
    for folder in ["engine", "store", "tests", "graphql", "src"] {
        sources(&workspace().join(folder), &mut all);
    }
    let mut gone = Vec::new();
    let mut named = 0;
    for page in ["bpmn.md", "xml.md"] {
        let text = fs::read_to_string(workspace().join("docs/language").join(page)).unwrap();
        // Every second part stands between backticks.
        for name in text.split('`').skip(1).step_by(2) {
            let own = name.rsplit("::").next().unwrap_or(name);
            let is_name =
                own.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            let long = own.matches('_').count() > 1 || name.contains("::");
            if is_name && long && !own.is_empty() {
                named += 1;
                if test(&all, own).is_none() && !own.ends_with("_tests") {
                    gone.push(format!("{page}: {name}"));
                }
            }
        }
    }
    assert!(gone.is_empty() && named > 100, "{named} tests are named, not there: {gone:#?}");
}

#[test]
fn every_rule_is_listed_and_its_test_reaches_it() {
    let mut code = Vec::new();
    for folder in ["model", "rules"] {
        sources(&workspace().join("engine/src/bpmn").join(folder), &mut code);
    }
    let mut found = BTreeSet::new();
    for text in &code {
        for part in text.split('"').skip(1).step_by(2) {
            let first = part.starts_with(|c: char| c.is_ascii_lowercase());
            let plain = part.chars().all(|c| c.is_ascii_alphanumeric());
            let said = ["error(", "error_at(", "no(&node.incoming, ", "no(&node.outgoing, "]
                .iter()
                .any(|call| text.contains(&format!("{call}\"{part}\"")))
                || text.contains(&format!("(\"{part}\", \"no flow"))
                || text.contains(&format!("\"{part}\",\n                    tree.place_of"));
            if first && plain && said {
                found.insert(part.to_owned());
            }
        }
    }
    let listed: BTreeSet<String> = RULES.iter().map(|(code, _, _)| (*code).to_owned()).collect();
    assert_eq!(found, listed);
    let mut tests = Vec::new();
    sources(&workspace().join("engine/src/bpmn"), &mut tests);
    for (code, _, name) in RULES {
        let body = test(&tests, name).unwrap_or_else(|| panic!("there is no test {name}"));
        assert!(body.contains(code), "{name} does not reach {code}");
    }
}
