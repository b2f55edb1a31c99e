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
mod standard;
#[cfg(test)]
mod standard_tests;
#[cfg(test)]
mod tests;
mod way;
mod words;

use std::collections::BTreeMap;

use super::export::{Draft, Ids, draft};
use super::import::{Raw, Reading};
use super::keys::{self, Keys};
use super::{Exported, Imported, Original, Untouched, export, import, model, xml};
use crate::definition::source::ProcessSource;

use change::{Change, NodeSays, nodes};
use patch::{Patches, Said};
use standard::Standard;
use words::Words;

/// How often what our extension is to say is found out from what the file is then read as.
const ATTEMPTS_MAX: usize = 5;

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
    let mut over = vec![Over::default(); pairs.len()];
    for _ in 0..ATTEMPTS_MAX {
        let (text, found) = attempt(original, pairs, &over)?;
        if found == over {
            return Some(text);
        }
        over = found;
    }
    None
}

/// What our extension is to say in a file, beside what everything else in it says.
#[derive(Debug, Clone, Default, PartialEq)]
struct Over {
    process: Said,
    /// By the node's name.
    nodes: BTreeMap<String, Said>,
    /// By where the flow comes from, leads to, and its way.
    flows: BTreeMap<Ends, Said>,
}

type Ends = (String, String, Option<String>);

/// The original with what changed said there, and in our extension what is to be. Gives what that is
/// to be by what the file is then read as; none where a node or a flow has no place in it.
fn attempt(
    original: &Original,
    pairs: &[(&ProcessSource, &ProcessSource)],
    over: &[Over],
) -> Option<(String, Vec<Over>)> {
    let tree = xml::read(&original.file, &original.bytes).ok()?;
    let mut report = model::Report::default();
    let model = model::build(&tree, &mut report)?;
    let mut reading = Reading::new(&model, &mut report);
    let (raws, language) = (reading.raws(), reading.language);
    let mut patches = Patches::new(&tree)?;
    for ((before, now), over) in pairs.iter().zip(over) {
        let (was, is) = (drafted(before), drafted(now));
        let change = Change::between(&was, &is)?;
        let raw = raws.iter().find(|raw| raw.name == is.name)?;
        let words = Words { tree: &tree, raw, language, names: words::names(&is) };
        Standard::new(&model, raw, words, (&was, &is)).say(&mut patches, &change)?;
        say(&mut patches, raw, (&was, &is), (&change, over))?;
        default::say(&mut patches, raw, (&was, &is), &change)?;
        if !change.is_empty() {
            insert::put(&mut patches, &model, raw, (&was, &is), &change)?;
        }
    }
    let mark = if original.bytes.starts_with(MARK.as_bytes()) { MARK } else { "" };
    let text = format!("{mark}{}", patches.apply());
    let found = lacks(original, &text, pairs, over)?;
    Some((text, found))
}

/// What our extension is to say, by what a file is read as with what it says already; none where a
/// node or a flow is read as something else than the processes say.
fn lacks(
    original: &Original,
    text: &str,
    pairs: &[(&ProcessSource, &ProcessSource)],
    over: &[Over],
) -> Option<Vec<Over>> {
    let back = import(&original.file, text.as_bytes());
    let tree = xml::read(&original.file, text.as_bytes()).ok()?;
    let mut report = model::Report::default();
    let model = model::build(&tree, &mut report)?;
    let raws = Reading::new(&model, &mut report).raws();
    let found = pairs.iter().zip(over).map(|((before, now), over)| {
        let read = back.processes.iter().filter_map(|one| one.source.as_ref());
        let read = drafted(read.into_iter().find(|one| one.process == now.process)?);
        let raw = raws.iter().find(|raw| raw.name == read.name)?;
        over.with(raw, (&drafted(before), &read, &drafted(now)))
    });
    found.collect()
}

impl Over {
    /// With what is still missing where a file is read so; none where that is of another shape.
    fn with(&self, raw: &Raw, (was, read, now): (&Draft, &Draft, &Draft)) -> Option<Self> {
        let mut over = self.clone();
        keys::then(&mut over.process.over, keys::difference(&now.keys, &read.keys));
        over.process.beside = match was.keys == now.keys && over.process.over.is_empty() {
            true => Keys::new(),
            false => raw.beside.clone(),
        };
        let (here, there) = (nodes(read), nodes(now));
        let shape = |all: &BTreeMap<&str, NodeSays<'_>>| -> Vec<_> {
            all.iter().map(|(name, says)| (name.to_string(), says.shape())).collect()
        };
        if shape(&here) != shape(&there) {
            return None;
        }
        let before = nodes(was);
        for (name, now) in &there {
            let read = &here[name];
            let old = before.get(name);
            let missing = keys::difference(now.keys, read.keys);
            let is_touched = old.is_none_or(|old| old.keys != now.keys) || !missing.is_empty();
            if is_touched || over.nodes.contains_key(*name) {
                let said = over.nodes.entry((*name).to_owned()).or_default();
                keys::then(&mut said.over, missing);
                let raw = raw.nodes.iter().find(|node| node.name == *name);
                said.beside = raw.map(|raw| raw.beside.clone()).unwrap_or_default();
            }
            for ((to, way, _, is), (_, _, _, found)) in now.flows.iter().zip(&read.flows) {
                let ends = ((*name).to_owned(), (*to).to_owned(), way.map(str::to_owned));
                let missing = keys::difference(is, found);
                if way.is_none() && (!missing.is_empty() || over.flows.contains_key(&ends)) {
                    let said = over.flows.entry(ends).or_default();
                    keys::then(&mut said.over, missing);
                }
            }
        }
        Some(over)
    }
}

/// Says in our extension what is to be said there of nodes and flows, and of the process.
fn say(
    patches: &mut Patches<'_>,
    raw: &Raw,
    (was, is): (&Draft, &Draft),
    (change, over): (&Change, &Over),
) -> Option<()> {
    let changed = keys::difference(&is.keys, &was.keys);
    if !changed.is_empty() || over.process != Said::default() {
        patches.settings(raw.element, "process", &changed, over.process.clone());
    }
    for (was, is) in change.nodes.iter().map(|(old, at)| (&was.nodes[*old], &is.nodes[*at])) {
        let said = over.nodes.get(&is.name).cloned().unwrap_or_default();
        if was.keys != is.keys || said.over != Keys::new() {
            let element = raw.nodes.iter().find(|node| node.name == is.name)?.element?;
            patches.settings(element, "node", &keys::difference(&is.keys, &was.keys), said);
        }
    }
    for (old, at) in &change.flows {
        let (before, now) = (&was.flows[*old], &is.flows[*at]);
        let ends = (is.nodes[now.from].name.clone(), is.nodes[now.to].name.clone(), None);
        let said = over.flows.get(&ends).cloned().unwrap_or_default();
        if now.way.is_some() || (before.keys == now.keys && said == Said::default()) {
            continue;
        }
        let flow = insert::original(raw, was, *old)?;
        patches.settings(flow.element, "flow", &keys::difference(&now.keys, &before.keys), said);
    }
    Some(())
}

fn drafted(source: &ProcessSource) -> Draft {
    draft(source, &mut Ids::default())
}
