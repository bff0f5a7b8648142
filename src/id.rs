//! Names of things, as types, so that a step's id is never taken for a check's.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Visitor};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
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

        // serde's own way to an `Arc<str>` goes through a `String` and a `Box`.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl Visitor<'_> for Text {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a name")
                    }

                    fn visit_str<E>(self, text: &str) -> Result<$name, E> {
                        Ok(text.into())
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name! {
    /// A step of a plan: `promote_db`, `deploy[api]`, or `rollback[scale_general]` for the rollback of one.
    StepId
}
name! {
    /// A precondition or a proof: `promote_db.preconditions[0]`, `flip_dns.verify[1]`, `preconditions[0]` for the run's.
    CheckId
}
name! {
    /// A target of the runbook: `dr`, `primary`.
    TargetId
}
name! {
    /// A run: `20261121T043112Z-k3f9`. Sorts by the time it was started and can be typed.
    RunId
}
name! {
    /// `sha256:` and 64 hex digits: the fingerprint of a plan, a change or a record.
    Digest
}

impl Digest {
    /// The fingerprint of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        use std::fmt::Write as _;
        let mut text = String::with_capacity(71);
        text.push_str("sha256:");
        for byte in sha2::Sha256::digest(bytes) {
            write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        }
        text.into()
    }

    /// The fingerprint of a value's JSON. Key order counts: build the value from a struct or an ordered map.
    pub fn of_json(value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => Self::of(&bytes),
            // Only maps with keys that are no strings fail to serialise; the error's text still tells values apart.
            Err(error) => Self::of(error.to_string().as_bytes()),
        }
    }

    /// The first eight hex digits, for people.
    pub fn short(&self) -> &str {
        self.0.get(7..15).unwrap_or(&self.0)
    }
}
