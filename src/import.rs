//! `mandate import`: makes a pack of a BPMN file, or prints the YAML. What the XML means is the
//! engine's business; here files are read and written, and none that is there is lost.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use engine::bpmn::{self, Imported, ImportedProcess};
use engine::diagnostic::Severity;
use serde_json::json;

use crate::cli::{Format, ImportArguments};
use crate::{Outcome, check, output};

/// Imports a file.
pub(crate) fn import(arguments: &ImportArguments) -> Result<Outcome> {
    let bytes = read(&arguments.file)?;
    let name = arguments.file.file_name().unwrap_or_default().to_string_lossy();
    let imported = bpmn::import(&name, &bytes);
    let mut files = Vec::new();
    let mut needed = Vec::new();
    if let Some(folder) = &arguments.out
        && !imported.processes.is_empty()
    {
        files = pack(&arguments.file, &bytes, &imported, folder, &mut needed);
        write(folder, &files, arguments.force)?;
    }
    match arguments.format {
        Format::Json => say_json(&imported, &files)?,
        Format::Text => say(&imported, &files, &needed, arguments.out.is_none()),
    }
    let has_errors = imported.problems.iter().any(|one| one.severity == Severity::Error);
    Ok(if has_errors { Outcome::Bad } else { Outcome::Good })
}

/// Reads a file, at most a byte more than the engine takes.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let unreadable = || format!("{} cannot be read", path.display());
    let file = fs::File::open(path).with_context(unreadable)?;
    let mut bytes = Vec::new();
    file.take(bpmn::FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).with_context(unreadable)?;
    Ok(bytes)
}

/// A file of the pack: its path in the folder, and its content.
type File = (String, Vec<u8>);

/// The files of the pack. What is shared with what is there already is left alone.
fn pack(
    original: &Path,
    bytes: &[u8],
    imported: &Imported,
    folder: &Path,
    needed: &mut Vec<String>,
) -> Vec<File> {
    let mut files = Vec::new();
    let first = &imported.processes[0];
    if !folder.join("pack.yaml").exists() {
        let calendar = "default";
        let name = json!({
            "pack": first.name, "name": first.name, "version": "1", "calendar": calendar
        });
        files.push(("pack.yaml".to_owned(), yaml(&name)));
        // Models of other tools count by the clock alone; deadlines need days of some zone.
        let days = json!({ "calendar": calendar, "zone": "Asia/Shanghai" });
        files.push((format!("calendars/{calendar}.yaml"), yaml(&days)));
    }
    roles(&imported.processes, folder, &mut files, needed);
    for process in &imported.processes {
        let path = format!("processes/{}.yaml", process.name);
        files.push((path, process.yaml.clone().into_bytes()));
        if let Some((name, form)) = &process.form {
            files.push((format!("forms/{name}.yaml"), form.clone().into_bytes()));
        }
    }
    let stem = original.file_stem().unwrap_or_default().to_string_lossy();
    files.push((format!("processes/{stem}.bpmn"), bytes.to_vec()));
    files
}

/// The roles: a file of them, or a word on which are needed where there is one.
fn roles(
    processes: &[ImportedProcess],
    folder: &Path,
    files: &mut Vec<File>,
    needed: &mut Vec<String>,
) {
    let mut roles = serde_json::Map::new();
    for (name, label) in processes.iter().flat_map(|process| &process.roles) {
        roles.entry(name.clone()).or_insert_with(|| json!({ "name": label }));
    }
    if roles.is_empty() {
        return;
    }
    match fs::read_to_string(folder.join("roles.yaml")) {
        Ok(there) => {
            let missing = roles.keys().filter(|name| !there.contains(&format!("{name}:")));
            needed.extend(missing.cloned());
        }
        Err(_) => files.push(("roles.yaml".to_owned(), yaml(&json!({ "roles": roles })))),
    }
}

/// JSON is YAML, but nobody wants to read it so.
fn yaml(value: &serde_json::Value) -> Vec<u8> {
    bpmn::yaml_text(value).into_bytes()
}

/// Writes all files or none: one that is there and differs is only replaced by force.
fn write(folder: &Path, files: &[File], force: bool) -> Result<()> {
    let in_the_way: Vec<PathBuf> = files
        .iter()
        .map(|(path, content)| (folder.join(path), content))
        .filter(|(path, content)| fs::read(path).is_ok_and(|there| there != **content))
        .map(|(path, _)| path)
        .collect();
    if let (Some(path), false) = (in_the_way.first(), force) {
        bail!(
            "{} is there and differs; --force replaces {}",
            path.display(),
            check::plural(in_the_way.len(), "file")
        );
    }
    for (path, content) in files {
        let path = folder.join(path);
        let unwritable = || format!("{} cannot be written", path.display());
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(unwritable)?;
        }
        fs::write(&path, content).with_context(unwritable)?;
    }
    Ok(())
}

fn say(imported: &Imported, files: &[File], needed: &[String], print: bool) {
    for problem in &imported.problems {
        output::complain(&problem.render());
    }
    if print {
        let texts: Vec<&str> =
            imported.processes.iter().map(|process| process.yaml.trim_end()).collect();
        if !texts.is_empty() {
            output::say(&texts.join("\n---\n"));
        }
    }
    for (path, _) in files {
        output::say(path);
    }
    if !needed.is_empty() {
        output::complain(&format!("add to roles.yaml: {}", needed.join(", ")));
    }
    let errors = imported.problems.iter().filter(|one| one.severity == Severity::Error).count();
    let warnings = imported.problems.len() - errors;
    output::complain(&format!(
        "{}: {}, {}, {}",
        imported.tool.name(),
        processes(imported.processes.len()),
        check::plural(errors, "error"),
        check::plural(warnings, "warning")
    ));
}

fn processes(count: usize) -> String {
    match count {
        1 => "1 process".to_owned(),
        _ => format!("{count} processes"),
    }
}

fn say_json(imported: &Imported, files: &[File]) -> Result<()> {
    let processes: serde_json::Map<String, serde_json::Value> = imported
        .processes
        .iter()
        .map(|process| (process.name.clone(), process.yaml.clone().into()))
        .collect();
    let files: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let result = json!({
        "tool": imported.tool.name(),
        "processes": processes,
        "files": files,
        "problems": imported.problems,
    });
    output::say(&serde_json::to_string_pretty(&result)?);
    Ok(())
}
