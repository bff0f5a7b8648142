//! An event among the keys of its record: `"event":"step_intent","step":"promote_db",…`.
//!
//! In Rust an event is an enum, which serde writes as `{"step_intent":{"step":"promote_db",…}}`. A line of the journal is one flat
//! object instead, for people and for tools that look at one key. serde's own way there (`tag`) keeps every value in a buffer before
//! it knows the variant; here the kind comes first, so the keys after it go straight into their variant.

use serde::de::value::StrDeserializer;
use serde::de::{Deserialize as _, DeserializeSeed, Deserializer, EnumAccess, Error as _, VariantAccess, Visitor};
use serde::ser::{self, SerializeMap};
use serde_json::{Error, Map, Value};

use crate::engine::Event;

/// Appends `"event":"KIND"` and the event's own keys, each with a comma before it.
pub(super) fn write_event(event: &Event, out: &mut Vec<u8>) -> Result<(), Error> {
    out.extend_from_slice(br#""event":"#);
    // `{"KIND":{KEYS}}` becomes `"KIND",KEYS`: the brace before, `:{` in the middle and `}}` after go.
    let start = out.len();
    serde_json::to_writer(&mut *out, event)?;
    let kind = out[start..].iter().position(|byte| *byte == b':').ok_or_else(|| Error::custom("an event has a kind and keys"))?;
    out.remove(start);
    let colon = start + kind - 1;
    if !matches!(out.get(colon..), Some([b':', b'{', _, .., b'}', b'}'])) {
        return Err(Error::custom("an event has keys"));
    }
    out[colon] = b',';
    out.remove(colon + 1);
    out.truncate(out.len() - 2);
    Ok(())
}

/// The same as entries of a map, for any format.
pub(super) fn serialize_event<M: SerializeMap>(event: &Event, map: &mut M) -> Result<(), M::Error> {
    let Ok(Value::Object(event)) = serde_json::to_value(event) else { return Err(ser::Error::custom("an event is no object")) };
    for (kind, keys) in event {
        map.serialize_entry("event", &kind)?;
        let keys: Map<String, Value> = if let Value::Object(keys) = keys { keys } else { Map::new() };
        for (key, value) in &keys {
            map.serialize_entry(key, value)?;
        }
    }
    Ok(())
}

/// The event of this kind with these keys, each with a comma before it. Keys that are not the kind's are passed over.
pub(super) fn read_event(kind: &str, keys: &str) -> Result<Event, Error> {
    let keys = keys.strip_prefix(',').ok_or_else(|| Error::custom("an event has keys"))?;
    let mut object = String::with_capacity(keys.len() + 2);
    object.push('{');
    object.push_str(keys);
    object.push('}');
    Event::deserialize(Flat { kind, object: &object })
}

struct Flat<'a> {
    kind: &'a str,
    object: &'a str,
}

impl<'de> Deserializer<'de> for Flat<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_enum(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for Flat<'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        Ok((seed.deserialize(StrDeserializer::<Error>::new(self.kind))?, self))
    }
}

impl<'de> VariantAccess<'de> for Flat<'de> {
    type Error = Error;

    fn struct_variant<V: Visitor<'de>>(self, _keys: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        let mut json = serde_json::Deserializer::from_str(self.object);
        let event = json.deserialize_map(visitor)?;
        json.end()?;
        Ok(event)
    }

    fn unit_variant(self) -> Result<(), Error> {
        Err(Error::custom("an event has keys"))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _seed: T) -> Result<T::Value, Error> {
        Err(Error::custom("an event has keys"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("an event has keys"))
    }
}
