//! How the binary is linked: relocations that the loader reads at every start are packed where the
//! machine's C library can read them so, and what a start runs lies together, which is half of what an
//! idle server takes (`docs/decisions/memory-and-start.md`).

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// The first glibc that reads packed relocations.
const GLIBC_MIN: (u32, u32) = (2, 36);
/// The functions that a start runs, in order, by `cargo xtask order`.
const ORDER: &str = "start.order";
/// What stands before the hash at the end of a name.
const HASH: &str = "17h";
/// Letters of the hash, with the one that ends the name.
const HASH_LETTERS: usize = 17;

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script everything so")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={ORDER}");
    let of = |name: &str| std::env::var(name).unwrap_or_default();
    let is_own = of("HOST") == of("TARGET") && of("CARGO_CFG_TARGET_ENV") == "gnu";
    if is_own && of("PROFILE") == "release" && glibc().is_some_and(|own| own >= GLIBC_MIN) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
        // What puts functions in order is Rust's own linker, the default on this target.
        if of("TARGET") == "x86_64-unknown-linux-gnu" {
            order(Path::new(&of("CARGO_MANIFEST_DIR")), Path::new(&of("OUT_DIR")))?;
        }
    }
    Ok(())
}

/// What a start runs stands in a section of its own, by names without their hashes, which change with much; in
/// it those come first that the whole names are still right of.
fn order(root: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let order = root.join(ORDER);
    let names = std::fs::read_to_string(&order)?;
    let mut stems: Vec<&str> = names.lines().map(stem).collect();
    stems.sort_unstable();
    stems.dedup();
    let mut script = "SECTIONS { .text.start : { *(\n".to_owned();
    for stem in stems {
        let rest = if stem.ends_with(HASH) { "*" } else { "" };
        writeln!(script, "\".text.{stem}{rest}\" \".text.unlikely.{stem}{rest}\"")?;
    }
    script += ") } } INSERT BEFORE .text;\n";
    let path = out.join("start.ld");
    std::fs::write(&path, script)?;
    println!("cargo::rustc-link-arg-bins=-Wl,-T,{}", path.display());
    println!("cargo::rustc-link-arg-bins=-Wl,--symbol-ordering-file={}", order.display());
    println!("cargo::rustc-link-arg-bins=-Wl,--no-warn-symbol-ordering");
    Ok(())
}

/// A name without its hash; the whole of one that has none.
fn stem(name: &str) -> &str {
    let end = name.find(".llvm.").unwrap_or(name.len());
    match end.checked_sub(HASH_LETTERS).and_then(|at| name.get(..at)) {
        Some(stem) if stem.ends_with(HASH) => stem,
        Some(_) | None => name,
    }
}

/// The version of this machine's C library, where it says so (`glibc 2.36`).
fn glibc() -> Option<(u32, u32)> {
    let told = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let told = String::from_utf8(told.stdout).ok()?;
    let (major, minor) = told.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
