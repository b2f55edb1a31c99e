//! Where a mistake of syntax began: the parser sees it only where the text can no longer be YAML, which
//! may be lines below a bracket or a quote that nothing closes.

use crate::diagnostic::Diagnostic;
use crate::yaml::comma;
use crate::yaml::source::{Source, Spot, number};

/// Signs of a Chinese keyboard, with what YAML has for them.
const FULL_WIDTH: [(char, char); 7] =
    [('，', ','), ('：', ':'), ('｛', '{'), ('｝', '}'), ('［', '['), ('］', ']'), ('；', ',')];

/// What is open at some place of a text.
#[derive(Default)]
struct Open {
    /// Brackets, each with where it opens.
    brackets: Vec<(char, Spot)>,
    /// A quote that is open, with where it opens.
    quote: Option<(char, Spot)>,
    /// Where the last quote opened that is closed.
    closed: Option<Spot>,
}

/// A better place and better words for what the parser says, where they can be found.
pub(super) fn find(source: &Source, spot: Spot, info: &str) -> Option<Diagnostic> {
    if info.contains("followed by a valid YAML whitespace") {
        let problem = problem(source, spot, "expected a space after the colon, found a tab");
        return Some(problem.hint("write one space"));
    }
    if info.contains("simple key expect") {
        return (1..=spot.line).rev().take(LINES_MAX).find_map(|line| colon(source, line));
    }
    let open = open(source, spot);
    if info.contains("invalid trailing content after") {
        let opened = open.closed.filter(|opened| opened.line < spot.line)?;
        let hint = format!(
            "close it on this line: it ends only with the next quote, on line {}",
            spot.line
        );
        return Some(problem(source, opened, "expected a closing quote").hint(hint));
    }
    let (bracket, opened) = *open.brackets.last()?;
    if info.contains("expected ',' or")
        && bracket == '{'
        && let Some(problem) = comma::expression(source, opened, spot)
    {
        return Some(problem);
    }
    if opened.line < spot.line || interval(source, opened).is_some() {
        let close = if bracket == '{' { '}' } else { ']' };
        let message = format!("expected the closing `{close}` of the bracket that opens here");
        return Some(problem(source, opened, &message).hint(hint(source, opened)));
    }
    full_width(source, opened, spot)
}

/// So many lines before one are looked at.
const LINES_MAX: usize = 2;

fn problem(source: &Source, spot: Spot, message: &str) -> Diagnostic {
    source.problem("yamlSyntax", source.place(spot, 1), message)
}

/// A line that has a key and no colon that YAML takes for one.
fn colon(source: &Source, line: u32) -> Option<Diagnostic> {
    let text = source.line(line);
    let is_key = |key: &str| !key.is_empty() && !key.contains([' ', '"', '\'', '#', '=']);
    let (at, sign) = text.char_indices().find(|(_, c)| matches!(c, ':' | '：'))?;
    let (key, rest) = (text[..at].trim(), text[at + sign.len_utf8()..].trim());
    if !is_key(key) || (sign == ':' && (rest.is_empty() || text[at + 1..].starts_with(' '))) {
        return None;
    }
    let spot = Spot { line, column: number(text[..at].chars().count() + 1) };
    let message = match sign {
        ':' => "expected a space after the colon".to_owned(),
        _ => format!("expected `: ` after the key, found the full-width `{sign}`"),
    };
    Some(
        problem(source, spot, &message).hint(format!("write `{key}: {rest}`").replace(": `", ":`")),
    )
}

/// An interval that begins at a bracket: `[3..5)`.
fn interval(source: &Source, opened: Spot) -> Option<String> {
    let line = source.line(opened.line);
    let rest: String = line.chars().skip(opened.column as usize - 1).collect();
    let (low, high) = rest.split_once("..")?;
    let end = high.find([')', ',', '}', ']', '['])?;
    let is_it = rest.starts_with('[') && !low.contains(',') && high[end..].starts_with([')', '[']);
    is_it.then(|| format!("{low}..{}", &high[..=end]))
}

/// What to do about a bracket that is not closed.
fn hint(source: &Source, opened: Spot) -> String {
    if let Some(interval) = interval(source, opened) {
        return format!("put an interval in quotes: `'{interval}'`");
    }
    let line = source.line(opened.line);
    if line.contains(['｝', '］', '】']) {
        return "close it with `}` or `]` of an English keyboard".to_owned();
    }
    "close it; or a comma is missing behind what it holds".to_owned()
}

/// A sign of a Chinese keyboard between a bracket and where the parser gave up.
fn full_width(source: &Source, from: Spot, to: Spot) -> Option<Diagnostic> {
    let line = source.line(from.line);
    let (first, last) = (from.column as usize, to.column as usize);
    let within = line.chars().enumerate().skip(first).take(last.saturating_sub(first));
    let signs = within.filter_map(|(at, c)| {
        FULL_WIDTH.iter().find(|(wide, _)| *wide == c).map(|(wide, plain)| (at, wide, plain))
    });
    let (at, wide, plain) = signs.last()?;
    let spot = Spot { line: from.line, column: number(at + 1) };
    let message = format!("expected `{plain} `, found the full-width `{wide}`");
    Some(problem(source, spot, &message).hint(format!("write `{plain} ` with an English keyboard")))
}

/// What is open before a place.
fn open(source: &Source, to: Spot) -> Open {
    let mut open = Open::default();
    // Lines that are further in than this belong to a text of several lines.
    let mut block: Option<usize> = None;
    for line in 1..=to.line {
        let text = source.line(line);
        let indent = text.chars().take_while(|c| *c == ' ').count();
        if block.is_some_and(|block| text.trim().is_empty() || indent > block) {
            continue;
        }
        block = None;
        let is_block = open.line(text, line, (line == to.line).then_some(to.column));
        if is_block && open.brackets.is_empty() && open.quote.is_none() {
            block = Some(indent);
        }
    }
    open
}

impl Open {
    /// Reads a line, or what of it is before a column; whether a text of several lines follows.
    fn line(&mut self, text: &str, line: u32, end: Option<u32>) -> bool {
        let end = end.map_or(usize::MAX, |end| end as usize - 1);
        // The last sign that is no blank: words that begin behind some have brackets of their own.
        let (mut before, mut blank) = (':', true);
        let mut chars = text.chars().enumerate().take(end).peekable();
        while let Some((at, c)) = chars.next() {
            let spot = Spot { line, column: number(at + 1) };
            if let Some((quote, opened)) = self.quote {
                let is_doubled = quote == '\'' && matches!(chars.peek(), Some((_, '\'')));
                match c {
                    '\\' if quote == '"' => drop(chars.next()),
                    _ if c == quote && is_doubled => drop(chars.next()),
                    _ if c == quote => {
                        self.quote = None;
                        self.closed = Some(opened);
                    }
                    _ => {}
                }
                (before, blank) = (c, false);
                continue;
            }
            let begins = matches!(before, ':' | ',' | '[' | '{' | '-' | '?');
            match c {
                '#' if blank => return false,
                '"' | '\'' if begins => self.quote = Some((c, spot)),
                '{' | '[' if begins => self.brackets.push((c, spot)),
                '}' | ']' if !self.brackets.is_empty() => drop(self.brackets.pop()),
                '|' | '>' if begins && blank => return self.quote.is_none(),
                _ => {}
            }
            blank = c == ' ';
            if !blank {
                before = c;
            }
        }
        false
    }
}
