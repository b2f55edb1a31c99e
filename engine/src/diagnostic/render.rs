//! A diagnostic as plain text for a terminal: no colour, and marks that stand under the right
//! characters also where those are twice as wide.

use std::fmt::Write;

use super::{Diagnostic, Place, Severity};
use crate::text::Language;

/// An excerpt is shown up to so many columns; what is marked further right moves into view.
const WIDTH_MAX: usize = 160;

impl Diagnostic {
    /// The problem as several lines of text, for people: where, what, the line with the offending
    /// text marked, and what to do.
    pub fn render(&self) -> String {
        self.render_in(Language::En)
    }

    /// The same for people of a language: in Chinese with the title of its code and what to do, above the
    /// English sentence with the names and values, or that in Chinese where the table of help has it.
    pub fn render_in(&self, language: Language) -> String {
        let chinese = super::chinese(self.code).filter(|_| language == Language::Zh);
        let severity = match (self.severity, language) {
            (Severity::Error, Language::En) => "error: ",
            (Severity::Warning, Language::En) => "warning: ",
            (Severity::Error, Language::Zh) => "错误：",
            (Severity::Warning, Language::Zh) => "提醒：",
        };
        let Place { file, line, column, .. } = &self.place;
        let at = if *line == 0 { file.clone() } else { format!("{file}:{line}:{column}") };
        let said = chinese.map_or(self.message.as_str(), |(title, _)| title);
        let mut text = format!("{at}: {severity}{said} [{}]\n", self.code);
        let place = &self.place;
        if let Some(excerpt) = &self.excerpt {
            let number = place.line.to_string();
            let margin = " ".repeat(number.len());
            let (line, marks) = marked(excerpt, place.column as usize, place.length as usize);
            write_line(&mut text, format_args!("{margin} |"));
            write_line(&mut text, format_args!("{number} | {line}"));
            write_line(&mut text, format_args!("{margin} | {marks}"));
        }
        if let Some((_, fix)) = chinese {
            write_line(&mut text, format_args!("  办法：{fix}"));
        }
        match (&self.hint, language) {
            (Some(hint), Language::En) => write_line(&mut text, format_args!("  help: {hint}")),
            (Some(hint), Language::Zh) => {
                let hint = super::chinese_help(hint).unwrap_or_else(|| hint.clone());
                write_line(&mut text, format_args!("  提示：{hint}"));
            }
            (None, _) => {}
        }
        if chinese.is_some() {
            match super::chinese_help(&self.message) {
                Some(told) => write_line(&mut text, format_args!("  说明：{told}")),
                None => write_line(&mut text, format_args!("  原文：{}", self.message)),
            }
        }
        text
    }
}

fn write_line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("writing to a string does not fail");
}

/// The line as shown (tabs as one blank) and the marks below it.
fn marked(excerpt: &str, column: usize, length: usize) -> (String, String) {
    let chars: Vec<char> = excerpt.chars().map(|c| if c == '\t' { ' ' } else { c }).collect();
    let at = column.saturating_sub(1).min(chars.len());
    let skip = if wide(&chars[..at]) + 40 > WIDTH_MAX { at.saturating_sub(40) } else { 0 };
    let lead = if skip > 0 { "…" } else { "" };
    let mut shown = String::from(lead);
    let mut columns = lead.chars().count();
    for c in &chars[skip..] {
        columns += width(*c);
        if columns > WIDTH_MAX {
            shown.push('…');
            break;
        }
        shown.push(*c);
    }
    let before = lead.chars().count() + wide(&chars[skip..at]);
    let end = (at + length.max(1)).min(chars.len()).max(at);
    let marks = wide(&chars[at..end]).clamp(1, WIDTH_MAX.saturating_sub(before).max(1));
    (shown, format!("{}{}", " ".repeat(before), "^".repeat(marks)))
}

fn wide(chars: &[char]) -> usize {
    chars.iter().map(|c| width(*c)).sum()
}

/// Columns of a character in a terminal: 2 for CJK, Kana, Hangul, full-width forms and emoji.
fn width(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36F}' | '\u{200B}'..='\u{200D}' | '\u{FE00}'..='\u{FE0F}' => 0,
        '\u{1100}'..='\u{115F}'
        | '\u{2E80}'..='\u{303E}'
        | '\u{3041}'..='\u{33FF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{A000}'..='\u{A4CF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FE30}'..='\u{FE6F}'
        | '\u{FF00}'..='\u{FF60}'
        | '\u{FFE0}'..='\u{FFE6}'
        | '\u{1F300}'..='\u{1FAFF}'
        | '\u{20000}'..='\u{3FFFD}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::{Diagnostic, Place};
    use crate::text::Language;

    fn check(excerpt: &str, column: u32, length: u32, expected: &str) {
        let place = Place { file: "a.yaml".into(), line: 12, column, length };
        let problem =
            Diagnostic::error("unknownKey", place, "`rol` is not known").hint("write `role`");
        let problem = Diagnostic { excerpt: Some(excerpt.to_owned()), ..problem };
        assert_eq!(problem.render(), expected);
    }

    #[test]
    fn the_offending_text_is_marked() {
        check(
            "  rol: x",
            3,
            3,
            "a.yaml:12:3: error: `rol` is not known [unknownKey]\n   |\n12 |   rol: x\n   |   ^^^\n  help: write `role`\n",
        );
    }

    #[test]
    fn marks_count_wide_characters_twice() {
        check(
            "名称: 初审x",
            5,
            3,
            "a.yaml:12:5: error: `rol` is not known [unknownKey]\n   |\n12 | 名称: 初审x\n   |       ^^^^^\n  help: write `role`\n",
        );
    }

    #[test]
    fn in_chinese_the_title_and_what_to_do_stand_beside_the_sentence() {
        let place = Place { file: "a.yaml".into(), line: 2, column: 3, length: 3 };
        let problem = Diagnostic::warning("deadEnd", place, "expected something after `a`");
        assert_eq!(
            problem.hint("did you mean `b`?").render_in(Language::Zh),
            "a.yaml:2:3: 提醒：节点之后什么也没有 [deadEnd]\n  \
             办法：如果流程在这里结束，让它走到结束事件\n  提示：是不是 `b`？\n  \
             原文：expected something after `a`\n"
        );
    }

    #[test]
    fn a_mark_far_to_the_right_comes_into_view() {
        let line = format!("{}bad", "x".repeat(300));
        let place = Place { file: "a.yaml".into(), line: 1, column: 301, length: 3 };
        let problem = Diagnostic::error("wrongValue", place, "no");
        let text = Diagnostic { excerpt: Some(line), ..problem }.render();
        assert!(text.contains(&format!("…{}bad", "x".repeat(40))), "{text}");
        assert!(text.contains(&format!("| {}^^^", " ".repeat(41))), "{text}");
    }

    #[test]
    fn a_problem_of_a_whole_file_has_no_line() {
        let place = Place { file: "a.yaml".into(), ..Place::default() };
        let text = Diagnostic::error("fileTooLarge", place, "too large").render();
        assert_eq!(text, "a.yaml: error: too large [fileTooLarge]\n");
    }
}
