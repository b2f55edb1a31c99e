//! Damage that knows nothing of a file's language: bytes are changed, left out, doubled and moved, and
//! what parsers trip over is put between them.

use crate::chance::Chance;

/// Damages to one file.
const DAMAGES_MAX: usize = 6;

/// What parsers trip over.
const PIECES: [&str; 32] = [
    "{",
    "}",
    "[",
    "]",
    "[[[[[[[[[[[[[[[[",
    "{a: {a: {a: {a: ",
    "&a ",
    "*a",
    "<<: *a",
    "!!binary ",
    "\t",
    "\r",
    "\u{0}",
    "\u{feff}",
    "\u{202e}",
    "- ",
    ": ",
    "|\n",
    ">-\n",
    "\"",
    "'",
    "=1/0",
    "=((((((((",
    "null",
    "99999999999999999999",
    "<![CDATA[",
    "<!DOCTYPE a [<!ENTITY b \"c\">]>",
    "&b;",
    "</",
    "<bpmn:process id=\"x\">",
    "xmlns:x=\"",
    "  - nodes:\n",
];

/// Damages a file: some of its bytes are changed, left out, doubled, moved, or mixed with pieces of
/// another one.
pub(super) fn damage(chance: &mut Chance, bytes: &mut Vec<u8>, other: &[u8]) {
    for _ in 0..=chance.below(DAMAGES_MAX) {
        let at = chance.below(bytes.len() + 1);
        let length = chance.below(60).min(bytes.len() - at);
        match chance.below(7) {
            0 if at < bytes.len() => bytes[at] = u8::try_from(chance.below(256)).expect("a byte"),
            1 => drop(bytes.drain(at..at + length)),
            2 => {
                let again: Vec<u8> = bytes[at..at + length].repeat(1 + chance.below(20));
                bytes.splice(at..at, again);
            }
            3 => {
                let moved: Vec<u8> = bytes.drain(at..at + length).collect();
                let to = chance.below(bytes.len() + 1);
                bytes.splice(to..to, moved);
            }
            4 if !other.is_empty() => {
                let from = chance.below(other.len());
                let until = (from + chance.below(400)).min(other.len());
                bytes.splice(at..at, other[from..until].iter().copied());
            }
            5 => bytes.truncate(at),
            _ => {
                let piece = chance.one(&PIECES).repeat(1 + chance.below(30));
                bytes.splice(at..at, piece.bytes());
            }
        }
    }
}
