//! DNS look-ups that go past every cache of this machine, unless told to use it.

mod exchange;
mod lookup;

pub(super) use lookup::LiveDns;
