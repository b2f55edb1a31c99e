//! How the binary is linked: relocations that the loader reads at every start are packed where the
//! machine's C library can read them so, and what a start runs lies together, which is half of what an
//! idle server takes (`docs/decisions/memory-and-start.md`).

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// The first glibc that reads packed relocations.
const GLIBC_MIN: (u32, u32) = (2, 36);
/// The functions that a start runs, in order, by `cargo xtask order`.
const ORDER: &str = "start.order";
/// What stands before the hash in a name.
const HASH: &str = "17h";
/// Letters of a hash.
const HASH_LETTERS: usize = 16;

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
    let patterns: BTreeSet<String> = names.lines().map(pattern).collect();
    let mut script = "SECTIONS { .text.start : { *(\n".to_owned();
    for pattern in patterns {
        writeln!(script, "\".text.{pattern}\" \".text.unlikely.{pattern}\"")?;
    }
    script += ") } } INSERT BEFORE .text;\n";
    let path = out.join("start.ld");
    std::fs::write(&path, script)?;
    println!("cargo::rustc-link-arg-bins=-Wl,-T,{}", path.display());
    println!("cargo::rustc-link-arg-bins=-Wl,--symbol-ordering-file={}", order.display());
    println!("cargo::rustc-link-arg-bins=-Wl,--no-warn-symbol-ordering");
    Ok(())
}

/// A function's name as the linker looks for it: without its hash, and without the number by which functions of
/// one name are told apart. Names of C stay as they are.
fn pattern(name: &str) -> String {
    if let Some((stem, hash)) = name.rsplit_once(HASH)
        && hash.len() > HASH_LETTERS
        && hash[..HASH_LETTERS].bytes().all(|letter| letter.is_ascii_hexdigit())
    {
        return format!("{stem}{HASH}*");
    }
    match name.rsplit_once('.') {
        Some((stem, number)) if number.bytes().all(|letter| letter.is_ascii_digit()) => {
            format!("{}*", stem.trim_end_matches(".llvm"))
        }
        Some(_) | None if name.starts_with("_R") => format!("{name}*"),
        Some(_) | None => name.to_owned(),
    }
}

/// The version of this machine's C library, where it says so (`glibc 2.36`).
fn glibc() -> Option<(u32, u32)> {
    let told = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let told = String::from_utf8(told.stdout).ok()?;
    let (major, minor) = told.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
