//! The record of a run: the journal's promises, and what is printed from it.

#[cfg(test)]
mod events;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod report;
#[cfg(test)]
mod sample;
