//! `cargo xtask graphiql`: brings the scripts of the page at `/graphiql` from the npm registry into
//! the tree, so that the page needs nothing from outside. To renew them, change a version here.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use testkit::binary::workspace_root;

/// GraphiQL 3 is the last but one whose build is small; React 18 the last with a file for a `<script>`.
const PACKAGES: [&str; 3] = ["graphiql@3.9.0", "react@18.3.1", "react-dom@18.3.1"];

/// What is taken of them: the name here, and the path in `node_modules`.
const FILES: [(&str, &str); 4] = [
    ("graphiql.min.css", "graphiql/graphiql.min.css"),
    ("graphiql.min.js", "graphiql/graphiql.min.js"),
    ("react-dom.min.js", "react-dom/umd/react-dom.production.min.js"),
    ("react.min.js", "react/umd/react.production.min.js"),
];

/// Which packages GraphiQL's build took in is told by its source map, but for those that were
/// beside it in its own repository, and what is in React's.
const SOURCE_MAP: &str = "graphiql/graphiql.min.js.map";
const TAKEN_IN: [&str; 7] = [
    "graphiql",
    "@graphiql/react",
    "@graphiql/toolkit",
    "codemirror-graphql",
    "graphql-language-service",
    "react-dom",
    "scheduler",
];

/// Writes the folder anew.
pub(crate) fn graphiql() -> Result<()> {
    let folder = workspace_root().join("src/graphiql/vendor");
    let scratch = workspace_root().join("target/graphiql");
    if scratch.exists() {
        fs::remove_dir_all(&scratch)?;
    }
    fs::create_dir_all(&scratch)?;
    fs::create_dir_all(&folder)?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"]);
    output(npm.arg(&scratch).args(PACKAGES))?;
    let modules = scratch.join("node_modules");
    for (name, path) in FILES {
        let text = read(&modules.join(path))?;
        fs::write(folder.join(name), lean(&text))?;
    }
    fs::write(folder.join("LICENCES.txt"), licences(&modules)?)?;
    let names = FILES.map(|(name, _)| name);
    let sums = output(Command::new("sha256sum").args(names).current_dir(&folder))?;
    fs::write(folder.join("SHA256SUMS"), format!("# {}\n{sums}", PACKAGES.join(" ")))?;
    eprintln!("── written: {}; look at /graphiql and commit it", folder.display());
    Ok(())
}

/// Without fonts inside (nine tenths of the style sheet, and none with Chinese characters) and
/// without the address of a source map that is not here.
fn lean(text: &str) -> String {
    let mut parts = text.split("@font-face{");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    let lines = kept.lines().filter(|line| !line.starts_with("//# sourceMappingURL="));
    lines.fold(String::new(), |text, line| text + line + "\n")
}

/// The licences of everything that is in the files.
fn licences(modules: &Path) -> Result<String> {
    let map = read(&modules.join(SOURCE_MAP))?;
    let mut text = "The licences of what is in the scripts of this folder.\n".to_owned();
    for name in packages(modules)? {
        if !TAKEN_IN.contains(&name.as_str()) && !map.contains(&format!("node_modules/{name}/")) {
            continue;
        }
        let about = read(&modules.join(&name).join("package.json"))?;
        let (version, licence) = (value(&about, "version"), value(&about, "license"));
        write!(text, "\n\n## {name} {version}: {licence}\n\n")?;
        match licence_file(&modules.join(&name))? {
            Some(path) => text.push_str(&read(&path)?),
            None => writeln!(text, "Its package has no more about it than this word.")?,
        }
    }
    let lines = text.lines().map(str::trim_end);
    Ok(lines.fold(String::new(), |text, line| text + line + "\n"))
}

/// The names of the installed packages, in their order.
fn packages(modules: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for name in names(modules)? {
        if name.starts_with('@') {
            let own = names(&modules.join(&name))?.into_iter();
            found.extend(own.map(|inner| format!("{name}/{inner}")));
        } else if !name.starts_with('.') {
            found.push(name);
        }
    }
    Ok(found)
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn licence_file(package: &Path) -> Result<Option<PathBuf>> {
    let is_one = |name: &String| name.to_ascii_lowercase().starts_with("licen");
    Ok(names(package)?.into_iter().find(is_one).map(|name| package.join(name)))
}

/// The text of a key in a package.json, which npm writes with one key on a line.
fn value<'a>(json: &'a str, key: &str) -> &'a str {
    let key = format!("\"{key}\":");
    let line = json.lines().find_map(|line| line.trim().strip_prefix(&key));
    line.unwrap_or("unknown").trim_matches([' ', ',', '"'])
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn output(command: &mut Command) -> Result<String> {
    let program = command.get_program().display().to_string();
    let output = command.output().with_context(|| format!("could not run {program}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program} ended with {}: {said}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}
