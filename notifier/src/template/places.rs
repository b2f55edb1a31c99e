//! Where in the YAML of a notice something stands, for whoever mends it.

use engine::text::{Language, Text};

/// The keys that lead to a text in a language, or to the one that stands for it.
pub(super) fn path(part: &str, text: &Text, language: Language) -> Vec<String> {
    let mut path = vec![part.to_owned()];
    if let Text::Many(texts) = text {
        let any = || texts.iter().next().map(|(language, _)| language);
        let language = texts.get(language).map(|_| language).or_else(any);
        path.extend(language.map(|language| format!("{language:?}").to_lowercase()));
    }
    path
}

/// Where the words of a line (from 1) begin, in characters.
pub(super) fn offset_of_line(text: &str, line: usize) -> Option<usize> {
    let before: usize = text
        .split_inclusive('\n')
        .take(line.checked_sub(1)?)
        .map(|line| line.chars().count())
        .sum();
    let blank = text.chars().skip(before).take_while(|one| *one == ' ').count();
    Some(before + blank)
}

/// Where a name stands first, in characters.
pub(super) fn offset_of_name(text: &str, name: &str) -> Option<usize> {
    let is_part = |one: char| one.is_alphanumeric() || matches!(one, '_' | '.');
    let mut places = text.match_indices(name);
    let (at, _) = places.find(|(at, _)| {
        let (before, after) = (&text[..*at], &text[at + name.len()..]);
        !before.ends_with(is_part)
            && !after.starts_with(|one: char| one.is_alphanumeric() || one == '_')
    })?;
    Some(text[..at].chars().count())
}
