//! Processes that came in as XML go out into the file that they came from. The original is imported
//! again and compared with what the processes say now: where nothing changed it goes out as it
//! came, byte for byte; where nodes say something else, that is put into our extension beside what
//! is there (`patch`), and nodes and flows that are new are put in with a place on the diagram
//! (`insert`, `place`). Only where nodes went, or what came has no place there, the file is written
//! anew, and that is said.

mod change;
mod default;
mod insert;
mod patch;
mod place;
#[cfg(test)]
mod tests;
mod way;

use super::export::{Draft, Ids, draft};
use super::import::{Raw, Reading};
use super::keys::{self, Keys};
use super::{Exported, Imported, Original, Untouched, export, import, model, xml};
use crate::definition::source::ProcessSource;

use change::{Change, nodes};
use patch::Patches;

/// The byte order mark that some tools begin a file with.
const MARK: &str = "\u{FEFF}";

/// Every process as a file, or in its original file.
pub(super) fn export_all(processes: &[&ProcessSource], originals: &[Original]) -> Vec<Exported> {
    let mut files = Vec::new();
    let mut left: Vec<&ProcessSource> = processes.to_vec();
    let mut anew: Vec<&str> = Vec::new();
    for original in originals {
        let Imported { processes: before, .. } = import(&original.file, &original.bytes);
        let mut pairs = Vec::new();
        for one in &before {
            let now = left.iter().find(|now| now.process.as_str() == one.name);
            if let (Some(before), Some(now)) = (&one.source, now) {
                pairs.push((before, *now));
            }
        }
        if pairs.is_empty() {
            continue;
        }
        let same = pairs.iter().all(|(before, now)| before == now);
        let text = match same {
            true => Some(as_it_came(original)),
            false => patched(original, &pairs),
        };
        match text {
            Some(text) => {
                left.retain(|one| !pairs.iter().any(|(_, now)| now.process == one.process));
                files.push(into_original(original, text));
            }
            None => anew.extend(pairs.iter().map(|(_, now)| now.process.as_str())),
        }
    }
    files.extend(left.into_iter().map(|one| Exported {
        name: format!("{}.bpmn", one.process),
        text: export(one),
        anew: anew.contains(&one.process.as_str()),
    }));
    files
}

/// The text of an original. What is not UTF-8 cannot be imported.
fn as_it_came(original: &Original) -> String {
    String::from_utf8_lossy(&original.bytes).into_owned()
}

fn into_original(original: &Original, text: String) -> Exported {
    let name = original.file.rsplit(['/', '\\']).next().unwrap_or(&original.file);
    Exported { name: name.to_owned(), text, anew: false }
}

/// An original with the names of its processes, where the text of each is what the import writes.
pub(super) fn untouched<'y>(
    original: &Original,
    yaml: &impl Fn(&str) -> Option<&'y [u8]>,
) -> Option<Untouched> {
    let Imported { processes, .. } = import(&original.file, &original.bytes);
    let same = processes.iter().all(|one| yaml(&one.name) == Some(one.yaml.as_bytes()));
    (same && !processes.is_empty()).then(|| Untouched {
        processes: processes.into_iter().map(|one| one.name).collect(),
        file: into_original(original, as_it_came(original)),
    })
}

/// The original with what changed put in; none where that has no place in it.
fn patched(original: &Original, pairs: &[(&ProcessSource, &ProcessSource)]) -> Option<String> {
    let nothing = vec![Keys::new(); pairs.len()];
    let (text, missing) = attempt(original, pairs, &nothing)?;
    if missing == nothing {
        return Some(text);
    }
    // What a flow that went had brought with it, such as a variable, is said of the process.
    let (text, missing) = attempt(original, pairs, &missing)?;
    (missing == nothing).then_some(text)
}

/// The original with what changed and more keys of each process put in, and the keys that it is then
/// still missing; none where a node or a flow is read as something else than the processes say.
fn attempt(
    original: &Original,
    pairs: &[(&ProcessSource, &ProcessSource)],
    more: &[Keys],
) -> Option<(String, Vec<Keys>)> {
    let tree = xml::read(&original.file, &original.bytes).ok()?;
    let mut report = model::Report::default();
    let model = model::build(&tree, &mut report)?;
    let raws = Reading::new(&model, &mut report).raws();
    let mut patches = Patches::new(&tree)?;
    for ((before, now), more) in pairs.iter().zip(more) {
        let (was, is) = (drafted(before), drafted(now));
        let change = Change::between(&was, &is)?;
        let raw = raws.iter().find(|raw| raw.name == is.name)?;
        let mut over = keys::difference(&is.keys, &was.keys);
        keys::then(&mut over, more.clone());
        if !over.is_empty() {
            patches.settings(raw.element, "process", over);
        }
        say(&mut patches, raw, (&was, &is), &change)?;
        default::say(&mut patches, raw, (&was, &is), &change)?;
        if !change.is_empty() {
            insert::put(&mut patches, &model, raw, (&was, &is), &change)?;
        }
    }
    let mark = if original.bytes.starts_with(MARK.as_bytes()) { MARK } else { "" };
    let text = format!("{mark}{}", patches.apply());
    // Whatever this file is read as must be what the processes say; else it is written anew.
    let back = import(&original.file, text.as_bytes());
    let missing = pairs.iter().map(|(_, now)| {
        let found = back.processes.iter().filter_map(|one| one.source.as_ref());
        let back = drafted(found.into_iter().find(|one| one.process == now.process)?);
        let now = drafted(now);
        (nodes(&back) == nodes(&now)).then(|| keys::difference(&now.keys, &back.keys))
    });
    let missing = missing.collect::<Option<Vec<Keys>>>()?;
    Some((text, missing))
}

/// Puts in what nodes and flows say otherwise than before.
fn say(
    patches: &mut Patches<'_>,
    raw: &Raw,
    (was, is): (&Draft, &Draft),
    change: &Change,
) -> Option<()> {
    for (was, is) in change.nodes.iter().map(|(old, at)| (&was.nodes[*old], &is.nodes[*at])) {
        if was.keys != is.keys {
            let element = raw.nodes.iter().find(|node| node.name == is.name)?.element?;
            patches.settings(element, "node", keys::difference(&is.keys, &was.keys));
            patches.name(element, is.keys.get("name"));
        }
    }
    for (old, at) in &change.flows {
        let (before, now) = (&was.flows[*old], &is.flows[*at]);
        if before.keys == now.keys || now.way.is_some() {
            continue;
        }
        let flow = insert::original(raw, was, *old)?;
        patches.settings(flow.element, "flow", keys::difference(&now.keys, &before.keys));
    }
    Some(())
}

fn drafted(source: &ProcessSource) -> Draft {
    draft(source, &mut Ids::default())
}
