//! What problems are called in Chinese, and what to do: for who writes packs in an office. The English
//! sentence beside it has the names and values.

/// A line for each code: the code, its title, what to do.
const TABLE: &str = include_str!("chinese.txt");

/// The title of a code, and what to do about it.
pub fn chinese(code: &str) -> Option<(&'static str, &'static str)> {
    let rest = TABLE.lines().find_map(|line| line.strip_prefix(code)?.strip_prefix('|'))?;
    rest.split_once('|')
}

#[cfg(test)]
mod tests {
    use super::{TABLE, chinese};

    #[test]
    fn every_line_has_a_code_a_title_and_what_to_do() {
        let mut codes = Vec::new();
        for line in TABLE.lines() {
            let parts: Vec<&str> = line.split('|').collect();
            let [code, title, fix] = parts[..] else { panic!("{line}") };
            assert_eq!(chinese(code), Some((title, fix)), "{line}");
            codes.push(code);
        }
        assert!(codes.is_sorted_by(|a, b| a < b), "they are in order, each once");
        assert_eq!(chinese("none"), None);
    }
}
