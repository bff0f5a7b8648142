//! Randomness that can be repeated: every draw is a function of the seed, of what it is for, and of a number; never of how
//! many draws were made before. So a promotion takes as long in every run of a seed, however often somebody looks at it.

use std::time::Duration;

/// A duration, constant or spread: log-normal through its median and its 95th percentile, as latencies and cloud work are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dist {
    /// Half of the draws are shorter.
    pub p50: Duration,
    /// One draw in twenty is longer.
    pub p95: Duration,
}

impl Dist {
    /// Always the same.
    pub const fn constant(duration: Duration) -> Self {
        Self { p50: duration, p95: duration }
    }

    /// Median and 95th percentile in milliseconds.
    pub(crate) const fn ms(p50: u64, p95: u64) -> Self {
        Self { p50: Duration::from_millis(p50), p95: Duration::from_millis(p95) }
    }

    /// The value `z` standard deviations from the median, in whole milliseconds.
    fn at(self, z: f64) -> Duration {
        if self.p50 == self.p95 || self.p50.is_zero() {
            return self.p50;
        }
        // ln(p95/p50) = sigma × the 0.95 quantile of the standard normal distribution.
        let sigma = (self.p95.as_secs_f64() / self.p50.as_secs_f64()).ln() / 1.644_853_626_951;
        let seconds = self.p50.as_secs_f64() * (sigma * z).exp();
        Duration::try_from_secs_f64(seconds)
            .map_or(self.p95, |exact| Duration::from_millis(exact.as_millis().try_into().unwrap_or(u64::MAX)))
    }
}

/// The seed, and all that is drawn from it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dice {
    seed: u64,
}

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed }
    }

    pub(crate) const fn seed(self) -> u64 {
        self.seed
    }

    /// A generator for the `n`-th draw for `what`.
    fn rng(self, what: &str, n: u64) -> fastrand::Rng {
        // FNV-1a over the seed, the purpose and the number; fastrand mixes the result.
        let bytes = self.seed.to_le_bytes().into_iter().chain(what.bytes()).chain(n.to_le_bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut rng = fastrand::Rng::with_seed(hash);
        // The first output of a generator follows its seed too closely for seeds that differ in few bits.
        rng.u64(..);
        rng
    }

    /// From 0 up to 1.
    pub(crate) fn uniform(self, what: &str, n: u64) -> f64 {
        self.rng(what, n).f64()
    }

    /// A duration of the distribution, never more than 2.5 standard deviations from the median: a drill should be hard
    /// because of what happens in it, not because of one draw in a thousand.
    pub(crate) fn draw(self, dist: Dist, what: &str, n: u64) -> Duration {
        let mut rng = self.rng(what, n);
        // Box and Muller's transform; the logarithm needs a number above zero.
        let radius = (-2.0 * (1.0 - rng.f64()).ln()).sqrt();
        let z = radius * (std::f64::consts::TAU * rng.f64()).cos();
        dist.at(z.clamp(-2.5, 2.5))
    }

    /// Seeds this thread's `fastrand` generator, from which the SDK draws the jitter of its retries, for what follows the `n`-th call:
    /// not even that depends on the calls before, which another process may have made.
    pub(crate) fn seed_jitter(self, n: u64) {
        fastrand::seed(self.rng("jitter", n).u64(..));
    }

    /// Sixteen bytes as an AWS request id is written.
    pub(crate) fn request_id(self, n: u64) -> String {
        let mut rng = self.rng("request", n);
        let bits = rng.u128(..);
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            bits >> 96,
            (bits >> 80) & 0xffff,
            (bits >> 64) & 0xfff,
            (bits >> 48) & 0xfff,
            bits & 0xffff_ffff_ffff
        )
    }

    /// `len` capital letters and digits, as in the ids of Route 53.
    pub(crate) fn token(self, what: &str, n: u64, len: usize) -> String {
        let mut rng = self.rng(what, n);
        (0..len).map(|_| char::from_digit(rng.u32(0..36), 36).unwrap_or('0').to_ascii_uppercase()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_has_its_median_and_its_tail() {
        let dice = Dice::new(7);
        let dist = Dist::ms(60_000, 150_000);
        let mut draws: Vec<_> = (0..4000).map(|n| dice.draw(dist, "x", n).as_secs_f64()).collect();
        draws.sort_by(f64::total_cmp);
        assert!((draws[2000] - 60.0).abs() < 3.0, "median {}", draws[2000]);
        assert!((draws[3800] - 150.0).abs() < 15.0, "p95 {}", draws[3800]);
    }

    #[test]
    fn a_draw_depends_on_seed_purpose_and_number_only() {
        let dist = Dist::ms(1000, 5000);
        assert_eq!(Dice::new(1).draw(dist, "a", 1), Dice::new(1).draw(dist, "a", 1));
        assert_ne!(Dice::new(1).draw(dist, "a", 1), Dice::new(2).draw(dist, "a", 1));
        assert_ne!(Dice::new(1).draw(dist, "a", 1), Dice::new(1).draw(dist, "b", 1));
        assert_ne!(Dice::new(1).draw(dist, "a", 1), Dice::new(1).draw(dist, "a", 2));
        assert_eq!(Dice::new(3).draw(Dist::constant(Duration::from_secs(8)), "a", 1), Duration::from_secs(8));
    }

    #[test]
    fn a_request_id_looks_like_one() {
        let id = Dice::new(1).request_id(3);
        assert_eq!(id.len(), 36);
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_eq!(Dice::new(1).token("c", 1, 20).len(), 20);
    }
}
