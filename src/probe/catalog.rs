//! Every probe there is.

use super::aws_identity::AwsIdentity;
use super::cloudwatch_metric::CloudwatchMetric;
use super::dns::Dns;
use super::eks_nodegroup::EksNodegroup;
use super::http::Http;
use super::port::Probe;
use super::rds_instance::RdsInstance;
use super::rds_replica_lag::RdsReplicaLag;
use super::route53_record::Route53Record;

/// All probes, in the order of their names.
static ALL: [&dyn Probe; 8] = [&AwsIdentity, &CloudwatchMetric, &Dns, &EksNodegroup, &Http, &RdsInstance, &RdsReplicaLag, &Route53Record];

/// All probes, in the order of their names.
pub fn catalog() -> &'static [&'static dyn Probe] {
    &ALL
}

/// The probe of this name.
pub fn find(name: &str) -> Option<&'static dyn Probe> {
    ALL.iter().find(|probe| probe.spec().name == name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_probe_is_found_by_its_name_and_names_are_in_order() {
        let names: Vec<&str> = catalog().iter().map(|probe| probe.spec().name).collect();
        assert!(names.is_sorted(), "{names:?}");
        for name in names {
            assert_eq!(find(name).map(|probe| probe.spec().name), Some(name));
        }
        assert!(find("ping").is_none());
    }

    #[test]
    fn aws_probes_need_a_target_and_name_their_permissions() {
        for probe in catalog() {
            let spec = probe.spec();
            assert_eq!(spec.needs_target, spec.name.contains('.'), "{}", spec.name);
            assert_eq!(spec.needs_target, !spec.permissions.is_empty(), "{}", spec.name);
            if let Some(field) = spec.rpo_field {
                assert!(spec.fields.iter().any(|one| one.name == field), "{}", spec.name);
            }
        }
    }

    #[test]
    fn the_page_on_probes_names_all_there_is() {
        let page = include_str!("../../docs/probes.md");
        for spec in catalog().iter().map(|probe| probe.spec()) {
            let words = |names: Vec<&str>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let params = words(spec.params.iter().map(|param| param.name).collect());
            let fields = words(spec.fields.iter().map(|field| field.name).collect());
            let row = format!("| `{}` | {params} | {fields} |", spec.name).replace("|  |", "| |");
            assert!(page.contains(&row), "not in docs/probes.md: {row}");
        }
    }
}
