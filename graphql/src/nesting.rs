//! How deep brackets are nested in the text of a query. It is counted before the text is read: who
//! reads it follows them one inside the other, and deep enough that would take the whole stack.

/// Brackets inside each other in a query, whatever they hold: a selection may be `DEPTH_MAX` deep, and
/// what is given to a field some deeper.
pub(crate) const NESTING_MAX: usize = 64;

/// Whether more brackets than `NESTING_MAX` are open anywhere in a text.
pub(crate) fn is_too_deep(query: &str) -> bool {
    let (mut open, mut rest) = (0_usize, query);
    while let Some(at) = rest.find(['{', '[', '(', '}', ']', ')', '"', '#']) {
        let (found, behind) = rest[at..].split_at(1);
        rest = match found {
            "\"" => behind_text(behind),
            "#" => behind.find(['\n', '\r']).map_or("", |end| &behind[end..]),
            "{" | "[" | "(" => {
                open += 1;
                behind
            }
            _ => {
                open = open.saturating_sub(1);
                behind
            }
        };
        if open > NESTING_MAX {
            return true;
        }
    }
    false
}

/// What follows a text, from behind its first quote on.
fn behind_text(inside: &str) -> &str {
    if let Some(block) = inside.strip_prefix("\"\"") {
        // Three quotes after a backslash are part of it.
        let mut rest = block;
        while let Some(at) = rest.find("\"\"\"") {
            let behind = &rest[at + 3..];
            if !rest[..at].ends_with('\\') {
                return behind;
            }
            rest = behind;
        }
        return "";
    }
    let mut escaped = false;
    for (at, one) in inside.char_indices() {
        match one {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return &inside[at + 1..],
            // No text goes on in the next line.
            '\n' | '\r' => return &inside[at..],
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::{NESTING_MAX, is_too_deep};

    #[test]
    fn brackets_are_counted_where_they_are_brackets() {
        let of = |open: &str, close: &str, count: usize| open.repeat(count) + &close.repeat(count);
        for (open, close) in [("{a:", "}"), ("[", "]"), ("(", ")"), ("{[(", ")]}")] {
            let most = NESTING_MAX / open.matches(['{', '[', '(']).count();
            assert!(!is_too_deep(&of(open, close, most)), "{open}");
            assert!(is_too_deep(&of(open, close, most + 1)), "{open}");
        }
        let deep = "[".repeat(NESTING_MAX + 1);
        for (query, expected) in [
            (format!("{{ a(text: \"{deep}\") }}"), false),
            (format!("{{ a(text: \"\\\"{deep}\") }}"), false),
            (format!("{{ a(text: \"x\", list: {deep}"), true),
            (format!("{{ a(text: \"\"\"{deep} \\\"\"\" {deep}\"\"\") }}"), false),
            (format!("{{ a(text: \"\"\"x\"\"\", list: {deep}"), true),
            (format!("# {deep}\n{{ a }}"), false),
            (format!("# x\n{deep}"), true),
            (format!("{{ a(text: \"not ended\n list: {deep}"), true),
            ("[]".repeat(NESTING_MAX * 2), false),
        ] {
            assert_eq!(is_too_deep(&query), expected, "{query}");
        }
    }
}
