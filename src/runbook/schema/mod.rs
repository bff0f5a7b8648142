//! The JSON Schema of the format (2020-12), made from the tables of keys and the catalogue: for editors, which complete and explain from
//! it, and for validators that others wrote.

mod document;
mod param;
mod parts;
#[cfg(test)]
mod tests;
mod with;

pub use document::schema;
