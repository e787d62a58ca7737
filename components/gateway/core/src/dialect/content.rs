//! What many fields of content are: nothing, one text, or a list of parts.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Content of a turn or of a tool's answer; `P` is the dialect's part.
#[derive(Clone, Debug, Default)]
pub(super) enum Content<P> {
    #[default]
    Absent,
    Text(String),
    Parts(Vec<P>),
}

impl<P> Content<P> {
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<P: Serialize> Serialize for Content<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent => serializer.serialize_unit(),
            Self::Text(text) => text.serialize(serializer),
            Self::Parts(parts) => parts.serialize(serializer),
        }
    }
}

impl<'de, P: Deserialize<'de>> Deserialize<'de> for Content<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<P>(PhantomData<P>);

        impl<'de, P: Deserialize<'de>> Visitor<'de> for Either<P> {
            type Value = Content<P>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a list of content parts")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Content<P>, E> {
                Ok(Content::Absent)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Content<P>, E> {
                Ok(Content::Text(text.to_owned()))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Content<P>, E> {
                Ok(Content::Text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<Content<P>, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(sequence)).map(Content::Parts)
            }
        }

        deserializer.deserialize_any(Either(PhantomData))
    }
}
