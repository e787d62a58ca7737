//! A message's content: one text, or text in parts.

use std::fmt;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::Error;

/// What `content` may be.
#[derive(Clone, Debug, Default)]
pub(super) enum Content {
    #[default]
    Absent,
    Text(String),
    Parts(Vec<Part>),
}

/// An element of a list of parts. Only text has a meaning here; the rest is kept by its type, to be named.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Part {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
}

impl Content {
    /// The text; parts follow each other in lines. `path` is the message's, for errors.
    pub(super) fn into_text(self, path: &str) -> Result<String, Error> {
        let parts = match self {
            Self::Absent => return Ok(String::new()),
            Self::Text(text) => return Ok(text),
            Self::Parts(parts) => parts,
        };
        let texts = parts.into_iter().enumerate().map(|(at, part)| match (part.kind.as_str(), part.text) {
            ("text", Some(text)) => Ok(text),
            ("text", None) => {
                let param = format!("{path}.content[{at}].text");
                Err(Error::invalid(param, "A part of type `text` needs a `text`."))
            }
            (kind, _) => {
                let param = format!("{path}.content[{at}].type");
                Err(Error::unsupported(
                    param,
                    format!("content of type `{kind}` cannot be read, only `text`"),
                ))
            }
        });
        Ok(texts.collect::<Result<Vec<_>, _>>()?.join("\n"))
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Content;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a list of content parts")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Content, E> {
                Ok(Content::Absent)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Content, E> {
                Ok(Content::Text(text.to_owned()))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Content, E> {
                Ok(Content::Text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<Content, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(sequence)).map(Content::Parts)
            }
        }

        deserializer.deserialize_any(Either)
    }
}
