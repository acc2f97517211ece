//! JSON whose fields keep their order: a row begins with `attributes` and goes on as it was asked for (sheet 3).
//!
//! A tree of `serde_json` sorts its fields by name; whatever has no order to keep stays one.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The fields of an object, in their order.
pub type Fields = Vec<(Cow<'static, str>, Json)>;

/// A value, of which only those of `Fields` have an order.
#[derive(Debug, Clone)]
pub enum Json {
    Plain(Value),
    Fields(Fields),
    List(Vec<Json>),
}

impl Json {
    /// An object with these fields.
    pub fn fields<const N: usize>(fields: [(&'static str, Json); N]) -> Json {
        Json::Fields(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// As a tree that can be looked into.
    pub fn into_value(self) -> Value {
        match self {
            Json::Plain(value) => value,
            Json::Fields(fields) => {
                fields.into_iter().map(|(name, value)| (name.into_owned(), value.into_value())).collect()
            }
            Json::List(items) => items.into_iter().map(Json::into_value).collect(),
        }
    }
}

impl<T: Into<Value>> From<T> for Json {
    fn from(value: T) -> Json {
        Json::Plain(value.into())
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Plain(value) => value.serialize(to),
            Json::Fields(fields) => {
                let mut map = to.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                map.end()
            }
            Json::List(items) => {
                let mut list = to.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Json, D::Error> {
        from.deserialize_any(Reading)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Json;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Value::Null.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
        let mut fields = Fields::new();
        while let Some((name, value)) = from.next_entry::<String, Json>()? {
            fields.push((name.into(), value));
        }
        Ok(Json::Fields(fields))
    }
}
