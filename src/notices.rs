//! The notices of a pack, checked before it is published: a template that cannot be filled is a
//! problem of the pack, at its file and line. How templates are filled is `notifier`'s.

mod trial;

use std::collections::{BTreeMap, BTreeSet};

use engine::diagnostic::Diagnostic;
use engine::form::FormSource;
use engine::pack::{Kind, Pack};
use engine::problem::{Problem, did_you_mean};
use notifier::template::{OwnName, Templates};

/// Every problem of a pack's templates. A pack whose files cannot be read has other problems.
pub(crate) fn problems(files: &[(String, Vec<u8>)]) -> Vec<Diagnostic> {
    let (Some(loaded), told) = engine::pack::load(files) else { return Vec::new() };
    let problems = match Templates::compile(loaded.pack.notices.values()) {
        Err(problems) => problems,
        // What could not be read may have the names.
        Ok(_) if told.iter().any(Diagnostic::is_error) => Vec::new(),
        Ok(templates) => {
            let mut problems = unknown_names(&loaded.pack, &templates);
            // One mistake is one finding.
            let told: BTreeSet<String> = problems.iter().map(|it| it.path[0].clone()).collect();
            let failing = trial::failing(&loaded.pack, &templates).into_iter();
            problems.extend(failing.filter(|it| !told.contains(&it.path[0])));
            problems
        }
    };
    let placed = problems.into_iter().map(|problem| {
        // The first key is the notice's name, by which its file is found.
        let (name, path) = problem.path.split_first().expect("it begins with the notice's name");
        loaded.diagnose(Kind::Notice, name, &Problem { path: path.to_vec(), ..problem.clone() })
    });
    placed.collect()
}

/// Names of documents, their fields and variables that no process of the pack has.
fn unknown_names(pack: &Pack, templates: &Templates) -> Vec<Problem> {
    let known = known(pack);
    let mut problems = Vec::new();
    for OwnName { notice, path, name, offset, is_labelled } in templates.own_names() {
        let mut words = name.splitn(4, '.');
        let (Some(what), Some(own)) = (words.next(), words.next()) else { continue };
        let found = match known.get(&format!("{what}.{own}")) {
            Some(None) => continue,
            Some(Some(fields)) => match words.next() {
                None => continue,
                Some(field) if fields.contains(field) => {
                    if *is_labelled && !has_labels(pack, own, field) {
                        let message = format!("expected a choice for `label`, found `{name}`");
                        let problem = Problem::error("wrongType", message);
                        let problem = Problem { offset: *offset, ..problem };
                        problems.push(problem.under(path).under(&[notice.as_str()]));
                    }
                    continue;
                }
                Some(field) => did_you_mean(field, fields.iter().copied()),
            },
            None => {
                let all =
                    known.keys().filter_map(|name| name.strip_prefix(what)?.strip_prefix('.'));
                did_you_mean(own, all)
            }
        };
        let what = if what == "documents" { "document, or a field of one," } else { "variable" };
        let message = format!("expected a {what} of a process of the pack, found `{name}`");
        let problem = Problem::error("unknownName", message).maybe_hint(found);
        let problem = Problem { offset: *offset, ..problem };
        problems.push(problem.under(path).under(&[notice.as_str()]));
    }
    problems
}

/// Whether a field of a document of the name is a choice, in any process.
fn has_labels(pack: &Pack, document: &str, field: &str) -> bool {
    let mut documents = pack.processes.values().flat_map(|process| &process.documents);
    documents.any(|(name, own)| {
        let form = pack.forms.get(&own.form).filter(|_| name.as_str() == document);
        let mut all = form.into_iter().flat_map(|form| {
            let sections = form.sections.iter().flat_map(|section| &section.fields);
            sections.chain(&form.fields)
        });
        all.any(|(name, own)| name == field && !own.options.is_empty())
    })
}

/// What templates may name: each document with the fields of its form, where it is no list, and each
/// variable.
fn known(pack: &Pack) -> BTreeMap<String, Option<BTreeSet<&str>>> {
    let mut known: BTreeMap<String, Option<BTreeSet<&str>>> = BTreeMap::new();
    for process in pack.processes.values() {
        for (name, document) in &process.documents {
            let fields = match pack.forms.get(&document.form) {
                Some(form) if !document.list => Some(fields(form)),
                Some(_) | None => None,
            };
            // Processes may each have one of the name.
            known
                .entry(format!("documents.{name}"))
                .and_modify(|all| match (all, &fields) {
                    (Some(all), Some(more)) => all.extend(more),
                    (all, _) => *all = None,
                })
                .or_insert(fields);
        }
        for name in process.variables.keys() {
            known.insert(format!("variables.{name}"), None);
        }
    }
    known
}

fn fields(form: &FormSource) -> BTreeSet<&str> {
    let sections = form.sections.iter().flat_map(|section| section.fields.keys());
    sections.chain(form.fields.keys()).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::problems;

    fn found(body: &str) -> Vec<(&'static str, String, u32)> {
        let told = format!("notice: told\nsubject: News\nbody: |\n  {body}\n");
        let files = [
            ("pack.yaml", "pack: x\nname: X\nversion: '1'\n"),
            (
                "forms/plan.yaml",
                "form: plan\nname: P\nfields: { title: { type: text, label: T } }\n",
            ),
            (
                "processes/p.yaml",
                "process: p\nname: P\ndocuments: { plan: { form: plan }, plans: { form: plan, list: true } }\n\
                 variables: { number: { type: text } }\nnodes: { end: { type: endEvent } }\n",
            ),
            ("notices/told.yaml", told.as_str()),
        ];
        let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
        let found = problems(&files);
        found.iter().map(|it| (it.code, it.place.file.clone(), it.place.line)).collect()
    }

    #[test]
    fn what_would_fail_when_it_is_sent_is_found_before() {
        let fails = |body: &str| {
            let process = "process: p\nname: P\ndocuments: { w: { form: w }, all: { form: w, list: true } }\n\
                 variables: { any: { type: any } }\nnotices: { task: told }\n\
                 nodes:\n  a: { type: userTask, role: clerk }\n  b: { type: notify, notice: said, audience: initiator }\n  end: { type: endEvent }\n";
            let form = "form: w\nname: W\nfields:\n  kind: { type: text, label: K }\n  \
                 rows: { type: table, label: R, columns: { n: { type: integer, label: N } } }\n";
            let notice = |name: &str| format!("notice: {name}\nsubject: S\nbody: |\n  {body}\n");
            let files = [
                ("pack.yaml", "pack: x\nname: X\nversion: '1'\n".to_owned()),
                ("processes/p.yaml", process.to_owned()),
                ("forms/w.yaml", form.to_owned()),
                ("notices/told.yaml", notice("told")),
                ("notices/said.yaml", notice("said")),
            ];
            let files = files.map(|(path, text)| (path.to_owned(), text.into_bytes()));
            let found = problems(&files);
            let found = found.iter().filter(|it| it.code == "noticeFails");
            found.map(|it| it.place.file.clone()).collect::<Vec<_>>()
        };
        let both = ["notices/told.yaml", "notices/said.yaml"];
        for body in [
            "{{ documents.w.kind | upperr }}",
            "{{ documents.all.kind }}",
            "{% for one in documents.all %}{{ one.knd }}{% endfor %}",
            "{{ documents.w.rows[0].zz }}",
            "{{ documents['w']['kindd'] }}",
            "{{ submission.hash }}",
        ] {
            assert_eq!(fails(body), both, "{body}");
        }
        // Only what is sent for a task knows one.
        assert_eq!(fails("{{ task.due }}"), ["notices/said.yaml"]);
        for body in [
            "{% if task %}{{ task.due }}{% endif %}{{ documents.w.kind }}",
            "{% for one in documents.all %}{{ one.rows[0].n }}{% endfor %}",
            "{{ variables.any.thing }}",
        ] {
            assert_eq!(fails(body), [""; 0], "{body}");
        }
    }

    /// Where each problem of a notice is.
    fn places(notice: &str) -> Vec<(&'static str, u32, u32)> {
        let process = "process: p\nname: P\nnodes: { end: { type: endEvent } }\n";
        let files = [
            ("pack.yaml", "pack: x\nname: X\nversion: '1'\n"),
            ("processes/p.yaml", process),
            ("notices/told.yaml", notice),
        ];
        let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
        let found = problems(&files);
        found.iter().map(|it| (it.code, it.place.line, it.place.column)).collect()
    }

    #[test]
    fn a_problem_is_at_its_words_in_the_text() {
        let name = "unknownName";
        for (notice, expected) in [
            ("subject: 'News of {{ task.nme }}'\nbody: B\n", vec![(name, 2, 22)]),
            ("subject: S\nbody: |-\n  Dear\n    {{ recipient.nam }},\n  bye\n", vec![(name, 5, 8)]),
            (
                "subject: S\nbody:\n  zh: |-\n    您好\n    请看 {{ documents.plna.title }}\n  en: |-\n    Hello\n\n    {{ documents.plna.title }}\n",
                vec![(name, 10, 8), (name, 6, 11)],
            ),
            ("subject: S\nbody: { zh: '{{ user }}', en: 好 }\n", vec![(name, 3, 17)]),
            ("subject: S\nbody: |\n  Dear\n  {{ }}\n  x\n", vec![("badTemplate", 5, 3)]),
            (
                "subject: S\nbody: >-\n  Dear\n  {{ tasks }} and {{ task.name }}\n",
                vec![(name, 5, 6)],
            ),
        ] {
            assert_eq!(places(&format!("notice: told\n{notice}")), expected, "{notice}");
        }
    }

    #[test]
    fn a_misspelt_name_in_a_template_is_found_in_its_file() {
        let told = vec![("unknownName", "notices/told.yaml".to_owned(), 4)];
        for body in [
            "Dear {{ recipient.nam }}",
            "{{ documents.plna.title }}",
            "{{ documents.plan.titel }}",
            "{% if variables.numbr %}x{% endif %}",
            "{{ documents.plan.titel | label }}",
        ] {
            assert_eq!(found(body), told, "{body}");
        }
        let no_choice = vec![("wrongType", "notices/told.yaml".to_owned(), 4)];
        assert_eq!(found("{{ documents.plan.title | label }}"), no_choice);
        for body in [
            "{{ documents.plan.title }} {{ variables.number }}",
            "{% for p in documents.plans %}{{ p.title }}{% endfor %}{{ documents.plans.0.title }}",
        ] {
            assert_eq!(found(body), [], "{body}");
        }
    }
}
