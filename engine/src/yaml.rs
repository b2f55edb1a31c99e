//! From the bytes of a YAML file to typed values, with exact places and all problems at once.
//!
//! [`parse`] makes a [`Tree`], in which every key and value knows where it stands; [`read`] makes
//! a Rust value of a tree (or a part of it). Both are safe on hostile files: sizes, depths and the
//! work done are bounded, and nothing here recurses deeper than [`DEPTH_MAX`]. Which keys a file
//! has is not known here: that is the business of the types that are read.

mod alias;
mod build;
mod bytes;
mod choice;
mod comma;
mod de;
mod hint;
mod hole;
mod locate;
mod mend;
mod offset;
mod read;
mod reading_error;
mod scalar;
mod source;
mod syntax;
mod tree;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod read_tests;

pub use read::read;
pub(crate) use read::read_on;
pub use source::EXCERPT_CHARS_MAX;
pub(crate) use source::{Source, number};
pub(crate) use tree::Entry;
pub use tree::Tree;

use crate::diagnostic::Diagnostic;

/// A file may have so many bytes.
pub const FILE_BYTES_MAX: usize = 4 << 20;
/// One scalar may have so many bytes.
pub const SCALAR_BYTES_MAX: usize = 256 << 10;
/// So many characters may stand between the end of one value and that of the next, comments
/// included; more than [`SCALAR_BYTES_MAX`], so that a scalar that is too large has its own error.
pub const LOOKAHEAD_CHARS_MAX: usize = 512 << 10;
/// Lists and maps may be nested so deep.
pub const DEPTH_MAX: usize = 64;
/// A file may have so many keys and values.
pub const NODES_MAX: usize = 200_000;
/// After so many problems a file is not read on.
pub const PROBLEMS_MAX: usize = 100;
/// A problem that tends to come in thousands (a wrong encoding) is shown so often.
pub const SAME_PROBLEM_MAX: usize = 10;

/// The name under which a type asks for `deserialize_newtype_struct` when it is an enum whose
/// variant a key `type` names. A tree answers with `visit_enum`, so that nothing is buffered and no
/// place is lost; every other deserialiser answers with `visit_newtype_struct`.
pub const TAGGED: &str = "mandate::tagged";

/// What came of a file: the tree, if its text could be read as YAML, and all problems so far.
/// With problems, the tree leaves out what they are about.
#[derive(Debug)]
pub struct Parsed {
    /// The tree; `None` where the text is no YAML at all.
    pub tree: Option<Tree>,
    /// What is wrong, in the order of the file.
    pub problems: Vec<Diagnostic>,
}

/// Reads a file as YAML and goes on after problems where that makes sense.
pub fn parse_all(file: &str, bytes: &[u8]) -> Parsed {
    let (source, mut problems) = bytes::decode(file, bytes);
    let tree = source.and_then(|source| mend::tree(source, &mut problems));
    problems.sort_by(|a, b| a.place.cmp(&b.place));
    Parsed { tree, problems }
}

/// Reads a file as YAML: a tree without problems, or all problems.
pub fn parse(file: &str, bytes: &[u8]) -> Result<Tree, Vec<Diagnostic>> {
    match parse_all(file, bytes) {
        Parsed { tree: Some(tree), problems } if problems.is_empty() => Ok(tree),
        Parsed { problems, .. } => Err(problems),
    }
}
