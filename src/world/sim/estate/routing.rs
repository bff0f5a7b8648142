//! Which of the sets of one name and type are answered: routing policies and health.
//!
//! Source: Route 53 Developer Guide, "Choosing a routing policy" and "How Amazon Route 53 chooses records when health checking is
//! configured".

use winterbaume_route53::model::{GeoLocation, ResourceRecordSet};

use crate::world::sim::file::PlaceDef;

/// How many values a multivalue answer has at most.
const MULTIVALUE: usize = 8;

/// Who asks, and what is known when.
pub(super) struct Asker<'a> {
    /// From 0 up to 1: decides between weighted sets.
    pub(super) roll: f64,
    /// Where the world's resolvers stand.
    pub(super) place: &'a PlaceDef,
    /// Whether a set is healthy.
    pub(super) healthy: &'a dyn Fn(&ResourceRecordSet) -> bool,
}

/// The sets that are answered: one, but for multivalue answers; none when none is for this place.
pub(super) fn choose<'a>(sets: &[&'a ResourceRecordSet], asker: &Asker<'_>) -> Vec<&'a ResourceRecordSet> {
    let Some(first) = sets.first() else { return Vec::new() };
    let healthy: Vec<&ResourceRecordSet> = sets.iter().copied().filter(|set| (asker.healthy)(set)).collect();
    // When no set is healthy, all of them are taken for healthy.
    let usable = if healthy.is_empty() { sets.to_vec() } else { healthy };
    if first.multi_value_answer == Some(true) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a number of sets is one")]
        let from = (asker.roll * usable.len() as f64) as usize;
        return usable.iter().cycle().skip(from).take(usable.len().min(MULTIVALUE)).copied().collect();
    }
    let one = if first.weight.is_some() {
        weighted(&usable, asker.roll)
    } else if first.failover.is_some() {
        // With neither healthy it is the primary.
        let is = |kind: &'static str| move |set: &&&ResourceRecordSet| set.failover.as_deref() == Some(kind);
        usable.iter().find(is("PRIMARY")).or_else(|| usable.iter().find(is("SECONDARY"))).copied()
    } else if first.region.is_some() {
        nearest(&usable, asker.place)
    } else if first.geo_location.is_some() {
        located(sets, &usable, asker.place)
    } else {
        usable.first().copied()
    };
    one.into_iter().collect()
}

fn weighted<'a>(sets: &[&'a ResourceRecordSet], roll: f64) -> Option<&'a ResourceRecordSet> {
    let weight = |set: &ResourceRecordSet| u32::try_from(set.weight.unwrap_or(0)).unwrap_or(0);
    let total: u32 = sets.iter().map(|set| weight(set)).sum();
    // With all weights zero every set is as likely as any other.
    let weight = |set: &ResourceRecordSet| if total == 0 { 1 } else { weight(set) };
    let mut left = roll * f64::from(sets.iter().map(|set| weight(set)).sum::<u32>());
    sets.iter()
        .copied()
        .find(|set| {
            left -= f64::from(weight(set));
            left < 0.0
        })
        .or_else(|| sets.last().copied())
}

/// Of latency sets that of the resolvers' own region, or the one whose region's name is most like it.
fn nearest<'a>(sets: &[&'a ResourceRecordSet], place: &PlaceDef) -> Option<&'a ResourceRecordSet> {
    let own = place.region.as_ref().map_or("", |region| region.value.as_str());
    let alike = |set: &ResourceRecordSet| {
        let region = set.region.as_deref().unwrap_or("");
        region.bytes().zip(own.bytes()).take_while(|(a, b)| a == b).count()
    };
    sets.iter().copied().rev().max_by_key(|set| alike(set))
}

/// Of geolocation sets the smallest place that the resolvers stand in and that has a healthy set; the default is the largest.
fn located<'a>(all: &[&'a ResourceRecordSet], usable: &[&'a ResourceRecordSet], place: &PlaceDef) -> Option<&'a ResourceRecordSet> {
    let fits = |location: &GeoLocation| match (&location.continent_code, &location.country_code, &location.subdivision_code) {
        (_, Some(country), Some(part)) => {
            (place.country.as_ref() == Some(country) && place.subdivision.as_ref() == Some(part)).then_some(3)
        }
        (_, Some(country), None) if country == "*" => Some(0),
        (_, Some(country), None) => (place.country.as_ref() == Some(country)).then_some(2),
        (Some(continent), None, _) => (place.continent.as_ref() == Some(continent)).then_some(1),
        _ => None,
    };
    let best = |sets: &[&'a ResourceRecordSet]| {
        let ranked = sets.iter().filter_map(|set| Some((fits(set.geo_location.as_ref()?)?, *set)));
        ranked.max_by_key(|(rank, _)| *rank).map(|(_, set)| set)
    };
    best(usable).or_else(|| best(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(id: &str, edit: impl Fn(&mut ResourceRecordSet)) -> ResourceRecordSet {
        let mut set = ResourceRecordSet { set_identifier: Some(id.into()), ..ResourceRecordSet::default() };
        edit(&mut set);
        set
    }

    /// Who is chosen with these sick.
    fn chosen(sets: &[ResourceRecordSet], sick: &[&str], place: &PlaceDef, roll: f64) -> Vec<String> {
        let healthy = |set: &ResourceRecordSet| !sick.contains(&set.set_identifier.as_deref().unwrap_or(""));
        let asker = Asker { roll, place, healthy: &healthy };
        let sets: Vec<&ResourceRecordSet> = sets.iter().collect();
        choose(&sets, &asker).iter().filter_map(|set| set.set_identifier.clone()).collect()
    }

    fn place(region: &str, continent: &str, country: &str) -> PlaceDef {
        serde_saphyr::from_str(&format!("{{region: {region}, continent: {continent}, country: {country}}}")).unwrap()
    }

    #[test]
    fn the_sick_are_not_answered_while_somebody_is_healthy() {
        let here = place("eu-west-1", "EU", "IE");
        let weighted = [set("a", |s| s.weight = Some(100)), set("b", |s| s.weight = Some(0))];
        assert_eq!(chosen(&weighted, &[], &here, 0.99), ["a"]);
        assert_eq!(chosen(&weighted, &["a"], &here, 0.0), ["b"], "a weight of 0 is answered when nobody else is healthy");
        assert_eq!(chosen(&weighted, &["a", "b"], &here, 0.5), ["a"], "with nobody healthy all are");
        let failover = [set("p", |s| s.failover = Some("PRIMARY".into())), set("s", |s| s.failover = Some("SECONDARY".into()))];
        assert_eq!(chosen(&failover, &[], &here, 0.5), ["p"]);
        assert_eq!(chosen(&failover, &["p"], &here, 0.5), ["s"]);
        assert_eq!(chosen(&failover, &["p", "s"], &here, 0.5), ["p"]);
    }

    #[test]
    fn many_values_and_places() {
        let here = place("eu-central-1", "EU", "DE");
        let multi: Vec<_> = (0..10).map(|n| set(&n.to_string(), |s| s.multi_value_answer = Some(true))).collect();
        assert_eq!(chosen(&multi, &["3"], &here, 0.0), ["0", "1", "2", "4", "5", "6", "7", "8"]);
        let latency = [set("us", |s| s.region = Some("us-east-1".into())), set("eu", |s| s.region = Some("eu-west-1".into()))];
        assert_eq!(chosen(&latency, &[], &here, 0.5), ["eu"]);
        assert_eq!(chosen(&latency, &["eu"], &here, 0.5), ["us"]);
        let at = |continent: Option<&str>, country: Option<&str>| {
            let (continent_code, country_code) = (continent.map(str::to_owned), country.map(str::to_owned));
            Some(GeoLocation { continent_code, country_code, subdivision_code: None })
        };
        let geo = [
            set("world", |s| s.geo_location = at(None, Some("*"))),
            set("eu", |s| s.geo_location = at(Some("EU"), None)),
            set("de", |s| s.geo_location = at(None, Some("DE"))),
            set("fr", |s| s.geo_location = at(None, Some("FR"))),
        ];
        assert_eq!(chosen(&geo, &[], &here, 0.5), ["de"]);
        assert_eq!(chosen(&geo, &["de"], &here, 0.5), ["eu"]);
        assert_eq!(chosen(&geo[3..], &[], &here, 0.5), [""; 0], "nothing for this place");
        assert_eq!(chosen(&geo, &[], &PlaceDef::default(), 0.5), ["world"]);
    }
}
