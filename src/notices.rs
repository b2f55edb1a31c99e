//! The notices of a pack, checked before it is published: a template that cannot be filled is a
//! problem of the pack, at its file and line. How templates are filled is `notifier`'s.

use engine::diagnostic::Diagnostic;
use engine::pack::Kind;
use engine::problem::Problem;
use notifier::template::Templates;

/// Every problem of a pack's templates. A pack whose files cannot be read has other problems.
pub(crate) fn problems(files: &[(String, Vec<u8>)]) -> Vec<Diagnostic> {
    let (Some(loaded), _) = engine::pack::load(files) else { return Vec::new() };
    let Err(problems) = Templates::compile(loaded.pack.notices.values()) else { return Vec::new() };
    let placed = problems.into_iter().map(|problem| {
        // The first key is the notice's name, by which its file is found.
        let (name, path) = problem.path.split_first().expect("it begins with the notice's name");
        loaded.diagnose(Kind::Notice, name, &Problem { path: path.to_vec(), ..problem.clone() })
    });
    placed.collect()
}

#[cfg(test)]
mod tests {
    use super::problems;

    #[test]
    fn a_misspelt_name_in_a_template_is_found_in_its_file() {
        let files = [
            ("pack.yaml", "pack: x\nname: X\nversion: '1'\n"),
            (
                "notices/told.yaml",
                "notice: told\nsubject: News\nbody: |\n  Dear {{ recipient.nam }}\n",
            ),
        ];
        let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
        let found = problems(&files);
        let found: Vec<_> =
            found.iter().map(|it| (it.code, it.place.file.as_str(), it.place.line)).collect();
        assert_eq!(found, [("unknownName", "notices/told.yaml", 4)]);
    }
}
