//! Reads a pack's folder into memory, with limits. What the files mean is the engine's business.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use engine::pack::{PACK_BYTES_MAX, PACK_FILES_MAX, PARENTS_MAX};
use engine::yaml::FILE_BYTES_MAX;

/// Folders in a pack are at most so deep.
const DEPTH_MAX: usize = 8;

/// Every file of the folder by its path relative to it, in order. Hidden files are left out; of a
/// file that is too large only so much is read that the checker sees that it is. A pack that
/// extends another names that one's folder, relative to its own; its files follow under `parent/`.
pub(crate) fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    let (mut folder, mut prefix) = (folder.to_path_buf(), String::new());
    for _ in 0..=PARENTS_MAX {
        ensure!(folder.is_dir(), "expected a pack's folder, but {} is none", folder.display());
        collect(&folder, &prefix, 0, &mut found)?;
        let own = format!("{prefix}pack.yaml");
        let meta = found.iter().find(|(path, _)| *path == own);
        let Some(parent) = meta.and_then(|(_, bytes)| engine::pack::extends(bytes)) else { break };
        folder = folder.join(parent);
        prefix.push_str("parent/");
    }
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
            into.len() <= PACK_FILES_MAX && bytes <= PACK_BYTES_MAX,
            "a pack has at most {PACK_FILES_MAX} files and {PACK_BYTES_MAX} bytes; is this a pack's folder?"
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
