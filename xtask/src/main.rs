//! What cargo alone cannot say: snapshot, compose, serve, test.
fn main() {}
