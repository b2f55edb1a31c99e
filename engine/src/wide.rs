//! Signs of a Chinese keyboard, and signs that nobody sees, in what a machine reads.

/// A text with the signs of an English keyboard for those of a Chinese one; nothing where it has none.
pub(crate) fn plain(text: &str) -> Option<String> {
    let plain: String = text.chars().map(sign).collect();
    (plain != text).then_some(plain)
}

/// The sign of an English keyboard for one of a Chinese keyboard, or the same.
pub(crate) fn sign(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => {
            char::from_u32(u32::from(c) - 0xFEE0).expect("they stand in the same order")
        }
        '\u{3000}' | '\u{A0}' => ' ',
        '“' | '”' => '"',
        '‘' | '’' => '\'',
        '【' => '[',
        '】' => ']',
        '。' => '.',
        '、' => ',',
        other => other,
    }
}

/// The first sign in a text that takes no room, as its number.
pub(crate) fn invisible(text: &str) -> Option<String> {
    let found = text.chars().find(|c| is_invisible(*c))?;
    Some(format!("U+{:04X}", u32::from(found)))
}

/// A text without what nobody sees, inside and around it.
pub(crate) fn visible(text: &str) -> String {
    let seen: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    seen.trim_matches(|c: char| c.is_whitespace()).to_owned()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::{invisible, plain, visible};

    #[test]
    fn signs_of_a_chinese_keyboard_have_their_plain_ones() {
        for (text, expected) in [
            ("１０ days", Some("10 days")),
            ("ｎ ＞ １", Some("n > 1")),
            ("“a”，【b】", Some("\"a\",[b]")),
            ("通过", None),
            ("n > 1", None),
        ] {
            assert_eq!(plain(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_nobody_sees_is_found() {
        assert_eq!(invisible("ro\u{200B}le").as_deref(), Some("U+200B"));
        assert_eq!(invisible("role"), None);
        assert_eq!(visible("\u{FEFF}role \u{200B}"), "role");
    }
}
