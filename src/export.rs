//! `mandate export`: writes the processes of a pack, or one file of YAML, as BPMN. What the XML
//! looks like is the engine's business.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use engine::bpmn::{self, Exported, Original, Untouched};
use engine::definition::source::ProcessSource;
use engine::diagnostic::Diagnostic;
use engine::pack::Pack;
use engine::yaml;

use crate::cli::ExportArguments;
use crate::{Outcome, import, output, pack};

/// Exports a pack's folder or a file.
pub(crate) fn export(arguments: &ExportArguments) -> Result<Outcome> {
    let read = match arguments.from.is_dir() {
        true => of_folder(&arguments.from)?,
        false => of_file(&arguments.from)?,
    };
    let Sources { mut processes, originals, mut untouched } = match read {
        Ok(read) => read,
        Err(problems) => {
            for problem in problems.iter().filter(|problem| problem.is_error()) {
                output::complain(&problem.render());
            }
            return Ok(Outcome::Bad);
        }
    };
    if let Some(only) = &arguments.process {
        processes.retain(|process| process.process.as_str() == only);
        untouched.retain(|one| one.processes.iter().any(|process| process == only));
        if processes.is_empty() && untouched.is_empty() {
            bail!("expected a process of {}, found `{only}`", arguments.from.display());
        }
    }
    let sources: Vec<&ProcessSource> = processes.iter().map(Arc::as_ref).collect();
    let mut files: Vec<Exported> = untouched.into_iter().map(|one| one.file).collect();
    files.extend(bpmn::export_all(&sources, &originals));
    for file in files.iter().filter(|file| file.anew) {
        output::complain(&format!(
            "{}: nodes went since it was imported, or what came has no place in it, so it was \
             written anew: with a new diagram, without other tools' extensions",
            file.name
        ));
    }
    match &arguments.out {
        Some(folder) => write(folder, &files)?,
        None => match files.as_slice() {
            [file] => output::say(file.text.trim_end()),
            _ => bail!("{} files: say where to with --out, or which with --process", files.len()),
        },
    }
    Ok(Outcome::Good)
}

/// What is exported.
struct Sources {
    processes: Vec<Arc<ProcessSource>>,
    /// The files of BPMN beside them.
    originals: Vec<Original>,
    /// Those that our language cannot say, and that nobody touched since they were imported.
    untouched: Vec<Untouched>,
}

/// All processes of a pack.
fn of_folder(folder: &Path) -> Result<Result<Sources, Vec<Diagnostic>>> {
    let files = pack::files(folder)?;
    let originals: Vec<Original> = files
        .iter()
        .filter(|(path, _)| path.starts_with("processes/"))
        .filter(|(path, _)| Path::new(path).extension().is_some_and(|ending| ending == "bpmn"))
        .map(|(path, bytes)| Original { file: path.clone(), bytes: bytes.clone() })
        .collect();
    let problems = match Pack::load(&files) {
        Ok(loaded) => {
            let processes = loaded.pack.processes.into_values().collect();
            return Ok(Ok(Sources { processes, originals, untouched: Vec::new() }));
        }
        Err(problems) => problems,
    };
    let path = |process: &str| format!("processes/{process}.yaml");
    let untouched = bpmn::untouched(&originals, |process| {
        let path = path(process);
        files.iter().find(|file| file.0 == path).map(|(_, bytes)| bytes.as_slice())
    });
    if untouched.is_empty() {
        return Ok(Err(problems));
    }
    let as_they_came: Vec<String> =
        untouched.iter().flat_map(|one| &one.processes).map(|process| path(process)).collect();
    let rest: Vec<(&str, &[u8])> = files
        .iter()
        .filter(|(path, _)| !as_they_came.contains(path))
        .map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
        .collect();
    Ok(Pack::load(&rest).map(|loaded| {
        let processes = loaded.pack.processes.into_values().collect();
        Sources { processes, originals, untouched }
    }))
}

/// The process of one file, with the files of BPMN in the same folder.
fn of_file(path: &Path) -> Result<Result<Sources, Vec<Diagnostic>>> {
    let bytes = import::read(path)?;
    let originals = beside(path)?;
    let name = path.to_string_lossy();
    let process =
        yaml::parse(&name, &bytes).and_then(|tree| yaml::read::<ProcessSource>(&tree, &[]));
    let (processes, untouched) = match process {
        Ok(process) => (vec![Arc::new(process)], Vec::new()),
        Err(problems) => {
            let own = path.file_stem().unwrap_or_default();
            let mut untouched =
                bpmn::untouched(&originals, |process| (own == process).then_some(bytes.as_slice()));
            untouched.truncate(1);
            if untouched.is_empty() {
                return Ok(Err(problems));
            }
            (Vec::new(), untouched)
        }
    };
    Ok(Ok(Sources { processes, originals, untouched }))
}

/// The files of BPMN in a file's folder.
fn beside(path: &Path) -> Result<Vec<Original>> {
    let mut originals = Vec::new();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let unreadable = || format!("{} cannot be read", folder.display());
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        if path.extension().is_some_and(|end| end == "bpmn") {
            let file = path.to_string_lossy().into_owned();
            originals.push(Original { file, bytes: import::read(&path)? });
        }
    }
    originals.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(originals)
}

fn write(folder: &Path, files: &[Exported]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for Exported { name, text, .. } in files {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
        output::say(&path.display().to_string());
    }
    Ok(())
}
