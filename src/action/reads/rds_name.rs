//! The names of database instances: as people write them, as RDS gives them, and whether both mean the same.
//!
//! RDS stores an identifier as lower case and compares it without case (API reference, `CreateDBInstance`), takes an ARN for it where it
//! describes (`DescribeDBInstances`), and gives a replica's source as an identifier within the region and as an ARN across regions.
//! CloudWatch compares dimensions with case, and an IAM policy names the identifier: so everything past this file has the identifier.

use serde_json::Value;

use crate::action::with::With;
use crate::plan::{Failure, Target};
use crate::runbook::spec::{Objection, Rule};

/// What an instance, or the cluster behind a replica, is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// `orders-replica`, in lower case.
    pub id: String,
    /// Where an ARN says that it is.
    place: Option<Place>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    region: String,
    account: String,
    /// `db` or `cluster`.
    kind: String,
}

impl Name {
    /// Reads an identifier or an ARN.
    ///
    /// # Errors
    /// It is neither: what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim().to_ascii_lowercase();
        let (id, place) = match text.split(':').collect::<Vec<_>>()[..] {
            [_] => (text.clone(), None),
            ["arn", _, "rds", region, account, kind @ ("db" | "cluster"), id] if !region.is_empty() => {
                (id.to_owned(), Some(Place { region: region.into(), account: account.into(), kind: kind.into() }))
            }
            _ => {
                return Err(format!(
                    "{text} is neither an identifier nor the ARN of a database instance (arn:aws:rds:REGION:ACCOUNT:db:ID)"
                ));
            }
        };
        let letters = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let begins = id.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
        if !letters || !begins || id.len() > 63 || id.ends_with('-') || id.contains("--") {
            return Err(format!(
                "{id:?} is no identifier of RDS: 1 to 63 letters, digits and single hyphens, beginning with a letter and not ending with \
                 a hyphen"
            ));
        }
        Ok(Self { id, place })
    }

    /// The name of an instance of a target, from a parameter.
    ///
    /// # Errors
    /// It is missing, or no name, or the ARN of an instance elsewhere: the call would go to the target's own.
    pub fn read(with: &With<'_>, key: &str, target: Option<&Target>) -> Result<Self, Failure> {
        let name = Self::parse(&with.text(key)?).map_err(|wrong| with.wrong(format!("`{key}`: {wrong}")))?;
        let Some((place, target)) = name.place.as_ref().zip(target) else { return Ok(name) };
        let elsewhere = |what: &str, is: &str, wanted: &str| {
            with.wrong(format!("`{key}` is the ARN of an instance in {what} {is}, and the target {} is {what} {wanted}", target.id))
        };
        match &target.account {
            _ if place.kind != "db" => Err(with.wrong(format!("`{key}` is the ARN of a cluster, and a database instance is wanted"))),
            _ if place.region != target.region => Err(elsewhere("region", &place.region, &target.region)),
            Some(account) if *account != place.account => Err(elsewhere("account", &place.account, account)),
            _ => Ok(name),
        }
    }

    /// The same, where it is an identifier only: of the place that `arn` is in.
    #[must_use]
    pub fn beside(self, arn: &str) -> Self {
        let place = self.place.or_else(|| Self::parse(arn).ok()?.place.map(|place| Place { kind: String::new(), ..place }));
        Self { place, ..self }
    }

    /// Whether it says where it is.
    pub fn has_place(&self) -> bool {
        self.place.is_some()
    }

    /// Whether both can be the same instance: by all that both say.
    pub fn is(&self, other: &Self) -> bool {
        let same = |one: &str, two: &str| one.is_empty() || two.is_empty() || one == two;
        let places = self.place.as_ref().zip(other.place.as_ref());
        self.id == other.id
            && places.is_none_or(|(one, two)| one.region == two.region && same(&one.account, &two.account) && same(&one.kind, &two.kind))
    }
}

/// What is no name, among these parameters.
pub fn objection(with: &Value, keys: &[&'static str]) -> Option<Objection> {
    keys.iter().find_map(|key| {
        let message = Name::parse(with[*key].as_str()?).err()?;
        Some(Objection { key, message, help: "write the identifier or the ARN of the instance".into() })
    })
}

/// The rule of what takes an `instance` and nothing else that RDS could refuse.
pub const INSTANCE: Rule = Rule(|with| objection(with, &["instance"]));

/// The identifier where RDS gives an ARN (it does so across regions): `arn:aws:rds:eu-west-1:123456789012:db:orders-primary`.
pub fn short(source: &str) -> &str {
    source.rsplit(':').next().unwrap_or(source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::target;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn case_and_form_make_no_other_instance() {
        let arn = "arn:aws:rds:eu-west-1:123456789012:db:orders-primary";
        assert_eq!(name("Orders-Primary").id, "orders-primary");
        assert!(name("Orders-Primary").is(&name(arn)));
        assert!(name(&arn.to_uppercase()).is(&name(arn)));
        for other in [
            "orders-secondary",
            "arn:aws:rds:us-east-1:123456789012:db:orders-primary",
            "arn:aws:rds:eu-west-1:210987654321:db:orders-primary",
            "arn:aws:rds:eu-west-1:123456789012:cluster:orders-primary",
        ] {
            assert!(!name(other).is(&name(arn)), "{other}");
        }
        // RDS names a source of the same region by its identifier: then it is of that region.
        let here = name("orders-primary").beside("arn:aws:rds:us-east-1:123456789012:db:orders-replica");
        assert!(!here.is(&name(arn)) && here.is(&name("orders-primary")));
        assert!(here.is(&name("arn:aws:rds:us-east-1:123456789012:cluster:orders-primary")));
    }

    #[test]
    fn what_is_no_name_is_refused_and_an_arn_of_elsewhere_too() {
        for bad in ["", "1st", "two words", "ends-", "a--b", "arn:aws:ec2:us-east-1:1:instance/i", "arn:aws:rds:us-east-1:1:snapshot:s"] {
            assert!(Name::parse(bad).is_err(), "{bad}");
        }
        let read = |text: &str| {
            let value = serde_json::json!({"instance": text});
            Name::read(&With::new("rds.instance", &value), "instance", Some(&target())).map_err(|failure| failure.message)
        };
        assert_eq!(read("arn:aws:rds:us-east-1:123456789012:db:Orders").unwrap().id, "orders");
        assert!(
            read("arn:aws:rds:eu-west-1:123456789012:db:orders")
                .unwrap_err()
                .contains("region eu-west-1, and the target dr is region us-east-1")
        );
        assert!(read("arn:aws:rds:us-east-1:999999999999:db:orders").unwrap_err().contains("account 999999999999"));
        assert!(read("arn:aws:rds:us-east-1:123456789012:cluster:orders").unwrap_err().contains("a cluster"));
    }
}
