//! Reads a pack's folder into memory, with limits. What the files mean is the engine's business.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use engine::yaml::FILE_BYTES_MAX;

/// A pack has at most so many files.
const FILES_MAX: usize = 2_000;
/// Folders in a pack are at most so deep.
const DEPTH_MAX: usize = 8;
/// A pack has at most so many bytes.
const PACK_BYTES_MAX: usize = 64 << 20;

/// Every file of the folder by its path relative to it, in order. Hidden files are left out; of a
/// file that is too large only so much is read that the checker sees that it is.
pub(crate) fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    ensure!(folder.is_dir(), "expected a pack's folder, but {} is none", folder.display());
    let mut found = Vec::new();
    collect(folder, "", 0, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(
    folder: &Path,
    prefix: &str,
    depth: usize,
    into: &mut Vec<(String, Vec<u8>)>,
) -> Result<()> {
    ensure!(depth <= DEPTH_MAX, "{} is deeper than {DEPTH_MAX} folders", folder.display());
    let unreadable = || format!("{} cannot be read", folder.display());
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let entry = entry.with_context(unreadable)?;
        let path = entry.path();
        let Ok(name) = entry.file_name().into_string() else {
            bail!("{} has a name that is not UTF-8; rename it", path.display());
        };
        if name.starts_with('.') {
            continue;
        }
        let relative = format!("{prefix}{name}");
        if path.is_dir() {
            collect(&path, &format!("{relative}/"), depth + 1, into)?;
        } else {
            into.push((relative, read(&path)?));
        }
        let bytes: usize = into.iter().map(|(_, bytes)| bytes.len()).sum();
        ensure!(
            into.len() <= FILES_MAX && bytes <= PACK_BYTES_MAX,
            "a pack has at most {FILES_MAX} files and {PACK_BYTES_MAX} bytes; is this a pack's folder?"
        );
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    use std::io::Read as _;
    let unreadable = || format!("{} cannot be read", path.display());
    let file = fs::File::open(path).with_context(unreadable)?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).with_context(unreadable)?;
    Ok(bytes)
}
