//! A JSON value at rest.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A JSON value kept as its text: a run of thousands of steps keeps many of them and looks into few. An object of four members takes a
/// tenth of the memory it takes as a [`Value`], and copies share it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Packed(Option<Arc<str>>);

impl Packed {
    /// The value, to look into.
    pub fn value(&self) -> Value {
        let Some(text) = &self.0 else { return Value::Null };
        // Written by serde_json, so it can be read, but for what is nested more deeply than it follows: that is shown as it is written.
        serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_string()))
    }

    /// One member of an object.
    pub fn get(&self, name: &str) -> Option<Value> {
        match self.value() {
            Value::Object(mut members) => members.swap_remove(name),
            _ => None,
        }
    }

    /// Its text, to look through.
    pub fn text(&self) -> &str {
        self.0.as_deref().unwrap_or("null")
    }

    /// Nothing was put in.
    pub fn is_null(&self) -> bool {
        self.0.is_none()
    }
}

impl From<&Value> for Packed {
    fn from(value: &Value) -> Self {
        Self((!value.is_null()).then(|| value.to_string().into()))
    }
}

impl From<Value> for Packed {
    fn from(value: Value) -> Self {
        Self::from(&value)
    }
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Packed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_put_in_comes_out() {
        let value = json!({"z": [1, -2.5, 0.1, 1e300, u64::MAX, null], "a": {"text": "größer \u{1} \"→\""}, "empty": {}});
        let packed = Packed::from(&value);
        assert_eq!(packed.value().to_string(), value.to_string(), "also in its order");
        assert_eq!(serde_json::to_string(&packed).unwrap(), value.to_string());
        assert_eq!(serde_json::from_str::<Packed>(&value.to_string()).unwrap(), packed);
        assert_eq!((packed.get("a"), packed.get("b")), (Some(json!({"text": "größer \u{1} \"→\""})), None));
    }

    #[test]
    fn nothing_takes_nothing() {
        let nothing = Packed::from(Value::Null);
        assert!(nothing.is_null() && nothing == Packed::default() && nothing.value().is_null() && nothing.get("a").is_none());
        assert_eq!(serde_json::to_string(&nothing).unwrap(), "null");
        assert_eq!(size_of::<Packed>(), 16);
    }

    #[test]
    fn what_is_nested_too_deeply_is_not_lost() {
        let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(Packed::from(&deep).value(), Value::String(deep.to_string()));
    }
}
