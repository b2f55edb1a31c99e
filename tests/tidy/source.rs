//! Rust files of the workspace, with comments and strings blanked and test code told apart.
//!
//! A lexer just good enough for rules about words and braces; the rules are in `tidy.rs`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders that hold our Rust code.
pub(crate) const FOLDERS: [&str; 11] = [
    "src",
    "engine/src",
    "store",
    "graphql",
    "notifier/src",
    "connectors",
    "migrations/src",
    "access/src",
    "testkit/src",
    "xtask/src",
    "tests",
];

/// One file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Relative to the workspace's root, with `/`.
    pub(crate) path: String,
    /// As it stands on the disk.
    pub(crate) text: String,
    /// The same length, with comments blanked.
    pub(crate) without_comments: String,
    /// The same length, with comments and the contents of strings blanked.
    pub(crate) code: String,
    /// Per line: is it test code?
    tests: Vec<bool>,
}

impl Source {
    fn read(root: &Path, path: String, all_tests: bool) -> Self {
        let text = fs::read_to_string(root.join(&path)).expect("a Rust file is UTF-8");
        Self::new(path, text, all_tests)
    }

    pub(crate) fn new(path: String, text: String, all_tests: bool) -> Self {
        let (without_comments, code) = blank(&text);
        let tests = match all_tests {
            true => vec![true; text.lines().count()],
            false => test_lines(&code),
        };
        Self { path, text, without_comments, code, tests }
    }

    /// Is line `number` (from 1) test code?
    pub(crate) fn is_test(&self, number: usize) -> bool {
        self.tests.get(number - 1).copied().unwrap_or(false)
    }

    /// Lines of code outside tests, from the top to the last of them.
    pub(crate) fn length_without_tests(&self) -> usize {
        self.tests
            .iter()
            .rposition(|test| !test)
            .map_or(0, |_| self.tests.iter().filter(|test| !**test).count())
    }

    /// The blanked lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The blanked lines outside tests.
    pub(crate) fn product_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines().filter(|(number, _)| !self.is_test(*number))
    }

    /// Every function that has a body: line, name, length in lines.
    pub(crate) fn functions(&self) -> Vec<(usize, String, usize)> {
        let bytes = self.code.as_bytes();
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices("fn ") {
            let starts_word = at == 0 || !is_word(bytes[at - 1]);
            let name: String = self.code[at + 3..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            if !starts_word || name.is_empty() {
                continue;
            }
            let Some(open) = body_start(bytes, at) else { continue };
            let end = matching_brace(bytes, open).unwrap_or(bytes.len() - 1);
            let first = line_of(&self.code, at);
            found.push((first, name, line_of(&self.code, end) - first + 1));
        }
        found
    }
}

/// All Rust files, in the order of their paths.
pub(crate) fn all(root: &Path) -> Vec<Source> {
    let mut paths = BTreeSet::new();
    for folder in FOLDERS {
        collect(&root.join(folder), &mut paths);
    }
    let relative = |path: &Path| {
        let path = path.strip_prefix(root).expect("collected under the root");
        path.to_string_lossy().replace('\\', "/")
    };
    let test_files = test_files(&paths);
    paths
        .iter()
        .map(|path| {
            let name = relative(path);
            let all_tests = test_files.iter().any(|test| path.starts_with(test))
                || name.split('/').any(|part| part == "tests" || part == "tests.rs");
            Source::read(root, name, all_tests)
        })
        .collect()
}

/// Files and folders that a `#[cfg(test)] mod name;` brings in.
fn test_files(paths: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for path in paths {
        let text = fs::read_to_string(path).unwrap_or_default();
        let folder = path.parent().expect("a file has a folder");
        let stem = path.file_stem().expect("a file has a name");
        for (at, _) in text.match_indices("#[cfg(test)]\nmod ") {
            let rest = &text[at + "#[cfg(test)]\nmod ".len()..];
            let Some((name, _)) = rest.split_once([';', ' ']) else { continue };
            for base in [folder.join(name), folder.join(stem).join(name)] {
                found.insert(base.with_extension("rs"));
                found.insert(base);
            }
        }
    }
    found
}

fn collect(folder: &Path, into: &mut BTreeSet<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            if !path.ends_with("target") {
                collect(&path, into);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.insert(path);
        }
    }
}

/// The text with comments blanked, and the text with string contents blanked too.
fn blank(text: &str) -> (String, String) {
    let bytes = text.as_bytes();
    let (mut without_comments, mut code) = (bytes.to_vec(), bytes.to_vec());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let (length, is_comment) = if rest.starts_with(b"//") {
            (rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()), true)
        } else if rest.starts_with(b"/*") {
            (block_comment(rest), true)
        } else if let Some(length) = literal(bytes, at) {
            (length, false)
        } else {
            at += 1;
            continue;
        };
        let end = (at + length).min(bytes.len());
        if is_comment {
            wipe(&mut without_comments[at..end]);
            wipe(&mut code[at..end]);
        } else if length > 2 {
            wipe(&mut code[at + 1..end - 1]);
        }
        at = end.max(at + 1);
    }
    let string = |bytes| String::from_utf8(bytes).expect("whole characters are wiped");
    (string(without_comments), string(code))
}

fn wipe(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at + 1 < rest.len() {
        match &rest[at..at + 2] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length of the string or character literal that starts here, quotes included.
fn literal(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = &bytes[at..];
    match rest[0] {
        b'"' => Some(quoted(rest, b'"')),
        b'r' if at == 0 || !is_word(bytes[at - 1]) || matches!(bytes[at - 1], b'b' | b'c') => {
            let hashes = rest[1..].iter().take_while(|b| **b == b'#').count();
            if rest.get(1 + hashes) != Some(&b'"') {
                return None;
            }
            let mut close = vec![b'"'];
            close.resize(hashes + 1, b'#');
            let body = &rest[hashes + 2..];
            let end = body.windows(close.len()).position(|window| window == close);
            Some(end.map_or(rest.len(), |end| hashes + 2 + end + close.len()))
        }
        // A lifetime has no closing quote after its first character.
        b'\'' if rest.get(1) == Some(&b'\\') => Some(quoted(rest, b'\'')),
        b'\'' => {
            let text = std::str::from_utf8(&rest[1..rest.len().min(6)]);
            let text = text.or_else(|error| std::str::from_utf8(&rest[1..=error.valid_up_to()]));
            let width = text.ok()?.chars().next()?.len_utf8();
            (rest.get(1 + width) == Some(&b'\'')).then_some(width + 2)
        }
        _ => None,
    }
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// Marks the lines of every `#[cfg(test)]` item.
fn test_lines(code: &str) -> Vec<bool> {
    let mut marks = vec![false; code.lines().count()];
    for (at, _) in code.match_indices("#[cfg(test)]") {
        let bytes = code.as_bytes();
        let end = bytes[at..].iter().position(|b| matches!(b, b'{' | b';')).map(|to| at + to);
        let end = match end {
            Some(open) if bytes[open] == b'{' => matching_brace(bytes, open),
            other => other,
        };
        let last = end.map_or(marks.len(), |end| line_of(code, end));
        marks[line_of(code, at) - 1..last].fill(true);
    }
    marks
}

fn body_start(bytes: &[u8], from: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (offset, byte) in bytes[from..].iter().enumerate() {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b'{' if depth == 0 => return Some(from + offset),
            b';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

pub(crate) fn matching_brace(bytes: &[u8], open: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (offset, byte) in bytes[open..].iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(open + offset);
        }
    }
    None
}

pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
