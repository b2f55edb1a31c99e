//! Characters, names and references of XML 1.0: which there may be, and what they stand for.

use super::{Fault, fault};

/// A text with its references put in. Only XML's own five and character references there are.
pub(super) fn unescape(text: &str, at: usize) -> Result<String, Fault> {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(amp) = rest.find('&') {
        whole.push_str(&rest[..amp]);
        rest = &rest[amp + 1..];
        let Some(end) = rest.find(';') else {
            return fault("xmlSyntax", at, "expected `&amp;`, found `&`");
        };
        let name = &rest[..end];
        rest = &rest[end + 1..];
        match quick_xml::escape::resolve_xml_entity(name) {
            Some(known) => whole.push_str(known),
            None => match character(name) {
                Some(character) => whole.push(character),
                None => {
                    let shown: String = name.chars().take(40).collect();
                    let message = format!("expected a character, found the entity `&{shown};`");
                    return Err(Fault {
                        code: "entityNotAllowed",
                        at,
                        message,
                        hint: Some("write the text itself"),
                    });
                }
            },
        }
    }
    whole.push_str(rest);
    Ok(whole)
}

fn character(name: &str) -> Option<char> {
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code).filter(|c| is_character(*c))
}

/// Whether XML 1.0 may have a character, and a text is read in the order in which it stands: what makes
/// it appear in another one is refused, as in YAML.
pub(super) fn is_character(c: char) -> bool {
    let is_control = matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}');
    let reorders = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    !is_control && !reorders
}

/// Whether a text is a name without a colon.
pub(in crate::bpmn) fn is_name(text: &str) -> bool {
    let first = |c: char| c.is_alphabetic() || c == '_';
    let other = |c: char| first(c) || c.is_numeric() || matches!(c, '-' | '.' | '\u{B7}');
    text.starts_with(first) && text.chars().all(other)
}
