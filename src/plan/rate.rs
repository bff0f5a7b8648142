//! How many requests a service takes, where that is a known number: what the checker warns of, and what a run keeps within.

/// A service's limit for one account, everything together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// As requests are signed for it: `route53`.
    pub service: &'static str,
    /// As people call it.
    pub name: &'static str,
    /// Requests a second.
    pub per_second: u32,
}

/// Source: Amazon Route 53 developer guide, "Quotas", "Maximums on Amazon Route 53 API requests": five requests a second for each
/// account, for all operations together.
pub const ROUTE_53: Rate = Rate { service: "route53", name: "Route 53", per_second: 5 };

/// Every known one. A service that is not here has limits by operation, or keeps them to itself.
pub const RATES: &[Rate] = &[ROUTE_53];

/// The limit of the service that requests are signed for as `service`.
pub fn rate_of(service: &str) -> Option<&'static Rate> {
    RATES.iter().find(|rate| rate.service == service)
}
