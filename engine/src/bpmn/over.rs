//! Processes that came in as XML go out into the file that they came from. The original is imported
//! again and compared with what the processes say now: where nothing changed it goes out as it
//! came, byte for byte; where nodes say something else, that is put into our extension beside what
//! is there (`patch`). Only where nodes or flows came or went the file is written anew, and that is
//! said.

mod patch;

use super::export::{Draft, Ids, draft};
use super::import::Reading;
use super::keys;
use super::{Exported, Imported, Original, Untouched, export, import, model, xml};
use crate::definition::source::ProcessSource;

use patch::Patches;

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

/// The original with what changed put in; none where nodes or flows came or went.
fn patched(original: &Original, pairs: &[(&ProcessSource, &ProcessSource)]) -> Option<String> {
    let tree = xml::read(&original.file, &original.bytes).ok()?;
    let mut report = model::Report::default();
    let model = model::build(&tree, &mut report)?;
    let raws = Reading::new(&model, &mut report).raws();
    let mut patches = Patches::new(&tree)?;
    for (before, now) in pairs {
        let (was, is) = (drafted(before), drafted(now));
        if !same_structure(&was, &is) {
            return None;
        }
        let raw = raws.iter().find(|raw| raw.name == is.name)?;
        if was.keys != is.keys {
            let over = keys::difference(&is.keys, &was.keys);
            patches.settings(raw.element, "process", over);
        }
        for (was, is) in was.nodes.iter().zip(&is.nodes) {
            if was.keys != is.keys {
                let element = raw.nodes.iter().find(|node| node.name == is.name)?.element?;
                patches.settings(element, "node", keys::difference(&is.keys, &was.keys));
                patches.name(element, is.keys.get("name"));
            }
        }
        for (was, is_flow) in was.flows.iter().zip(&is.flows) {
            if was.keys == is_flow.keys || is_flow.way.is_some() {
                continue;
            }
            let name = |at: usize| is.nodes[at].name.as_str();
            let flow = raw.flows.iter().find(|flow| {
                raw.nodes[flow.from].name == name(is_flow.from)
                    && raw.nodes[flow.to].name == name(is_flow.to)
            })?;
            let element = *model.ids.get(flow.id.as_str())?;
            patches.settings(element, "flow", keys::difference(&is_flow.keys, &was.keys));
        }
    }
    let text = patches.apply();
    // Whatever this file is read as must be what the processes say; else it is written anew.
    let back = import(&original.file, text.as_bytes());
    let holds = pairs.iter().all(|(_, now)| {
        back.processes.iter().any(|one| {
            one.source.as_ref().is_some_and(|source| {
                source.process == now.process && drafted(source) == drafted(now)
            })
        })
    });
    holds.then_some(text)
}

fn drafted(source: &ProcessSource) -> Draft {
    draft(source, &mut Ids::default())
}

/// Whether two drafts have the same nodes and flows, whatever these say.
fn same_structure(was: &Draft, is: &Draft) -> bool {
    let nodes = was.nodes.len() == is.nodes.len()
        && was.nodes.iter().zip(&is.nodes).all(|(was, is)| {
            was.name == is.name
                && was.row == is.row
                && was.scope == is.scope
                && was.host == is.host
                && was.default == is.default
        });
    let flows = was.flows.len() == is.flows.len()
        && was
            .flows
            .iter()
            .zip(&is.flows)
            .all(|(was, is)| (was.from, was.to, &was.way) == (is.from, is.to, &is.way));
    nodes && flows
}
