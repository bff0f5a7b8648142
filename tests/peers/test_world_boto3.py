"""boto3 as a client of the simulated world: what it reads, what it changes, and the errors it raises."""

import datetime
import pathlib
import socket
import tempfile
import time
import unittest
import urllib.request

import boto3
import botocore.config
import botocore.exceptions

from served_world import CREDENTIALS, REGION, WORLD, ServedWorld, eventually

ZONE = "Z0123456789EXAMPLE"
KEYS = {name.lower(): value for name, value in CREDENTIALS.items()}
CONFIG = botocore.config.Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=5)


def weighted(identifier, weight, address):
    record = {"Name": "api.example.com", "Type": "A", "SetIdentifier": identifier, "Weight": weight, "TTL": 60}
    return {**record, "ResourceRecords": [{"Value": address}]}


def slow_backup(folder):
    """The world again, with a first backup that takes long enough to be seen on any machine."""
    path = pathlib.Path(folder) / "world.yaml"
    path.write_text(WORLD.read_text().replace("    lag: {", "    backup: 3h\n    lag: {", 1))
    return path


class Boto3(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.world = self.enterContext(ServedWorld(slow_backup(folder)))

    def client(self, service, region=REGION):
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.world.url,
            config=CONFIG,
            **KEYS,
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

        self.assertEqual(answer["DBInstance"]["PendingModifiedValues"], {"BackupRetentionPeriod": 7})
        after = eventually(promoted)
        self.assertEqual((after["DBInstanceStatus"], after["BackupRetentionPeriod"]), ("backing-up", 7))
        self.assertLessEqual({"modifying", "rebooting"}, seen)
        self.assertEqual(after["PendingModifiedValues"], {})
        eventually(lambda: instance()["DBInstanceStatus"] == "available")
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
            eks.list_addons(clusterName="core-dr")
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
        answer = route53.test_dns_answer(HostedZoneId=ZONE, RecordName="api.example.com", RecordType="A")
        self.assertEqual((answer["ResponseCode"], answer["RecordData"]), ("NOERROR", ["198.51.100.20"]))

        create = [{"Action": "CREATE", "ResourceRecordSet": weighted("us", 1, "198.51.100.20")}]
        with self.assertRaises(route53.exceptions.InvalidChangeBatch) as caught:
            route53.change_resource_record_sets(HostedZoneId=ZONE, ChangeBatch={"Changes": create})
        self.assertIn("but it already exists", str(caught.exception))

    def test_sts_tells_who_asks(self):
        identity = self.client("sts").get_caller_identity()
        self.assertEqual(identity["Account"], "123456789012")
        self.assertEqual(identity["Arn"], "arn:aws:sts::123456789012:assumed-role/dr-operator/drill")

    def code(self, call, **arguments):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            call(**arguments)
        return caught.exception.response["Error"]["Code"]

    def test_an_arn_of_elsewhere_is_nobody(self):
        rds = self.client("rds")
        for arn, code in [
            ("arn:aws:rds:eu-west-1:999999999999:db:orders-replica", "DBInstanceNotFound"),
            ("arn:aws:rds:us-east-1:999999999999:db:orders-replica", "DBInstanceNotFound"),
            ("arn:aws:rds:us-east-1:123456789012:snapshot:orders-replica", "InvalidParameterValue"),
        ]:
            self.assertEqual(self.code(rds.promote_read_replica, DBInstanceIdentifier=arn), code)
            self.assertEqual(self.code(rds.describe_db_instances, DBInstanceIdentifier=arn), code)
        own = "arn:aws:rds:us-east-1:123456789012:db:ORDERS-replica"
        self.assertEqual(len(rds.describe_db_instances(DBInstanceIdentifier=own)["DBInstances"]), 1)
        self.assertEqual(self.code(rds.describe_db_instances, MaxRecords=19), "InvalidParameterValue")

    def test_an_instance_has_what_tools_read(self):
        [instance] = self.client("rds").describe_db_instances(DBInstanceIdentifier="orders-replica")["DBInstances"]
        self.assertEqual(len(instance["DBSubnetGroup"]["Subnets"]), 3)
        self.assertEqual(instance["DBParameterGroups"][0]["DBParameterGroupName"], "default.postgres17")
        self.assertEqual(instance["VpcSecurityGroups"][0]["Status"], "active")
        for member in ["LicenseModel", "CACertificateIdentifier", "TagList", "OptionGroupMemberships", "KmsKeyId"]:
            self.assertIn(member, instance)

    def test_metrics_that_cloudwatch_refuses(self):
        config = CONFIG.merge(botocore.config.Config(parameter_validation=False))
        cloudwatch = boto3.client("cloudwatch", region_name=REGION, endpoint_url=self.world.url, config=config, **KEYS)
        now = datetime.datetime.now(datetime.timezone.utc)
        usual = {
            "Namespace": "AWS/RDS",
            "MetricName": "ReplicaLag",
            "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "orders-replica"}],
            "StartTime": now - datetime.timedelta(minutes=5),
            "EndTime": now,
            "Period": 60,
            "Statistics": ["Average"],
        }
        value, combination = "InvalidParameterValue", "InvalidParameterCombination"
        for change, code in [
            ({"Period": 7}, value),
            ({"Period": 90}, value),
            ({"StartTime": now - datetime.timedelta(days=2)}, combination),
            ({"Statistics": ["Median"]}, value),
            ({"ExtendedStatistics": ["p50"]}, combination),
            ({"Statistics": [], "ExtendedStatistics": ["p101"]}, value),
            ({"Statistics": []}, combination),
            ({"Namespace": ""}, "MissingParameter"),
        ]:
            self.assertEqual(self.code(cloudwatch.get_metric_statistics, **{**usual, **change}), code, change)
        self.assertEqual(cloudwatch.get_metric_statistics(**usual, Unit="Bytes")["Datapoints"], [])
        self.assertTrue(cloudwatch.get_metric_statistics(**usual, Unit="Seconds")["Datapoints"])
        percentile = {**usual, "Statistics": [], "ExtendedStatistics": ["p90"]}
        del percentile["Statistics"]
        self.assertIn("p90", cloudwatch.get_metric_statistics(**percentile)["Datapoints"][0]["ExtendedStatistics"])

    def test_labels_and_taints_are_kept(self):
        eks = self.client("eks")
        group = {"clusterName": "core-dr", "nodegroupName": "system"}
        taint = {"key": "tier", "value": "gold", "effect": "NO_SCHEDULE"}
        self.assertEqual(self.code(eks.update_nodegroup_config, **group), "InvalidParameterException")
        update = eks.update_nodegroup_config(
            **group, labels={"addOrUpdateLabels": {"tier": "gold"}}, taints={"addOrUpdateTaints": [taint]}
        )["update"]
        self.assertEqual([param["type"] for param in update["params"]], ["LabelsToAdd", "TaintsToAdd"])
        shown = eks.describe_nodegroup(**group)["nodegroup"]
        self.assertEqual((shown["labels"], shown["taints"]), ({"tier": "gold"}, [taint]))
        busy = {**group, "scalingConfig": {"minSize": 2, "desiredSize": 3, "maxSize": 10}}
        self.assertEqual(self.code(eks.update_nodegroup_config, **busy), "ResourceInUseException")
        self.assertEqual(eks.list_clusters()["clusters"], ["core-dr"])
        self.assertEqual(self.code(eks.list_clusters, nextToken="?"), "InvalidParameterException")

    def test_records_that_cannot_be_are_refused(self):
        config = CONFIG.merge(botocore.config.Config(parameter_validation=False))
        route53 = boto3.client("route53", region_name=REGION, endpoint_url=self.world.url, config=config, **KEYS)

        def record(name, kind="A", value="192.0.2.9", **more):
            values = [{"Value": value}] if isinstance(value, str) else value
            return {"Name": f"{name}.example.com", "Type": kind, "TTL": 60, "ResourceRecords": values, **more}

        def alias(name, kind, target):
            to = {"HostedZoneId": ZONE, "DNSName": target, "EvaluateTargetHealth": False}
            return {"Name": f"{name}.example.com", "Type": kind, "AliasTarget": to}

        batch, invalid = "InvalidChangeBatch", "InvalidInput"
        for sets, code in [
            ([record("t1", "FOO")], invalid),
            ([record("t2", SetIdentifier="x", Weight=1, Failover="PRIMARY")], invalid),
            ([record("t3", SetIdentifier="x", Failover="FOO")], invalid),
            ([record("t4", SetIdentifier=str(n), Failover="PRIMARY") for n in (1, 2)], batch),
            ([record("t5", HealthCheckId="11111111-2222-3333-4444-555555555555")], "NoSuchHealthCheck"),
            ([record("t..6")], batch),
            ([record("t7", "CNAME", [{"Value": "a.b"}, {"Value": "c.d"}])], batch),
            ([record("t8", "MX", "mail.example.com")], batch),
            ([record("t9", "TXT", '"' + "x" * 300 + '"')], batch),
            ([record("t10"), record("t10")], batch),
            ([alias("t11", "A", "nowhere.example.com")], batch),
            ([alias("t12", "AAAA", "api.example.com")], batch),
            ([alias("t13", "A", "t13.example.com")], batch),
        ]:
            changes = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": each} for each in sets]}
            self.assertEqual(self.code(route53.change_resource_record_sets, HostedZoneId=ZONE, ChangeBatch=changes), code, sets)
        changes = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record(name)} for name in ("a", "a-b", "*.a")]}
        route53.change_resource_record_sets(HostedZoneId=ZONE, ChangeBatch=changes)
        names = [each["Name"] for each in route53.list_resource_record_sets(HostedZoneId=ZONE)["ResourceRecordSets"]]
        made = [name for name in names if name.startswith(("a.", "a-", "\\052"))]
        self.assertEqual(made, ["a-b.example.com.", "a.example.com.", "\\052.a.example.com."])

    def test_a_role_is_assumed(self):
        sts = self.client("sts")
        role = "arn:aws:iam::999999999999:role/dns"
        keys = sts.assume_role(RoleArn=role, RoleSessionName="night")["Credentials"]
        names = {"aws_access_key_id": "AccessKeyId", "aws_secret_access_key": "SecretAccessKey", "aws_session_token": "SessionToken"}
        keys = {name: keys[key] for name, key in names.items()}
        assumed = boto3.client("sts", region_name=REGION, endpoint_url=self.world.url, config=CONFIG, **keys)
        identity = assumed.get_caller_identity()
        self.assertEqual(identity["Account"], "999999999999")
        self.assertEqual(identity["Arn"], "arn:aws:sts::999999999999:assumed-role/dns/night")
        self.assertEqual(self.code(sts.assume_role, RoleArn=role, RoleSessionName="a b"), "ValidationError")
        with urllib.request.urlopen(assumed.generate_presigned_url("get_caller_identity")) as answer:
            self.assertIn(b"assumed-role/dns/night", answer.read())


class Served(unittest.TestCase):
    """The server itself."""

    def test_it_outlives_a_lack_of_descriptors(self):
        with ServedWorld(descriptors=48) as world:
            host, port = world.url.removeprefix("http://").split(":")
            idle = [socket.create_connection((host, int(port)), timeout=5) for _ in range(100)]
            time.sleep(1)
            self.assertIsNone(world.process.poll())
            for connection in idle:
                connection.close()
            sts = boto3.client("sts", region_name=REGION, endpoint_url=world.url, config=CONFIG, **KEYS)
            self.assertEqual(sts.get_caller_identity()["Account"], "123456789012")

    def test_each_call_is_a_line_unless_it_is_quiet(self):
        for flags, said in [((), True), (("--quiet",), False)]:
            with tempfile.TemporaryFile("w+") as lines:
                with ServedWorld(WORLD, *flags, stderr=lines) as world:
                    rds = boto3.client("rds", region_name=REGION, endpoint_url=world.url, config=CONFIG, **KEYS)
                    rds.describe_db_instances(DBInstanceIdentifier="orders-replica")
                    with self.assertRaises(botocore.exceptions.ClientError):
                        rds.describe_db_instances(DBInstanceIdentifier="nobody")
                    time.sleep(0.5)
                lines.seek(0)
                text = lines.read()
            self.assertEqual("rds:DescribeDBInstances  us-east-1  orders-replica  ok" in text, said, text)
            self.assertEqual("nobody  DBInstanceNotFound" in text, said, text)


if __name__ == "__main__":
    unittest.main()
