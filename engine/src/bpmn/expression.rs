//! Expressions of other tools as ours: JUEL (`${amount > 100}`, Camunda 7, Flowable, Activiti) and
//! FEEL (`=amount > 100`, Camunda 8). Comparisons, arithmetic, logic, fields and literals are
//! translated word by word; calls of Java or of FEEL's own functions are not.

mod interval;
mod negation;
mod word;

use super::names::CEL;
use word::{Word, words};

/// Longest expression that is translated.
const TEXT_MAX: usize = 4_000;

/// What an expression is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// Ours.
    Cel,
    /// `${…}`
    Juel,
    /// `=…`
    Feel,
    /// Another one, such as Groovy.
    Other,
}

/// A translated expression whose names are not yet resolved.
#[derive(Debug, PartialEq)]
pub(super) struct Translated(Vec<Piece>);

#[derive(Debug, PartialEq)]
enum Piece {
    /// As it is.
    Text(String),
    /// The first name of a path.
    Name(String),
    /// Whether there is nothing in what a path names: it is not there, or an empty text or list.
    Empty(Vec<String>),
}

impl Translated {
    /// The names that it uses.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Name(name) => Some(name.as_str()),
            Piece::Empty(names) => Some(names[0].as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The text, with names as the given function calls them.
    pub(super) fn resolve(&self, mut name: impl FnMut(&str) -> String) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Name(piece) => text.push_str(&name(piece)),
                Piece::Empty(names) => {
                    let first = name(&names[0]);
                    let path = format!("{first}{}", inner(&names[1..]));
                    // A form leaves out what is empty.
                    let is_field = first.contains('.') && names.len() == 1;
                    let empty = match is_field {
                        true => format!("!has({path})"),
                        false => format!("(!has({path}) || {path} == '' || {path} == [])"),
                    };
                    text.push_str(&empty);
                }
            }
        }
        text
    }
}

/// Whether a text is an expression in a language, not a literal.
pub(super) fn is_expression(text: &str, language: Language) -> bool {
    match language {
        Language::Cel | Language::Feel => text.trim_start().starts_with('='),
        Language::Juel | Language::Other => text.contains("${") || text.contains("#{"),
    }
}

/// Whether a text is an expression in any language.
pub(super) fn is_dynamic(text: &str) -> bool {
    by_sign(text).is_some()
}

/// The language that a text shows by its sign.
pub(super) fn by_sign(text: &str) -> Option<Language> {
    [Language::Feel, Language::Juel].into_iter().find(|language| is_expression(text, *language))
}

/// The language that a file names on an expression; none where the name says nothing.
pub(super) fn by_name(name: &str) -> Option<Language> {
    let name = name.trim().to_ascii_lowercase();
    match name.as_str() {
        CEL => Some(Language::Cel),
        "juel" | "uel" | "el" => Some(Language::Juel),
        "feel" => Some(Language::Feel),
        "" => None,
        // The address of FEEL has versions in it; other addresses stand in files of every tool.
        name if name.contains("://") => name.contains("/feel/").then_some(Language::Feel),
        _ => Some(Language::Other),
    }
}

/// An expression of ours with `=` in front.
pub(super) fn with_sign(text: &str) -> String {
    match text.starts_with('=') {
        true => text.to_owned(),
        false => format!("={text}"),
    }
}

/// Translates an expression, or says why it cannot be.
pub(super) fn translate(text: &str, language: Language) -> Result<Translated, String> {
    if text.len() > TEXT_MAX {
        return Err(format!("it is longer than {TEXT_MAX} bytes"));
    }
    let inner = match language {
        Language::Other => return Err("it is in another language".to_owned()),
        Language::Cel | Language::Feel => text.trim().trim_start_matches('='),
        Language::Juel => inside(text.trim())?,
    };
    let words = words(inner)?;
    if words.is_empty() {
        return Err("it is empty".to_owned());
    }
    let feel = language == Language::Feel;
    Translation { words: &words, at: 0, feel, pieces: Vec::new(), negated: Vec::new() }.run()
}

/// What stands in `${…}`.
fn inside(text: &str) -> Result<&str, String> {
    let opened = text.strip_prefix("${").or_else(|| text.strip_prefix("#{"));
    match opened {
        Some(rest) => match rest.strip_suffix('}') {
            Some(inner) if !inner.contains(['{', '}']) => Ok(inner),
            _ => Err("it is more than one `${…}`".to_owned()),
        },
        None if text.contains("${") || text.contains("#{") => {
            Err("it is text with an expression in it".to_owned())
        }
        None => Ok(text),
    }
}

/// Words of JUEL and FEEL that stand between two others, or before one.
const OPERATORS: &[&str] = &[
    "and",
    "or",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "not",
    "in",
    "div",
    "mod",
    "empty",
    "instanceof",
    "between",
    "if",
    "then",
    "else",
    "return",
    "satisfies",
    "instance",
];

fn name(name: &str) -> Word {
    Word::Path(vec![name.to_owned()])
}

/// Whether a word stands for a value.
fn is_operand(word: &Word) -> bool {
    match word {
        Word::Path(names) => names.len() > 1 || !OPERATORS.contains(&names[0].as_str()),
        Word::Number(_) | Word::Text(_) => true,
        Word::Sign(_) => false,
    }
}

/// Whether a value ends with a word.
fn is_end(word: &Word) -> bool {
    matches!(word, Word::Sign(")" | "]"))
}

struct Translation<'w> {
    words: &'w [Word],
    at: usize,
    feel: bool,
    pieces: Vec<Piece>,
    /// Where what is negated ends.
    negated: Vec<usize>,
}

impl Translation<'_> {
    fn run(mut self) -> Result<Translated, String> {
        while self.at < self.words.len() {
            self.word()?;
            while self.negated.pop_if(|end| *end == self.at).is_some() {
                self.text(", false)");
            }
        }
        Ok(Translated(self.pieces))
    }

    fn text(&mut self, text: impl Into<String>) {
        self.pieces.push(Piece::Text(text.into()));
    }

    fn word(&mut self) -> Result<(), String> {
        let word = &self.words[self.at];
        let before = self.at.checked_sub(1).map(|at| &self.words[at]);
        // Names of FEEL may have blanks in them, those of JUEL have none.
        if !self.feel && is_operand(word) && before.is_some_and(is_operand) {
            return Err("there is no operator that is known between two of its words".to_owned());
        }
        let follows = before.is_some_and(|it| is_operand(it) || is_end(it));
        if self.feel && follows && *word == Word::Sign("[") {
            return self.nth();
        }
        self.at += 1;
        match word {
            Word::Number(number) => self.text(number.clone()),
            Word::Text(text) => self.text(literal(text)),
            Word::Sign("..") => return Err("`..` is no operator".to_owned()),
            Word::Sign("=") if self.feel => self.text(" == "),
            Word::Sign("=") => return Err("`=` is no comparison".to_owned()),
            Word::Sign("!") => self.not(),
            Word::Sign(sign @ ("(" | ")" | "[" | "]")) => self.text(*sign),
            Word::Sign(",") => self.text(", "),
            Word::Sign(sign) => self.text(format!(" {sign} ")),
            Word::Path(names) => return self.path(names),
        }
        Ok(())
    }

    fn path(&mut self, names: &[String]) -> Result<(), String> {
        let first = names[0].as_str();
        let calls = self.words.get(self.at) == Some(&Word::Sign("("));
        if names.len() == 1 {
            let sign = match first {
                "and" => Some(" && "),
                "or" => Some(" || "),
                "eq" if !self.feel => Some(" == "),
                "ne" if !self.feel => Some(" != "),
                "lt" if !self.feel => Some(" < "),
                "le" if !self.feel => Some(" <= "),
                "gt" if !self.feel => Some(" > "),
                "ge" if !self.feel => Some(" >= "),
                "div" if !self.feel => Some(" / "),
                "mod" if !self.feel => Some(" % "),
                "instanceof" if !self.feel => return Err("`instanceof` of JUEL".to_owned()),
                "instance" if self.feel && self.words.get(self.at) == Some(&name("of")) => {
                    return Err("`instance of` of FEEL".to_owned());
                }
                "not" => {
                    self.not();
                    return Ok(());
                }
                "in" => Some(" in "),
                "true" => Some("true"),
                "false" => Some("false"),
                "null" => return Err("`null` can only be compared with a name".to_owned()),
                "empty" if !self.feel && !calls => return self.empty(),
                "if" | "then" | "else" | "for" | "some" | "every" | "return" | "satisfies"
                    if self.feel =>
                {
                    return Err(format!("`{first}` of FEEL"));
                }
                _ => None,
            };
            if let Some(sign) = sign {
                self.text(sign);
                return Ok(());
            }
        }
        if calls {
            return match (first, names.len()) {
                ("count", 1) if self.feel => {
                    self.text("size");
                    Ok(())
                }
                ("date", 1) if self.feel && self.is_day() => {
                    self.text("date");
                    Ok(())
                }
                _ => Err(format!("`{}(…)` is a call", names.join("."))),
            };
        }
        if names.iter().any(String::is_empty) {
            return Err("expected a name behind `.`".to_owned());
        }
        if !self.feel || !self.is_within(names) {
            self.compared_with_null(names);
        }
        Ok(())
    }

    /// `[2]` behind a list: FEEL counts from 1. Counted from the end, or a filter, it is not known.
    fn nth(&mut self) -> Result<(), String> {
        let [Word::Sign("["), Word::Number(number), Word::Sign("]"), ..] = &self.words[self.at..]
        else {
            return Err("a filter of FEEL, or an entry counted from the end".to_owned());
        };
        let Some(place) = number.parse::<u32>().ok().and_then(|place| place.checked_sub(1)) else {
            return Err(format!("FEEL counts entries from 1, found `[{number}]`"));
        };
        self.at += 3;
        self.text(format!("[{place}]"));
        Ok(())
    }

    /// `empty a.b`
    fn empty(&mut self) -> Result<(), String> {
        let Some(Word::Path(names)) = self.words.get(self.at) else {
            return Err("expected a name behind `empty`".to_owned());
        };
        self.at += 1;
        self.pieces.push(Piece::Empty(names.clone()));
        Ok(())
    }

    /// A path; `a.b != null` asks whether it is there.
    fn compared_with_null(&mut self, names: &[String]) {
        let null = Word::Path(vec!["null".to_owned()]);
        let sign = match self.words.get(self.at..self.at + 2) {
            Some([Word::Sign("=="), word]) if *word == null => Some("!"),
            Some([Word::Sign("="), word]) if *word == null && self.feel => Some("!"),
            Some([Word::Sign("!="), word]) if *word == null => Some(""),
            _ => None,
        };
        match sign {
            Some(sign) => {
                self.at += 2;
                self.has(sign, names);
            }
            None => self.name(names),
        }
    }

    fn has(&mut self, sign: &str, names: &[String]) {
        self.text(format!("{sign}has("));
        self.name(names);
        self.text(")");
    }

    fn name(&mut self, names: &[String]) {
        self.pieces.push(Piece::Name(names[0].clone()));
        self.text(inner(&names[1..]));
    }
}

/// What stands behind the first name of a path.
fn inner(names: &[String]) -> String {
    let one = |name: &String| match name.is_ascii() {
        true => format!(".{name}"),
        // Our names have Latin letters alone.
        false => format!("['{name}']"),
    };
    names.iter().map(one).collect()
}

/// A text as our expressions write it.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::{Language, translate};

    fn check(text: &str, language: Language, expected: &str) {
        let found = match translate(text, language) {
            Ok(translated) => translated.resolve(|name| {
                if name == "amount" { "data.amount".to_owned() } else { name.to_owned() }
            }),
            Err(why) => format!("! {why}"),
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn juel_is_translated() {
        for (text, expected) in [
            ("${approved}", "approved"),
            ("${!approved}", "!orElse(approved, false)"),
            ("${!!approved and x}", "!!orElse(approved, false) && x"),
            (
                "${not order.lines[0] || !(not a)}",
                "!orElse(order.lines[0], false) || !orElse((!orElse(a, false)), false)",
            ),
            ("#{amount >= 1000 && kind == \"it's\"}", "data.amount >= 1000 && kind == 'it\\'s'"),
            (
                "${amount gt 10 and not (kind eq 'a')}",
                "data.amount > 10 && !orElse((kind == 'a'), false)",
            ),
            ("${order.total != null}", "has(order.total)"),
            (
                "${empty order.items or x == null}",
                "(!has(order.items) || order.items == '' || order.items == []) || !has(x)",
            ),
            ("${not empty amount}", "!!has(data.amount)"),
            ("${execution.getVariable('x')}", "! `execution.getVariable(…)` is a call"),
            ("${a} and ${b}", "! it is more than one `${…}`"),
            ("to ${a}", "! it is text with an expression in it"),
            ("${a = 1}", "! `=` is no comparison"),
            ("${x mod 2 == 0 or x div 2 gt 3}", "x % 2 == 0 || x / 2 > 3"),
            ("${items[1] eq 'a'}", "items[1] == 'a'"),
            ("${a instanceof b}", "! `instanceof` of JUEL"),
            ("${a matches b}", "! there is no operator that is known between two of its words"),
            ("${a 1}", "! there is no operator that is known between two of its words"),
            ("${'x}", "! a text in it has no end"),
            ("${}", "! it is empty"),
        ] {
            check(text, Language::Juel, expected);
        }
    }

    #[test]
    fn feel_is_translated() {
        for (text, expected) in [
            ("=amount > 1000 and kind = \"a\"", "data.amount > 1000 && kind == 'a'"),
            ("= not(approved)", "!(approved)"),
            ("=count(items) >= 3", "size(items) >= 3"),
            ("=x = null", "!has(x)"),
            ("=x in [3..5]", "(x >= 3 && x <= 5)"),
            ("=amount in [3..5)", "(data.amount >= 3 && data.amount < 5)"),
            ("=a.b in ]-1.5..limit] and y", "(a.b > -1.5 && a.b <= limit) && y"),
            ("=d in (date(\"2026-01-01\")..day[", "(d > date('2026-01-01') && d < day)"),
            ("=x between 3 and 5 or y", "(x >= 3 && x <= 5) || y"),
            ("=d < date(\"2026-01-01\")", "d < date('2026-01-01')"),
            ("=x in [3..5", "! `..` is no operator"),
            ("=x in list", "x in list"),
            ("=x in [1, 2]", "x in [1, 2]"),
            ("=bids[1] = \"li\"", "bids[0] == 'li'"),
            ("=bids[0]", "! FEEL counts entries from 1, found `[0]`"),
            ("=bids[-1]", "! a filter of FEEL, or an entry counted from the end"),
            ("=bids[item != \"x\"] = []", "! a filter of FEEL, or an entry counted from the end"),
            ("=a instance of number", "! `instance of` of FEEL"),
            ("=date(x, 1)", "! `date(…)` is a call"),
            ("=if a then b else c", "! `if` of FEEL"),
            ("=contains(a, \"b\")", "! `contains(…)` is a call"),
        ] {
            check(text, Language::Feel, expected);
        }
    }
}
