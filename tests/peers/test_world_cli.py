"""The aws command line as a client of the simulated world."""

import base64
import json
import os
import ssl
import subprocess
import tempfile
import unittest

import yaml

from served_world import CREDENTIALS, REGION, ServedWorld, eventually

ZONE = "Z0123456789EXAMPLE"


class AwsCli(unittest.TestCase):
    def setUp(self):
        self.world = self.enterContext(ServedWorld())

    def run_aws(self, *arguments):
        environment = {
            **CREDENTIALS,
            "PATH": os.environ["PATH"],
            "HOME": os.devnull,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_PAGER": "",
        }
        command = ["aws", "--endpoint-url", self.world.url, "--output", "json", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def aws(self, *arguments):
        done = self.run_aws(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def refused(self, *arguments):
        done = self.run_aws(*arguments)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        return done.stderr

    def test_promote(self):
        replica = ["--db-instance-identifier", "orders-replica"]
        self.aws("rds", "promote-read-replica", *replica, "--backup-retention-period", "7")

        def promoted():
            [instance] = self.aws("rds", "describe-db-instances", *replica)["DBInstances"]
            return instance if "ReadReplicaSourceDBInstanceIdentifier" not in instance else None

        # The first backup may be over before the command line has started once more.
        self.assertIn(eventually(promoted)["DBInstanceStatus"], {"backing-up", "available"})
        self.assertIn("(InvalidDBInstanceState)", self.refused("rds", "promote-read-replica", *replica))
        self.assertIn("(DBInstanceNotFound)", self.refused("rds", "promote-read-replica", "--db-instance-identifier", "nobody"))

    def test_scale(self):
        group = ["--cluster-name", "core-dr", "--nodegroup-name", "system"]
        sizes = "minSize=4,desiredSize=4,maxSize=10"
        update = self.aws("eks", "update-nodegroup-config", *group, "--scaling-config", sizes)["update"]
        self.assertEqual(update["type"], "ConfigUpdate")
        where = ["--name", "core-dr", "--nodegroup-name", "system", "--update-id", update["id"]]
        eventually(lambda: self.aws("eks", "describe-update", *where)["update"]["status"] == "Successful")
        nodegroup = self.aws("eks", "describe-nodegroup", *group)["nodegroup"]
        self.assertEqual(nodegroup["scalingConfig"]["desiredSize"], 4)
        self.assertIn("(ResourceNotFoundException)", self.refused("eks", "describe-cluster", "--name", "nobody"))

    def test_records(self):
        zone = ["--hosted-zone-id", ZONE]
        records = self.aws("route53", "list-resource-record-sets", *zone)["ResourceRecordSets"]
        self.assertEqual({record["Type"] for record in records}, {"A", "NS", "SOA"})
        record = {"Name": "new.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.7"}]}
        batch = json.dumps({"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]})
        change = self.aws("route53", "change-resource-record-sets", *zone, "--change-batch", batch)["ChangeInfo"]
        eventually(lambda: self.aws("route53", "get-change", "--id", change["Id"])["ChangeInfo"]["Status"] == "INSYNC")
        refused = self.refused("route53", "change-resource-record-sets", *zone, "--change-batch", batch)
        self.assertIn("(InvalidChangeBatch)", refused)
        self.assertIn("but it already exists", refused)

    def test_metrics_and_identity(self):
        statistics = ["--namespace", "AWS/RDS", "--metric-name", "ReplicaLag", "--statistics", "Average", "--period", "60"]
        dimension = ["--dimensions", "Name=DBInstanceIdentifier,Value=orders-replica"]
        window = ["--start-time", "2026-03-12T02:47:00Z", "--end-time", "2026-03-12T02:50:00Z"]
        points = self.aws("cloudwatch", "get-metric-statistics", *statistics, *dimension, *window)["Datapoints"]
        self.assertGreater(points[0]["Average"], 0)
        self.assertLess(points[0]["Average"], 300)
        self.assertEqual(self.aws("sts", "get-caller-identity")["Account"], "123456789012")

    def test_a_kubeconfig_is_written(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "config")
            done = self.run_aws("eks", "update-kubeconfig", "--name", "core-dr", "--kubeconfig", path)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(path, encoding="utf-8") as file:
                config = yaml.safe_load(file)
        authority = base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]).decode()
        # What kubectl and curl do with it: read it as a certificate.
        ssl.create_default_context(cadata=authority)


if __name__ == "__main__":
    unittest.main()
