//! `documents.plan.field | label`: a filter is given the value alone, which does not know what it is
//! called; so it is written as a filter of what has the field, `documents.plan | label('field')`.

use std::collections::BTreeSet;

/// The filter.
const LABEL: &str = "label";

/// A template as it is compiled.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rewritten {
    /// Its text.
    pub(super) text: String,
    /// The names whose labels it asks for, such as `documents.plan.field`.
    pub(super) labelled: BTreeSet<String>,
}

/// Rewrites what stands in `{{ … }}` and `{% … %}`.
pub(super) fn rewritten(text: &str) -> Rewritten {
    let mut all = Rewritten { text: String::with_capacity(text.len()), labelled: BTreeSet::new() };
    let mut rest = text;
    while let Some(begin) = begin_of_tag(rest) {
        let end = if rest[begin..].starts_with("{{") { "}}" } else { "%}" };
        let Some(length) = rest[begin..].find(end) else { break };
        all.text.push_str(&rest[..begin]);
        all.tag(&rest[begin..begin + length]);
        rest = &rest[begin + length..];
    }
    all.text.push_str(rest);
    all
}

fn begin_of_tag(text: &str) -> Option<usize> {
    [text.find("{{"), text.find("{%")].into_iter().flatten().min()
}

fn is_word(one: char) -> bool {
    one.is_alphanumeric() || one == '_'
}

impl Rewritten {
    fn tag(&mut self, tag: &str) {
        let mut rest = tag;
        while let Some(at) = rest.find('|') {
            let (before, filter) = (&rest[..at], &rest[at + 1..]);
            let after = filter.trim_start().strip_prefix(LABEL);
            let after = after.filter(|it| !it.starts_with(|one| is_word(one) || one == '('));
            match (after, field_at_end(before)) {
                (Some(after), Some((owner, field))) => {
                    let path_begin = owner
                        .rfind(|one| !is_word(one) && one != '.')
                        .map_or(0, |at| at + owner[at..].chars().next().map_or(1, char::len_utf8));
                    self.labelled.insert(format!("{}.{field}", &owner[path_begin..]));
                    for part in [owner, "|", LABEL, "('", field, "')"] {
                        self.text.push_str(part);
                    }
                    rest = after;
                }
                _ => {
                    self.text.push_str(before);
                    self.text.push('|');
                    rest = filter;
                }
            }
        }
        self.text.push_str(rest);
    }
}

/// What has a field, and the field, where a text ends with one: `x.y`.
fn field_at_end(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_end();
    let begin = text.rfind(|one| !is_word(one))? + 1;
    let (owner, field) = (text[..begin].strip_suffix('.')?, &text[begin..]);
    let is_path = owner.ends_with(|one| is_word(one) || matches!(one, ']' | ')'));
    (is_path && !field.is_empty()).then_some((owner, field))
}

#[cfg(test)]
mod tests {
    use super::rewritten;

    #[test]
    fn a_filter_of_a_field_is_one_of_what_has_it() {
        for (text, expected, labelled) in [
            ("{{ documents.d.f | label }}", "{{ documents.d|label('f') }}", "documents.d.f"),
            ("{{documents.d.f|label}}", "{{documents.d|label('f')}}", "documents.d.f"),
            ("{% if x.f|label == 'A' %}", "{% if x|label('f') == 'A' %}", "x.f"),
            (
                "甲 {{ 'a' ~ b[0].f | label | upper }}",
                "甲 {{ 'a' ~ b[0]|label('f') | upper }}",
                ".f",
            ),
        ] {
            let found = rewritten(text);
            assert_eq!(found.text, expected, "{text}");
            assert_eq!(found.labelled, [labelled.to_owned()].into(), "{text}");
        }
        for text in [
            "a.b | label",
            "{{ x | label }}",
            "{{ a.b | labels }}",
            "{{ a.b | label",
            "{{ a | b }}",
        ] {
            let found = rewritten(text);
            assert_eq!((found.text.as_str(), found.labelled.len()), (text, 0), "{text}");
        }
    }
}
