//! Rules about what is not Rust: migrations and scripts of others stay as they were published,
//! documents have one title.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use testkit::binary::workspace_root;

use super::expect_none;

const HASHES: &str = "tests/tidy/migrations.txt";

#[test]
fn a_published_migration_never_changes() {
    let root = workspace_root();
    let listed = fs::read_to_string(root.join(HASHES)).expect("the list of published migrations");
    let mut found = Vec::new();
    for (index, line) in listed.lines().enumerate() {
        let Some((hash, path)) = line.split_once("  ").filter(|_| !line.starts_with('#')) else {
            continue;
        };
        match fs::read(root.join(path)) {
            Ok(bytes) if hex(&bytes) == hash => {}
            Ok(bytes) => found.push(format!(
                "{HASHES}:{}: {path} was changed after it was published (now {}); databases that \
                 ran it keep the old shape: put the change into a new migration",
                index + 1,
                hex(&bytes)
            )),
            Err(_) => found.push(format!("{HASHES}:{}: {path} is gone; bring it back", index + 1)),
        }
    }
    expect_none(&found);
}

#[test]
fn scripts_of_others_are_as_they_were_fetched() {
    let folder = workspace_root().join("src/graphiql/vendor");
    let listed = fs::read_to_string(folder.join("SHA256SUMS")).expect("the list of files");
    let mut expected: Vec<_> = vec!["LICENCES.txt", "SHA256SUMS"];
    let mut found = Vec::new();
    for line in listed.lines().filter(|line| !line.starts_with('#')) {
        let (hash, name) = line.split_once("  ").expect("a hash and a name");
        expected.push(name);
        if fs::read(folder.join(name)).map(|bytes| hex(&bytes)).ok().as_deref() != Some(hash) {
            found.push(format!("{name}: not as fetched: `cargo xtask graphiql` brings it anew"));
        }
    }
    let entries = fs::read_dir(&folder).expect("a folder");
    let names = entries.map(|entry| entry.expect("a readable folder").file_name());
    let others = names.filter(|name| !expected.iter().any(|known| name == *known));
    found.extend(others.map(|name| format!("{}: of no package", name.display())));
    expect_none(&found);
}

#[test]
fn every_document_has_one_title() {
    let root = workspace_root();
    let mut documents = vec![root.join("README.md")];
    collect(&root.join("docs"), &mut documents);
    let mut found = Vec::new();
    for path in documents.iter().filter(|path| path.exists()) {
        let text = fs::read_to_string(path).expect("a document is UTF-8");
        let mut in_code = false;
        let mut titles = Vec::new();
        for (index, line) in text.lines().enumerate() {
            in_code ^= line.starts_with("```");
            if !in_code && line.starts_with("# ") {
                titles.push(index + 1);
            }
        }
        if titles.first() != Some(&1) || titles.len() != 1 {
            let shown = path.strip_prefix(&root).unwrap_or(path).display().to_string();
            let line = titles.get(1).unwrap_or(&1);
            found.push(format!("{shown}:{line}: a document has one `# Title`, in its first line"));
        }
    }
    expect_none(&found);
}

fn collect(folder: &Path, into: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            into.push(path);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").expect("a String takes everything");
    }
    text
}
