//! What is asked, and the two digests that it is known by.

mod json;
mod parameters;
#[cfg(test)]
mod tests;

use sha2::{Digest, Sha256};

use crate::Error;
use crate::error::check;

/// One turn of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// As the caller's dialect has it.
    pub role: String,
    /// Its text.
    pub content: String,
    /// Whatever else it carries, as JSON.
    pub other: Option<String>,
}

/// All that an answer depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Whose request it is.
    pub tenant: String,
    /// The route that it came in by.
    pub route: String,
    /// Whatever else must be equal, without a form.
    pub feature: String,
    /// Name under which the model was asked for.
    pub model: String,
    /// Oldest first.
    pub turns: Vec<Turn>,
    /// By their names in the OpenAI API, each as JSON, in any order.
    pub parameters: Vec<(String, String)>,
}

/// What a request is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Of all of it. Equal for two requests if and only if they mean the same to a model, letter for letter.
    pub exact: [u8; 32],
    /// Of all but the text of the last turn, if that is a user's and text alone: what must be equal for two questions to be compared at all.
    pub context: Option<[u8; 32]>,
}

/// Longest name of a tenant or route: both are part of every key, and some stores bound keys at 255 bytes.
const MAX_NAME: usize = 64;

impl Request {
    /// The request's digests, by SHA-256 over an encoding in which every part carries its length.
    ///
    /// # Errors
    /// A name or a parameter is not what it may be.
    pub fn identity(&self) -> Result<Identity, Error> {
        name("request.tenant", &self.tenant)?;
        name("request.route", &self.route)?;
        let mut digest = Encoder::new();
        for part in [&self.tenant, &self.route, &self.feature, &self.model] {
            digest.part(part.as_bytes());
        }
        parameters::encode(&self.parameters, &mut digest)?;
        let Some((last, earlier)) = self.turns.split_last() else {
            return Err(Error::InvalidRequest(
                "request.turns is empty; a request has at least one turn".to_owned(),
            ));
        };
        digest.number(self.turns.len());
        for turn in earlier {
            turn.encode(&mut digest)?;
        }
        let context = last.is_question().then(|| digest.clone().finish());
        last.encode(&mut digest)?;
        Ok(Identity { exact: digest.finish(), context })
    }
}

impl Turn {
    fn is_question(&self) -> bool {
        self.role == "user" && self.other.is_none() && !self.content.trim().is_empty()
    }

    fn encode(&self, digest: &mut Encoder) -> Result<(), Error> {
        digest.part(self.role.as_bytes());
        digest.part(self.content.as_bytes());
        match &self.other {
            None => digest.part(b""),
            Some(other) => digest.part(json::canonical("turn.other", other)?.as_bytes()),
        }
        Ok(())
    }
}

/// Refuses a name that can't be part of a key.
pub(crate) fn name(field: &str, name: &str) -> Result<(), Error> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    check((1..=MAX_NAME).contains(&name.len()) && name.chars().all(allowed), || {
        let shown: String = name.chars().take(80).collect();
        format!("{field} is {shown:?}; use 1 to {MAX_NAME} of A-Z, a-z, 0-9, -, _ and .")
    })
}

/// Feeds a digest so that no two different sequences of parts feed it the same bytes.
#[derive(Clone)]
struct Encoder(Sha256);

impl Encoder {
    fn new() -> Self {
        Self(Sha256::new())
    }

    fn number(&mut self, number: usize) {
        self.0.update((number as u64).to_le_bytes());
    }

    fn part(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.0.update(bytes);
    }

    fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}
