//! Requests as clients send them, and answers, byte by byte, as OpenAI's reference has them.

mod answers;
mod requests;
