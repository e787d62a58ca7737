//! Requests as clients send them, and answers, byte by byte, as Anthropic's reference has them.

mod answers;
mod requests;
