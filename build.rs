//! How the binary is linked: relocations that the loader reads at every start are packed where the
//! machine's C library can read them so, which saves two of an idle server's forty megabytes, and
//! equal functions become one, which saves most of another.

use std::process::Command;

/// The first glibc that reads packed relocations.
const GLIBC_MIN: (u32, u32) = (2, 36);

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script everything so")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let of = |name: &str| std::env::var(name).unwrap_or_default();
    let is_own = of("HOST") == of("TARGET") && of("CARGO_CFG_TARGET_ENV") == "gnu";
    if is_own && of("PROFILE") == "release" && glibc().is_some_and(|own| own >= GLIBC_MIN) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
        // What folds equal functions into one is Rust's own linker, the default on this target.
        if of("TARGET") == "x86_64-unknown-linux-gnu" {
            println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
        }
    }
}

/// The version of this machine's C library, where it says so (`glibc 2.36`).
fn glibc() -> Option<(u32, u32)> {
    let told = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let told = String::from_utf8(told.stdout).ok()?;
    let (major, minor) = told.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
