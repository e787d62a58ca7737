//! OpenAI's responses (<https://platform.openai.com/docs/api-reference/responses>), with nothing stored at the provider: thoughts travel
//! sealed.

mod incoming;
mod items;
mod outgoing;
mod reader;

pub(crate) use outgoing::write;
pub(crate) use reader::Reader;
