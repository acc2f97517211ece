//! Names, addresses and ids: types around shared text, so that one is never taken for another.
//!
//! They are interned by use (`Arc<str>`): cloning costs nothing.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Whether a key is the name of a field of the org: our own words begin with a small letter.
pub fn is_field(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase()) || name.ends_with("__c")
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text of it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}

names! {
    /// Any short name: a key of a map, a setting, a field.
    Name;
    /// A community and an org with the packs between them; part of every key.
    BridgeId;
    /// What happened, never how we heard of it: `khoros:message:105:created`, `due:acme:{tick}:khoros:thread:42`.
    EventId;
    /// The kind of an event, such as `khoros.thread_due` or `khoros.solution_accepted`.
    EventKind;
    /// What an event is about: `khoros:thread:42`, `salesforce:case:500A`.
    Subject;
    /// Subjects whose actions keep their order.
    Lane;
    /// The address of a rule: `escalations.unanswered-support`.
    RuleAddress;
    /// The address of one line of `when:` within its rule: `when.not-solved`, `when.2`.
    LineName;
    /// A host function: `khoros.get_thread`.
    FunctionName;
    /// A parameter of a host function.
    ParamName;
    /// The canonical text of a read: function and arguments.
    ReadKey;
    /// What makes a write one: see `plan::key`.
    ActionKey;
    /// The digest of an event's id.
    RunId;
    /// The first 16 bytes of a SHA-256, as 32 hexadecimal digits.
    Digest;
    /// A moment at which what is due was looked for: its time stamp, such as `2026-03-03T12:00:00.000Z`.
    Tick;
}

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        let sum = Sha256::digest(bytes.as_ref());
        sum[..16].iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
    }
}

impl RunId {
    /// The run that decides an event; one event has one run.
    pub fn of(event: &EventId) -> Self {
        Digest::of(event.as_str()).as_str().into()
    }
}

impl LineName {
    /// Whether a section gives the line to all its rules: nobody wrote it, so it stands in no file.
    pub fn is_built_in(&self) -> bool {
        ["candidate.", "include."].iter().any(|start| self.0.starts_with(start))
    }
}

impl FunctionName {
    /// The host it belongs to: `khoros` of `khoros.get_thread`.
    pub fn host(&self) -> &str {
        self.as_str().split('.').next().unwrap_or_default()
    }
}

impl Subject {
    /// `khoros:thread:42`.
    pub fn new(host: &str, kind: &str, id: &str) -> Self {
        format!("{host}:{kind}:{id}").into()
    }

    /// The host: `khoros` of `khoros:thread:42`.
    pub fn host(&self) -> &str {
        self.as_str().split(':').next().unwrap_or_default()
    }

    /// The id alone: `42` of `khoros:thread:42`.
    pub fn id(&self) -> &str {
        self.as_str().splitn(3, ':').nth(2).unwrap_or_default()
    }

    /// The kind: `thread` of `khoros:thread:42`.
    pub fn kind(&self) -> &str {
        self.as_str().split(':').nth(1).unwrap_or_default()
    }
}

/// Whether a text can be the API name of an object or field of an org. Names stand in queries as they are, since nothing
/// escapes them (Salesforce sheet 4.3).
pub fn is_api_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The id of an org's record with the three characters that tell capitals from small letters, as rows have it: one for
/// each five (Salesforce sheet 11).
pub fn in_full(id: &str) -> String {
    let check = |five: &[u8]| {
        let bits = five.iter().enumerate().map(|(n, byte)| usize::from(byte.is_ascii_uppercase()) << n);
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits.sum::<usize>()])
    };
    if id.len() == 18 { id.to_owned() } else { id.chars().chain(id.as_bytes().chunks(5).map(check)).collect() }
}

/// A dotted way into a value or to a fact: `thread.author.rank`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Path(Arc<str>);

impl Path {
    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its steps; none for the empty path.
    pub fn steps(&self) -> impl Iterator<Item = &str> {
        self.0.split('.').filter(|step| !step.is_empty())
    }

    /// This path and one step more.
    pub fn then(&self, step: &str) -> Path {
        if self.0.is_empty() { step.into() } else { format!("{}.{step}", self.0).into() }
    }

    /// What is left of this path behind `start`, when it begins with it.
    pub fn behind(&self, start: &str) -> Option<Path> {
        match self.0.strip_prefix(start)? {
            "" => Some("".into()),
            rest => rest.strip_prefix('.').map(Path::from),
        }
    }
}

impl From<&str> for Path {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Path {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::borrow::Borrow<str> for Path {
    fn borrow(&self) -> &str {
        &self.0
    }
}
