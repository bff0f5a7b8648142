//! The record among processes and on disks that refuse. Apart from the tests of the record itself: a process that is started keeps this
//! one's locks until it has become what it is to be.

#[cfg(test)]
mod disk;
#[cfg(test)]
mod race;
#[cfg(test)]
#[path = "../record/sample.rs"]
#[expect(dead_code, reason = "the tests of the record need more of it")]
mod sample;
