"""boto3 as a client of the simulated world: what it reads, what it changes, and the errors it raises."""

import datetime
import unittest

import boto3
import botocore.config
import botocore.exceptions

from served_world import CREDENTIALS, REGION, ServedWorld, eventually

ZONE = "Z0123456789EXAMPLE"
CONFIG = botocore.config.Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=5)


def weighted(identifier, weight, address):
    record = {"Name": "api.example.com", "Type": "A", "SetIdentifier": identifier, "Weight": weight, "TTL": 60}
    return {**record, "ResourceRecords": [{"Value": address}]}


class Boto3(unittest.TestCase):
    def setUp(self):
        self.world = self.enterContext(ServedWorld())

    def client(self, service, region=REGION):
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.world.url,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=CONFIG,
        )

    def test_describe_promote_describe_until_promoted(self):
        rds = self.client("rds")

        def instance():
            return rds.describe_db_instances(DBInstanceIdentifier="orders-replica")["DBInstances"][0]

        before = instance()
        self.assertEqual(before["DBInstanceStatus"], "available")
        self.assertTrue(before["ReadReplicaSourceDBInstanceIdentifier"].endswith(":db:orders-primary"))
        self.assertEqual(before["StatusInfos"][0]["StatusType"], "read replication")
        self.assertFalse(before["StatusInfos"][0]["Normal"])

        answer = rds.promote_read_replica(DBInstanceIdentifier="orders-replica", BackupRetentionPeriod=7)
        self.assertTrue(answer["ResponseMetadata"]["RequestId"])
        with self.assertRaises(rds.exceptions.InvalidDBInstanceStateFault):
            rds.promote_read_replica(DBInstanceIdentifier="orders-replica")

        seen = set()

        def promoted():
            now = instance()
            seen.add(now["DBInstanceStatus"])
            return now if "ReadReplicaSourceDBInstanceIdentifier" not in now else None

        after = eventually(promoted)
        self.assertEqual((after["DBInstanceStatus"], after["BackupRetentionPeriod"]), ("available", 7))
        self.assertLessEqual({"modifying", "rebooting"}, seen)
        self.assertEqual(after["DbiResourceId"], before["DbiResourceId"])
        with self.assertRaises(rds.exceptions.InvalidDBInstanceStateFault):
            rds.promote_read_replica(DBInstanceIdentifier="orders-replica")
        rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="orders-replica")

    def test_the_lost_region_does_not_answer(self):
        with self.assertRaises(botocore.exceptions.HTTPClientError):
            self.client("rds", "eu-west-1").describe_db_instances()

    def test_missing_things_raise_the_services_own_exceptions(self):
        rds, eks, route53 = self.client("rds"), self.client("eks"), self.client("route53")
        with self.assertRaises(rds.exceptions.DBInstanceNotFoundFault) as caught:
            rds.describe_db_instances(DBInstanceIdentifier="nobody")
        self.assertEqual(caught.exception.response["Error"]["Code"], "DBInstanceNotFound")
        self.assertTrue(caught.exception.response["ResponseMetadata"]["RequestId"])
        with self.assertRaises(eks.exceptions.ResourceNotFoundException):
            eks.describe_cluster(name="nobody")
        with self.assertRaises(eks.exceptions.ResourceNotFoundException):
            eks.describe_nodegroup(clusterName="core-dr", nodegroupName="nobody")
        with self.assertRaises(route53.exceptions.NoSuchHostedZone):
            route53.get_hosted_zone(Id="ZNOBODY")
        with self.assertRaises(route53.exceptions.NoSuchChange):
            route53.get_change(Id="CNOBODY")
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            rds.describe_db_clusters()
        self.assertIn("does not simulate rds:DescribeDBClusters", str(caught.exception))
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            eks.list_clusters()
        self.assertIn("does not simulate eks:", str(caught.exception))

    def test_a_node_group_is_updated_and_its_nodes_join(self):
        eks, cloudwatch = self.client("eks"), self.client("cloudwatch")
        self.assertEqual(eks.describe_cluster(name="core-dr")["cluster"]["status"], "ACTIVE")
        self.assertEqual(eks.list_nodegroups(clusterName="core-dr")["nodegroups"], ["system", "general"])
        group = {"clusterName": "core-dr", "nodegroupName": "general"}
        sizes = {"minSize": 12, "desiredSize": 12, "maxSize": 40}
        asg = eks.describe_nodegroup(**group)["nodegroup"]["resources"]["autoScalingGroups"][0]["name"]

        # A served world begins with the client's present.
        begun = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=5)

        def nodes():
            now = begun
            dimensions = [{"Name": "AutoScalingGroupName", "Value": asg}]
            metric = {"Namespace": "AWS/AutoScaling", "MetricName": "GroupInServiceInstances", "Dimensions": dimensions}
            query = {"Id": "nodes", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}
            end = now + datetime.timedelta(hours=12)
            results = cloudwatch.get_metric_data(MetricDataQueries=[query], StartTime=now, EndTime=end)["MetricDataResults"]
            self.assertEqual(len(results[0]["Values"]), len(results[0]["Timestamps"]))
            self.assertGreaterEqual(results[0]["Timestamps"][0], now)
            return results[0]["Values"][0]

        self.assertEqual(nodes(), 2.0)
        with self.assertRaises(eks.exceptions.InvalidParameterException):
            eks.update_nodegroup_config(**group, scalingConfig={"minSize": 5, "desiredSize": 2, "maxSize": 40})
        update = eks.update_nodegroup_config(**group, scalingConfig=sizes, clientRequestToken="run/step")["update"]
        self.assertEqual(update["status"], "InProgress")
        again = eks.update_nodegroup_config(**group, scalingConfig=sizes, clientRequestToken="run/step")["update"]
        self.assertEqual(again["id"], update["id"])

        def successful():
            now = eks.describe_update(name="core-dr", nodegroupName="general", updateId=update["id"])["update"]
            return now["status"] == "Successful"

        eventually(successful)
        eventually(lambda: nodes() == 12.0)
        described = eks.describe_nodegroup(**group)["nodegroup"]
        self.assertEqual((described["status"], described["scalingConfig"]), ("ACTIVE", sizes))
        self.assertEqual(described["health"]["issues"], [])
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/AutoScaling",
            MetricName="GroupInServiceInstances",
            Dimensions=[{"Name": "AutoScalingGroupName", "Value": asg}],
            StartTime=begun,
            EndTime=begun + datetime.timedelta(hours=12),
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        self.assertEqual(max(point["Maximum"] for point in points), 12.0)

    def test_records_are_listed_and_changed(self):
        route53 = self.client("route53")
        zones = route53.list_hosted_zones_by_name(DNSName="example.com")["HostedZones"]
        self.assertEqual([zone["Id"] for zone in zones], [f"/hostedzone/{ZONE}"])
        self.assertEqual(len(route53.get_hosted_zone(Id=ZONE)["DelegationSet"]["NameServers"]), 4)
        self.assertEqual(len(route53.list_hosted_zones()["HostedZones"]), 1)

        def weights():
            records = route53.list_resource_record_sets(HostedZoneId=ZONE)["ResourceRecordSets"]
            return {record["SetIdentifier"]: record["Weight"] for record in records if "SetIdentifier" in record}

        self.assertEqual(weights(), {"eu": 100, "us": 0})
        changes = [
            {"Action": "UPSERT", "ResourceRecordSet": weighted("us", 100, "198.51.100.20")},
            {"Action": "UPSERT", "ResourceRecordSet": weighted("eu", 0, "203.0.113.10")},
        ]
        change = route53.change_resource_record_sets(HostedZoneId=ZONE, ChangeBatch={"Comment": "flip", "Changes": changes})
        change = change["ChangeInfo"]
        self.assertEqual(change["Status"], "PENDING")
        self.assertEqual(weights(), {"eu": 0, "us": 100})
        eventually(lambda: route53.get_change(Id=change["Id"])["ChangeInfo"]["Status"] == "INSYNC")

        create = [{"Action": "CREATE", "ResourceRecordSet": weighted("us", 1, "198.51.100.20")}]
        with self.assertRaises(route53.exceptions.InvalidChangeBatch) as caught:
            route53.change_resource_record_sets(HostedZoneId=ZONE, ChangeBatch={"Changes": create})
        self.assertIn("but it already exists", str(caught.exception))

    def test_sts_tells_who_asks(self):
        identity = self.client("sts").get_caller_identity()
        self.assertEqual(identity["Account"], "123456789012")
        self.assertEqual(identity["Arn"], "arn:aws:sts::123456789012:assumed-role/dr-operator/drill")


if __name__ == "__main__":
    unittest.main()
