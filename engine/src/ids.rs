//! Names and numbers that identify things. Newtypes, so that two of them are never mixed up.
//! Nothing here is random: ids are names written in YAML or derive from (instance, sequence).

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

/// What a name names, for whoever wrote something else where one has to stand.
pub trait Named {
    /// Such as `the name of a role`.
    const WHAT: &'static str;
}

/// Declares a name: an immutable shared string with its own type, and what it names.
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident: $what:literal),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
        #[serde(transparent)]
        #[schemars(transparent)]
        pub struct $name(#[schemars(with = "String")] Arc<str>);

        impl $name {
            /// The name from its text.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// The name as written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Named for $name {
            const WHAT: &'static str = $what;
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(NameVisitor(PhantomData))
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )+};
}

names! {
    /// A process as its YAML names it, such as `authorisation`.
    ProcessName: "the name of a process",
    /// A node as its YAML names it, unique within its process.
    NodeName: "the name of a node",
    /// A document of the case file.
    DocumentName: "the name of a document",
    /// A form.
    FormName: "the name of a form",
    /// A decision table.
    DecisionName: "the name of a decision table",
    /// A role that tasks go to.
    RoleName: "the name of a role",
    /// A person.
    PersonId: "the id of a person",
    /// An organisational unit.
    UnitId: "the id of a unit",
    /// An outcome of a task.
    OutcomeName: "the name of an outcome",
    /// A calendar of working days.
    CalendarName: "the name of a calendar",
    /// A register (a numbered ledger).
    RegisterName: "the name of a register",
    /// A notice template.
    NoticeName: "the name of a notice",
    /// A message that events wait for.
    MessageName: "the name of a message",
    /// A signal: every case that waits for it gets it.
    SignalName: "the name of a signal",
    /// A business error that somebody further out catches.
    ErrorCode: "the code of an error",
    /// An escalation: something further out should know, or take over.
    EscalationCode: "the code of an escalation",
}

/// Reads a name.
struct NameVisitor<T>(PhantomData<T>);

impl<T: Named + for<'t> From<&'t str>> Visitor<'_> for NameVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::WHAT)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Ok(text.into())
    }
}

/// A running or ended case. Given out by the store; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstanceId(pub i64);

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for InstanceId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// One activation of a node, numbered within its instance from 1; 0 is the instance itself.
/// A task is the activation of a user task, so this is its number too.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(transparent)]
pub struct Key(pub u32);

impl Key {
    /// Whether it is the instance itself.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
    pub(crate) const fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// SHA-256 of a document's canonical JSON or of an attachment's bytes, in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hash(Arc<str>);

impl Hash {
    /// The hash of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest;
        let digest = sha2::Sha256::digest(bytes);
        Self::from_bytes(&digest)
    }

    /// The hash from its 32 bytes.
    pub fn from_bytes(digest: &[u8]) -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = String::with_capacity(digest.len() * 2);
        for byte in digest {
            text.push(char::from(HEX[usize::from(byte >> 4)]));
            text.push(char::from(HEX[usize::from(byte & 15)]));
        }
        Self(Arc::from(text))
    }

    /// The hash as 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Hash {
    fn from(text: &str) -> Self {
        Self(Arc::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::Hash;

    #[test]
    fn a_hash_is_the_sha_256_in_hexadecimal() {
        assert_eq!(
            Hash::of(b"abc").as_str(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
