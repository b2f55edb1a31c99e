//! From text to the parsed tree of the crate `cel`, with positions and readable complaints. Types
//! are not looked at here.

use std::collections::BTreeMap;

use cel::common::ast::{EntryExpr, Expr, IdedExpr};
use cel::parser::{ParseError, PrattParser};

use super::{DEPTH_MAX, SOURCE_CHARS_MAX};
use crate::problem::Problem;

/// A parsed expression, and where each of its nodes stands (in characters).
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) root: IdedExpr,
    pub(super) offsets: BTreeMap<u64, usize>,
}

/// The name under which `has(name)` is parsed; CEL's macro takes only `has(a.b)`.
pub(super) const HAS_NAME: &str = "HAS";
/// The name under which `loop` is parsed, which CEL keeps for itself.
pub(super) const LOOP_NAME: &str = "LOOP";

/// Parses an expression.
pub(super) fn parse(source: &str) -> Result<Parsed, Vec<Problem>> {
    let length = source.chars().count();
    if length > SOURCE_CHARS_MAX {
        return Err(vec![Problem::error(
            "expressionTooLong",
            format!(
                "an expression has at most {SOURCE_CHARS_MAX} characters, this one has {length}"
            ),
        )]);
    }
    if source.trim().is_empty() {
        return Err(vec![Problem::error(
            "expressionSyntax",
            "expected an expression, found nothing",
        )]);
    }
    let prepared = prepared(source);
    let root = PrattParser::new()
        .max_recursion_depth(u16::try_from(DEPTH_MAX).unwrap_or(u16::MAX))
        .parse(&prepared)
        .map_err(|errors| complaints(source, &errors.errors))?;
    if depth(&root) > DEPTH_MAX {
        return Err(vec![
            Problem::error(
                "expressionTooDeep",
                format!(
                    "an expression nests at most {DEPTH_MAX} levels deep, this one nests deeper"
                ),
            )
            .hint("name parts of it as computed fields, or use a decision table"),
        ]);
    }
    Ok(Parsed { root, offsets: offsets(source, &prepared) })
}

/// Where each node stands. The crate's fast parser gives positions only together with errors, so
/// the text is parsed once more with an error behind it; the numbering of nodes is the same.
fn offsets(source: &str, prepared: &str) -> BTreeMap<u64, usize> {
    let Err(errors) = PrattParser::new()
        .max_recursion_depth(u16::try_from(DEPTH_MAX).unwrap_or(u16::MAX))
        .parse(&format!("{prepared}\n)"))
    else {
        return BTreeMap::new();
    };
    let Some(info) = errors.errors.iter().find_map(|error| error.source_info.as_ref()) else {
        return BTreeMap::new();
    };
    let ids = 1..=(source.len() as u64).saturating_mul(8);
    ids.map_while(|id| info.offset_for(id).map(|(start, _)| (id, start)))
        .map(|(id, start)| (id, characters(source, start as usize)))
        .collect()
}

/// Characters before a byte.
fn characters(source: &str, byte: usize) -> usize {
    source.char_indices().take_while(|(index, _)| *index < byte).count()
}

/// How deep the tree nests, without recursion: it may be thousands of levels deep.
fn depth(root: &IdedExpr) -> usize {
    let mut deepest = 0;
    let mut stack = vec![(root, 1)];
    while let Some((node, level)) = stack.pop() {
        deepest = deepest.max(level);
        let mut push = |child| stack.push((child, level + 1));
        match &node.expr {
            Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => {}
            Expr::Call(call) => {
                call.target.iter().map(AsRef::as_ref).chain(&call.args).for_each(push);
            }
            Expr::Comprehension(each) => {
                [&each.iter_range, &each.accu_init, &each.loop_cond, &each.loop_step, &each.result]
                    .into_iter()
                    .for_each(push);
            }
            Expr::List(list) => list.elements.iter().for_each(push),
            Expr::Select(select) => push(&select.operand),
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        push(&entry.key);
                        push(&entry.value);
                    }
                }
            }
            Expr::Struct(object) => {
                for entry in &object.entries {
                    if let EntryExpr::StructField(field) = &entry.expr {
                        push(&field.value);
                    }
                }
            }
        }
    }
    deepest
}

/// Writes `has(name)` as `HAS(name)` and `loop` as `LOOP`, of the same length, outside texts.
fn prepared(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut prepared = source.as_bytes().to_vec();
    let mut quote = None;
    let mut index = 0;
    while index < bytes.len() {
        match (quote, bytes[index]) {
            (Some(_), b'\\') => index += 1,
            (Some(open), byte) if byte == open => quote = None,
            (None, byte @ (b'\'' | b'"')) => quote = Some(byte),
            (None, b'h') if is_bare_has(source, index) => {
                prepared[index..index + 3].copy_from_slice(HAS_NAME.as_bytes());
            }
            (None, b'l') if is_loop(source, index) => {
                prepared[index..index + 4].copy_from_slice(LOOP_NAME.as_bytes());
            }
            _ => {}
        }
        index += 1;
    }
    String::from_utf8(prepared).unwrap_or_else(|_| source.to_owned())
}

/// What names are made of, and what stands between them.
fn word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '.'
}

/// Whether the name `loop` stands at a byte.
fn is_loop(source: &str, at: usize) -> bool {
    let before = source.get(..at).and_then(|text| text.chars().next_back());
    let after = source.get(at..).and_then(|rest| rest.strip_prefix("loop"));
    let ends = after.is_some_and(|rest| !rest.starts_with(|c: char| word(c) && c != '.'));
    ends && !before.is_some_and(word)
}

/// Whether `has(name)` with a bare name stands at a byte.
fn is_bare_has(source: &str, at: usize) -> bool {
    let inside = source.get(at..).and_then(|rest| {
        rest.strip_prefix("has")?
            .trim_start()
            .strip_prefix('(')?
            .split_once(')')
            .map(|(name, _)| name)
    });
    let before = source.get(..at).and_then(|text| text.chars().next_back());
    inside.is_some_and(|name| {
        let name = name.trim();
        !name.is_empty() && !name.contains('.') && name.chars().all(word)
    }) && !before.is_some_and(word)
}

/// The crate's complaints in our words; several about one stretch become one.
fn complaints(source: &str, errors: &[ParseError]) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    let mut last = None;
    for error in errors {
        if error.msg.contains("recursion limit") {
            return vec![
                Problem::error(
                    "expressionTooDeep",
                    format!(
                        "an expression nests at most {DEPTH_MAX} levels deep, this one nests deeper"
                    ),
                )
                .hint("name parts of it as computed fields, or use a decision table"),
            ];
        }
        let byte = byte_of(source, error.pos);
        let offset = characters(source, byte);
        let near = last.is_some_and(|last: usize| byte <= last + 4);
        last = Some(byte);
        if near && !problems.is_empty() {
            continue;
        }
        let message = error.msg.trim_start_matches("Syntax error: ").replace("<EOF>", "the end");
        problems.push(
            Problem::error("expressionSyntax", message).at(offset).maybe_hint(hint(source, byte)),
        );
    }
    problems
}

fn byte_of(source: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line).unwrap_or(1).max(1);
    let column = usize::try_from(column).unwrap_or(1).max(1);
    let start: usize = source.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let mut byte = (start + column - 1).min(source.len());
    while !source.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

/// What is likely meant at a place that cannot be read.
fn hint(source: &str, byte: usize) -> Option<String> {
    let rest = source.get(byte..)?;
    let word = rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let first = rest.chars().next();
    let text = match (word.to_ascii_lowercase().as_str(), first) {
        ("and", _) => "write `&&`",
        ("or", _) => "write `||`",
        ("not", _) => "write `!`",
        (_, Some('=')) if !rest.starts_with("==") => "to compare, write `==`",
        (_, Some('$')) if rest.starts_with("${") => {
            "an expression stands by itself, without `${ }` around it"
        }
        (_, Some(c)) if crate::wide::sign(c) != c => {
            "this is a full-width sign; write it with an English keyboard"
        }
        (_, Some(c)) if !c.is_ascii() => {
            "names are written in Latin letters; put other text in quotes, such as '通过'"
        }
        _ => return None,
    };
    Some(text.to_owned())
}
