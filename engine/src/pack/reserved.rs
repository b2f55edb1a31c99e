//! Names that a process gives to what the language has a name for already, so that expressions no longer
//! find that; and rules of a list that read the list instead of the entry.

use crate::definition::source::{DocumentSource, ProcessSource};
use crate::form::Form;
use crate::ids::FormName;
use crate::problem::Problem;

/// What every expression of a process may name beside its documents and variables.
const NAMES: [&str; 7] = ["instance", "initiator", "now", "outcomes", "rounds", "tally", "who"];

/// Reports documents and variables with such a name. What an expression with it has wrong is not told as
/// well.
pub(super) fn check(source: &ProcessSource, problems: &mut Vec<Problem>) {
    let documents = source.documents.keys().map(|name| ("documents", name.as_str()));
    let variables = source.variables.keys().map(|name| ("variables", name.as_str()));
    let taken: Vec<(&str, &str)> =
        documents.chain(variables).filter(|(_, name)| NAMES.contains(name)).collect();
    if taken.is_empty() {
        return;
    }
    let reads = |problem: &Problem| {
        problem.offset.is_some()
            && matches!(problem.code, "unknownField" | "wrongType" | "unknownOption")
    };
    problems.retain(|problem| !reads(problem));
    for (key, name) in taken {
        let message = format!(
            "expected a name that the language does not have itself, found `{name}`: expressions would \
             no longer find what it means there"
        );
        let problem = Problem::error("reservedName", message).hint(format!(
            "take another one than {}",
            NAMES.map(|one| format!("`{one}`")).join(", ")
        ));
        problems.push(problem.under(&[key, name]).at_key());
    }
}

/// Reports rules of a document that is a list which read the list's own name and no field of the entry.
pub(super) fn lists<'f>(
    source: &ProcessSource,
    form: impl Fn(&FormName) -> Option<&'f Form>,
    problems: &mut Vec<Problem>,
) {
    for (name, document) in source.documents.iter().filter(|(_, document)| document.list) {
        let Some(form) = form(&document.form) else { continue };
        for (at, problem) in of_list(name.as_str(), document, form) {
            let path = ["documents", name.as_str(), "rules", &at.to_string(), "check"];
            problems.push(problem.under(&path));
        }
    }
}

fn of_list(name: &str, document: &DocumentSource, form: &Form) -> Vec<(usize, Problem)> {
    let fields: Vec<&String> = form.source().fields.keys().collect();
    let mut found = Vec::new();
    for (at, rule) in document.rules.iter().enumerate() {
        let names = names(&rule.check);
        // `size(x) < 3` limits how many there may be, whatever the entry is.
        let bare: String = rule.check.split_whitespace().collect();
        let limits = bare.contains(&format!("size({name})<"));
        let reads_list = names.iter().any(|one| one == name);
        if !reads_list || limits || fields.iter().any(|field| names.contains(field)) {
            continue;
        }
        let shown = fields.first().map_or("…", |field| field.as_str());
        let message = format!(
            "expected a rule about the entry that is handed in, but `{name}` is the list of those before it"
        );
        let hint = format!("name the fields of the entry bare: `{shown}`, not `{name}.{shown}`");
        found.push((at, Problem::warning("readsOwnList", message).hint(hint)));
    }
    found
}

/// Words of an expression that are names by themselves: not behind a dot, not in a text.
fn names(text: &str) -> Vec<String> {
    let (mut names, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut before = ' ';
    for c in text.chars().chain([' ']) {
        if let Some(open) = quote {
            quote = (c != open).then_some(open);
            continue;
        }
        if c.is_alphanumeric() || c == '_' {
            if word.is_empty() && before == '.' {
                word.push('.');
            }
            word.push(c);
        } else {
            if !word.is_empty() && !word.starts_with(|c: char| c == '.' || c.is_ascii_digit()) {
                names.push(word.clone());
            }
            word.clear();
            if matches!(c, '"' | '\'') {
                quote = Some(c);
            }
        }
        before = c;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_are_words_that_stand_for_themselves() {
        assert_eq!(names("subs.all(s, s.n > 0) && n != 'subs'"), ["subs", "s", "s", "n"]);
    }
}
