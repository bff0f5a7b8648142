//! The `lifeboat` program. Everything is in the library.
fn main() {}
