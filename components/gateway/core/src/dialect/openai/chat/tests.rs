//! Requests as clients send them, and answers as clients read them.

mod answers;
mod requests;
