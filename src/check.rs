//! `mandate check`: prints what the engine's checker says about a pack.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use connectors::{Need, Settings, needs};
use engine::diagnostic::{Diagnostic, Severity, chinese};
use engine::text::Language;

use crate::cli::Format;
use crate::config::{Config, Flags};
use crate::{Outcome, notices, output, pack, services};

/// Checks a pack's folder, for a server with these settings where they say anything of calls.
pub(crate) fn check(
    folder: &Path,
    format: Format,
    language: Language,
    flags: &Flags,
) -> Result<Outcome> {
    let files = pack::files(folder)?;
    let Checked { problems, accepted, needs } =
        checked(&files, &Config::load(flags)?.connectors())?;
    match format {
        Format::Json => output::say(&serde_json::to_string_pretty(&problems)?),
        Format::Text => {
            say(files.len(), &problems, language);
            say_accepted(&accepted, language);
            say_needs(&needs, language);
        }
    }
    let has_errors = problems.iter().any(|problem| problem.severity == Severity::Error);
    Ok(if has_errors { Outcome::Bad } else { Outcome::Good })
}

/// What a pack's files are found to be.
pub(crate) struct Checked {
    /// All problems.
    pub(crate) problems: Vec<Diagnostic>,
    /// Warnings that its author stands by.
    accepted: Vec<Diagnostic>,
    /// What its server needs for the services that its cases call; of a pack with errors nothing.
    needs: Vec<Need>,
}

/// Checks a pack's files, compiled once, for a server with these settings.
pub(crate) fn checked(files: &[(String, Vec<u8>)], settings: &Settings) -> Result<Checked> {
    let (mut problems, accepted, needs) = match engine::pack::compile(files, |_| 1) {
        Ok(compiled) => {
            let needs = compiled.definitions.values().flat_map(|own| needs(own)).collect();
            (compiled.warnings, compiled.accepted, needs)
        }
        Err(problems) => (problems, Vec::new(), Vec::new()),
    };
    problems.extend(notices::problems(files));
    problems.sort_by(|one, other| one.place.cmp(&other.place));
    problems.extend(services::problems(files, &needs, settings)?);
    Ok(Checked { problems, accepted, needs })
}

/// Prints the warnings that the pack accepts, each with the reason.
fn say_accepted(accepted: &[Diagnostic], language: Language) {
    if !accepted.is_empty() {
        output::say(&match language {
            Language::Zh => format!("已确认接受的提醒 {} 条：", accepted.len()),
            Language::En => format!("{}:", plural(accepted.len(), "accepted warning")),
        });
    }
    for one in accepted {
        let title = chinese(one.code).filter(|_| language == Language::Zh);
        output::say(&match title {
            Some((title, _)) => format!("  {title}  {one}"),
            None => format!("  {one}"),
        });
    }
}

/// Prints what the server needs that is to call services, and for which tasks.
fn say_needs(needs: &[Need], language: Language) {
    let mut by_what: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Need { process, node, what } in needs {
        by_what.entry(what.to_string()).or_default().push(format!("{process}.{node}"));
    }
    if !by_what.is_empty() {
        output::say(match language {
            Language::Zh => "运行它的服务器需要：",
            Language::En => "its server needs:",
        });
    }
    for (what, tasks) in by_what {
        output::say(&match language {
            Language::Zh => format!("  {what}  用于 {}", tasks.join("、")),
            Language::En => format!("  {what}  for {}", tasks.join(", ")),
        });
    }
}

/// Prints problems for people, and how many there are.
pub(crate) fn say(files: usize, problems: &[Diagnostic], language: Language) {
    for problem in problems {
        output::say(&problem.render_in(language));
    }
    output::say(&summary(files, problems, language));
}

fn summary(files: usize, problems: &[Diagnostic], language: Language) -> String {
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let warnings = problems.len() - errors;
    match language {
        Language::Zh => format!("{files} 个文件：{errors} 个错误，{warnings} 个提醒"),
        Language::En => {
            let found = [plural(errors, "error"), plural(warnings, "warning")].join(", ");
            format!("{}: {found}", plural(files, "file"))
        }
    }
}

/// A count with its word: `1 file`, `2 files`.
pub(crate) fn plural(count: usize, word: &str) -> String {
    match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    }
}
