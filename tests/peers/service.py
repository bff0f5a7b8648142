"""A small service on loopback, STS and RDS as far as a promotion goes, whose answers a test can replace."""

import re
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

ACCOUNT, OTHER = "123456789012", "999999999999"

BOOK = """\
lifeboat: 1
name: promote
title: Promote the replica
targets:
  dr: {region: us-east-1, account: "123456789012"PROFILE}
defaults: {target: dr, timeout: 1m}
steps:
STEPS"""

LOOK = """\
  - id: look
    title: Look at the database
    action: verify
    verify:
      - {title: It is there, probe: rds.instance, with: {instance: orders-replica}, expect: status == "available", within: 20s, every: 1s}
"""

PROMOTE = """\
  - id: promote
    title: Promote
    action: rds.promote_replica
    with: {instance: orders-replica, source: orders-primary}
    retry: {attempts: 3, delay: 1s}
"""


def book(folder, steps, profile=None):
    path = folder / "book.yaml"
    path.write_text(BOOK.replace("PROFILE", f", profile: {profile}" if profile else "").replace("STEPS", steps))
    return path


def error(status, code, message="no"):
    body = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
    return status, "text/xml", body


class Service:
    """Keys whose names hold OTHER are of another account."""

    def __init__(self, instead=lambda call: None, after=lambda call: None, tls=None):
        """`instead` answers in the service's place before anything is done; `after` replaces the answer of what was done."""
        self.calls, self.promoted = [], False
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                form = dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
                key = re.search(r"Credential=([^/]+)/", self.headers["authorization"])[1]
                call = {"key": key, "operation": form["Action"], **form}
                service.calls.append(call)
                status, kind, body = instead(call) or service.answer(call)
                status, kind, body = after(call) or (status, kind, body)
                self.send_response(status)
                self.send_header("content-type", kind)
                if kind == "text/xml":
                    self.send_header("x-amzn-requestid", "r-1")
                self.send_header("content-length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """A client that does not like our certificate."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.scheme = "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
            self.scheme = "https"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.server.server_port}"

    def of(self, operation):
        """The keys of the calls of an operation."""
        return [call["key"] for call in self.calls if call["operation"] == operation]

    def answer(self, call):
        operation, account = call["operation"], OTHER if "OTHER" in call["key"] else ACCOUNT
        if operation == "GetCallerIdentity":
            result = f"<Arn>arn:aws:sts::{account}:assumed-role/dr/alice</Arn><UserId>U:alice</UserId><Account>{account}</Account>"
        elif operation == "AssumeRole":
            result = (
                "<Credentials><AccessKeyId>ASIASESSION</AccessKeyId><SecretAccessKey>secret-of-the-session</SecretAccessKey>"
                "<SessionToken>token-of-the-session</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>"
            )
        else:
            if operation == "PromoteReadReplica":
                self.promoted = True
            source = "" if self.promoted else "<ReadReplicaSourceDBInstanceIdentifier>orders-primary</ReadReplicaSourceDBInstanceIdentifier>"
            instance = (
                f"<DBInstance><DBInstanceIdentifier>orders-replica</DBInstanceIdentifier><DBInstanceStatus>available</DBInstanceStatus>{source}"
                f"<DBInstanceArn>arn:aws:rds:us-east-1:{account}:db:orders-replica</DBInstanceArn><DbiResourceId>db-1</DbiResourceId>"
                "<Engine>postgres</Engine><EngineVersion>16.4</EngineVersion><BackupRetentionPeriod>1</BackupRetentionPeriod>"
                "<Endpoint><Address>orders-replica.example.com</Address><Port>5432</Port></Endpoint></DBInstance>"
            )
            result = instance if operation == "PromoteReadReplica" else f"<DBInstances>{instance}</DBInstances>"
        return 200, "text/xml", f"<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>"
