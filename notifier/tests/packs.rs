//! Every notice template of every pack compiles, and fills for a case with a task and without one.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use engine::notice::NoticeSource;
use engine::text::Language;
use notifier::template::{
    Case, Context, Extension, Reader, Site, Stopped, Submission, Task, Templates,
};
use serde_json::{Value, json};

fn context(task: bool) -> Context {
    let task = task.then(|| Task {
        name: "task".to_owned(),
        item: None,
        basis: Some("article 7".to_owned()),
        due: Some("2026-03-16".to_owned()),
        working: Some("20 workdays".to_owned()),
        assignee: Some("Li".to_owned()),
        absent: Some("Wu".to_owned()),
        absent_reason: Some("away".to_owned()),
        outcome: Some("accepted".to_owned()),
        comment: Some("well done".to_owned()),
        url: "https://example.org/tasks/1/2".to_owned(),
    });
    Context {
        site: Site { name: "office".to_owned(), url: "https://example.org".to_owned() },
        case: Case {
            number: "2026-1".to_owned(),
            title: "a case".to_owned(),
            process: "a process".to_owned(),
            starter: Some("Wang".to_owned()),
            outcome: Some("accepted".to_owned()),
            outcome_label: Some("Accepted".to_owned()),
            url: "https://example.org/cases/1".to_owned(),
        },
        task,
        submission: Some(Submission {
            received_at: "2026-03-16 09:00:00 (UTC+08:00)".to_owned(),
            hash: "ab".repeat(32),
            intake: "an intake".to_owned(),
            by: None,
            number: None,
        }),
        extension: Some(Extension {
            reason: "much to read".to_owned(),
            until: "2026-03-20".to_owned(),
            working: "20 workdays, extended by 4".to_owned(),
        }),
        stopped: Some(Stopped {
            how: "withdrawn".to_owned(),
            reason: Some("a better plan".to_owned()),
            node: "a task".to_owned(),
        }),
        recipient: Reader { name: "Li".to_owned() },
        documents: BTreeMap::new(),
        variables: BTreeMap::new(),
    }
}

/// What a template names of documents or of variables: a list where it runs over one, else an entry with
/// the fields that it names, which are lists where it runs over them; `plain` is what it names whole.
fn named(body: &str, of: &str, plain: &Value) -> BTreeMap<String, Value> {
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    for (at, word) in body.match_indices(of) {
        let path = &body[at + word.len()..];
        let mut names = path.split(|character: char| !is_name(character) && character != '.');
        let mut names = names.next().unwrap_or_default().split('.');
        let (name, field) = (names.next().unwrap_or_default(), names.next());
        let is_list = body[..at].ends_with(" in ");
        match field.filter(|field| !field.is_empty()) {
            Some(field) => {
                let entry = all.entry(name.to_owned()).or_insert_with(|| json!({}));
                entry[field] = if is_list { json!([]) } else { json!("as it was written") };
            }
            None => {
                let whole = if is_list { json!([]) } else { plain.clone() };
                all.entry(name.to_owned()).or_insert(whole);
            }
        }
    }
    all
}

#[test]
fn every_shipped_template_can_be_filled() -> anyhow::Result<()> {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows");
    let mut seen = 0;
    for pack in std::fs::read_dir(packs)? {
        let folder = pack?.path().join("notices");
        if !folder.is_dir() {
            continue;
        }
        let mut sources: Vec<NoticeSource> = Vec::new();
        for file in std::fs::read_dir(folder)? {
            let path = file?.path();
            let text = std::fs::read_to_string(&path)?;
            let source = serde_yaml::from_str(&text);
            sources.push(source.map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?);
        }
        let templates =
            Templates::compile(&sources).map_err(|problems| anyhow::anyhow!("{problems:#?}"))?;
        for source in &sources {
            for language in [Language::Zh, Language::En] {
                let body = source.body.get(language);
                // A notice about a task may name it bare; one about a case must ask first.
                let about_task = body.contains("task.");
                let context = Context {
                    documents: named(body, "documents.", &json!({})),
                    variables: named(body, "variables.", &json!("2026-1")),
                    ..context(about_task)
                };
                let filled =
                    templates.render(&source.notice, language, &context, &Arc::default())?;
                assert!(!filled.subject.is_empty() && !filled.body.is_empty());
                assert!(!filled.body.contains("{{"), "{}", filled.body);
                seen += 1;
            }
        }
    }
    assert!(seen > 0);
    Ok(())
}
