"""AWS emulators on loopback, a recorder in front of them, and lifeboat behind it."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import boto3

HERE = Path(__file__).parent
RUNBOOKS = HERE / "runbooks"
REGION = "us-east-1"
CREDENTIALS = {"aws_access_key_id": "peer", "aws_secret_access_key": "peer"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Emulator:
    """A server that others wrote, for as long as the tests run."""

    def __init__(self, name, arguments, environment, ready):
        self.port = environment.pop("PORT")
        program = Path(sys.executable).parent / name
        self.process = subprocess.Popen(
            [str(program), *arguments],
            env={"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = []
        for line in self.process.stdout:
            said.append(line)
            if ready in line:
                break
        else:
            raise RuntimeError(f"{name} did not start:\n{''.join(said)}")
        # What it says from now on is of no interest, but must not fill the pipe.
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self):
        for _ in self.process.stdout:
            pass

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def client(self, service):
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, **CREDENTIALS)


def moto():
    port = free_port()
    return Emulator("moto_server", ["-H", "127.0.0.1", "-p", str(port)], {"PORT": port}, "Running on")


def ministack(folder):
    port = free_port()
    environment = {
        "PORT": port,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(folder),
        "HOME": str(folder),
    }
    return Emulator("ministack", [], environment, "Running on")


@dataclass
class Call:
    """One request as it went over the wire, with its answer."""

    operation: str
    mutating: bool
    status: int
    answer: str
    agent: str


@dataclass
class Recorder:
    """Passes requests on and remembers them: what lifeboat did is what went over the wire, whatever lifeboat says."""

    upstream: Emulator
    calls: list = field(default_factory=list)

    def __enter__(self):
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                connection = http.client.HTTPConnection("127.0.0.1", recorder.upstream.port)
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                content = answer.read()
                recorder.calls.append(describe(self, body, answer.status, content))
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "server", "date"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                connection.close()

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = pass_on

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def changes(self):
        return [call.operation for call in self.calls if call.mutating]


def describe(request, body, status, content):
    """Names a request. Whatever is not known to be a read counts as a change."""
    path = urlsplit(request.path).path
    if request.command in ("GET", "HEAD"):
        operation, mutating = f"GET {path}", False
    else:
        action = parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
        operation = action or f"{request.command} {path}"
        reads = ("Describe", "Get", "List")
        mutating = not (action.startswith(reads) or path.rsplit("/", 1)[-1].startswith(reads))
    return Call(operation, mutating, status, content.decode("utf-8", "replace"), request.headers.get("user-agent", ""))


@dataclass
class Ended:
    """How a lifeboat ended."""

    code: int
    out: str
    err: str

    @property
    def events(self):
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]

    def __str__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def lifeboat(folder, endpoint, *arguments, credentials=True):
    """Runs lifeboat with an environment of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "USER": "peer",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "LIFEBOAT_STATE_DIR": str(folder / "state"),
    }
    if credentials:
        environment |= {"AWS_ACCESS_KEY_ID": "peer", "AWS_SECRET_ACCESS_KEY": "peer"}
    program = os.environ["LIFEBOAT_BIN"]
    ended = subprocess.run(
        [program, *map(str, arguments)],
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


RECORDS = [
    {"SetIdentifier": "eu", "Weight": 100, "TTL": 60, "ResourceRecords": [{"Value": "203.0.113.10"}, {"Value": "203.0.113.11"}]},
    {"SetIdentifier": "us", "Weight": 0, "TTL": 30, "ResourceRecords": [{"Value": "198.51.100.20"}]},
    {"SetIdentifier": "canary", "Weight": 3, "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.7"}]},
]


def make_zone(emulator):
    """A zone with three weighted sets of one name; its id."""
    route53 = emulator.client("route53")
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="peers")["HostedZone"]["Id"]
    changes = [{"Action": "CREATE", "ResourceRecordSet": {"Name": "api.example.com", "Type": "A", **record}} for record in RECORDS]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    return zone


def make_nodegroup(emulator):
    """A small node group."""
    eks = emulator.client("eks")
    role = "arn:aws:iam::123456789012:role/nodes"
    eks.create_cluster(name="core-dr", roleArn=role, resourcesVpcConfig={"subnetIds": ["subnet-1"]})
    sizes = {"minSize": 1, "desiredSize": 2, "maxSize": 40}
    eks.create_nodegroup(clusterName="core-dr", nodegroupName="general", scalingConfig=sizes, subnets=["subnet-1"], nodeRole=role)


def record_sets(emulator, zone):
    """All record sets of the zone, whole."""
    return emulator.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]


def weights(emulator, zone):
    return {one["SetIdentifier"]: one["Weight"] for one in record_sets(emulator, zone) if "SetIdentifier" in one}


def nodegroup(emulator):
    """The node group, whole, but for the time of the look."""
    return emulator.client("eks").describe_nodegroup(clusterName="core-dr", nodegroupName="general")["nodegroup"]
