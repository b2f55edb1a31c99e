//! What a problem's `help` says, in Chinese. A line of the table has the English words with `{}` for what
//! differs, and the Chinese ones with `{}` in the same order.

/// The English words, and the Chinese ones.
const TABLE: &str = include_str!("help.txt");
/// What stands in both for a name or a value.
const PLACE: &str = "{}";

/// What a help says, in Chinese; none where the table does not have it. Of several lines that fit, the one
/// with the most words of its own.
pub fn chinese_help(help: &str) -> Option<String> {
    let lines = TABLE.lines().filter_map(|line| line.split_once('|'));
    let fitting = lines.filter_map(|(en, zh)| Some((en.len(), zh, values(en, help)?)));
    let (_, zh, values) = fitting.max_by_key(|(words, ..)| *words)?;
    let mut parts = zh.split(PLACE);
    let mut told = parts.next().unwrap_or_default().to_owned();
    for (part, value) in parts.zip(values) {
        told.push_str(value);
        told.push_str(part);
    }
    Some(told)
}

/// What stands in the places of a pattern; none where it does not fit.
fn values<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = pattern.split(PLACE);
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty().then(Vec::new) };
    let mut values = Vec::with_capacity(parts.len() + 1);
    for part in parts {
        let (value, behind) = rest.split_once(part)?;
        values.push(value);
        rest = behind;
    }
    values.push(rest.strip_suffix(last)?);
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::{PLACE, TABLE, chinese_help, values};

    #[test]
    fn every_line_has_as_many_places_in_both_languages() {
        for line in TABLE.lines() {
            let (en, zh) = line.split_once('|').expect(line);
            assert_eq!(en.matches(PLACE).count(), zh.matches(PLACE).count(), "{line}");
            assert!(!zh.is_empty() && !zh.contains('|'), "{line}");
        }
    }

    #[test]
    fn names_and_values_stay_in_their_places() {
        assert_eq!(values("write `{}` or `{}`", "write `a` or `b`"), Some(vec!["a", "b"]));
        assert_eq!(values("write `{}`", "write a"), None);
        assert_eq!(values("save it", "save it"), Some(vec![]));
        assert_eq!(values("save it", "save it all"), None);
        assert_eq!(chinese_help("did you mean `plan`?").as_deref(), Some("是不是 `plan`？"));
        assert_eq!(chinese_help("no such words"), None);
    }
}
