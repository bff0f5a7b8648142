"""The way between lifeboat and AWS: what stands on it, whose credentials are used, and what is said when there is no way."""

import datetime
import ipaddress
import json
import os
import pty
import select
import socket
import subprocess
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from service import ACCOUNT, LOOK, OTHER, PROMOTE, Service, book, error

CONFIRMED = ("--yes", "--confirm", "promote=orders-replica", "--output", "line")


def environment(folder, endpoint=None, **more):
    """The environment of a lifeboat that knows of nothing else."""
    known = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "USER": "peer",
        "AWS_EC2_METADATA_DISABLED": "true",
        "LIFEBOAT_STATE_DIR": str(folder / "state"),
    }
    if endpoint:
        known["AWS_ENDPOINT_URL"] = endpoint
    return known | more


KEYS = {"AWS_ACCESS_KEY_ID": "AKIAPEER", "AWS_SECRET_ACCESS_KEY": "secret-of-the-peer"}


def lifeboat(folder, *arguments, **env):
    program = [os.environ["LIFEBOAT_BIN"], *map(str, arguments)]
    ended = subprocess.run(program, env=environment(folder, **env), cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    ended.said = ended.stdout + ended.stderr
    return ended


def profiles(folder, config, credentials=""):
    (folder / ".aws").mkdir(exist_ok=True)
    (folder / ".aws/config").write_text(config)
    (folder / ".aws/credentials").write_text(credentials)


PAGE = "<html><body>Request timed out at the proxy</body></html>"


@pytest.mark.parametrize("status", [403, 404, 408, 429, 499])
def test_a_page_after_the_call_took_effect_is_no_reason_to_send_it_again(tmp_path, status):
    first = []

    def after(call):
        if call["operation"] == "PromoteReadReplica" and not first:
            first.append(call)
            return status, "text/html", PAGE
        return None

    with Service(after=after) as service:
        ended = lifeboat(tmp_path, "run", book(tmp_path, PROMOTE), *CONFIRMED, endpoint=service.url, **KEYS)
    assert service.of("PromoteReadReplica") == ["AKIAPEER"], ended.said
    assert ended.returncode == 0, ended.said
    assert "in doubt" in ended.stdout, ended.said


def test_credentials_of_another_account_promote_nothing(tmp_path):
    (tmp_path / "key").write_text("AKIAFIRST")
    program = tmp_path / "keys.sh"
    program.write_text(
        f"""#!/bin/sh
echo "{{\\"Version\\":1,\\"AccessKeyId\\":\\"$(cat {tmp_path}/key)\\",\\"SecretAccessKey\\":\\"secret-of-the-key\\",\\"Expiration\\":\\"$(date -u -d '+20 seconds' +%Y-%m-%dT%H:%M:%SZ)\\"}}"
"""
    )
    program.chmod(0o755)
    profiles(tmp_path, f"[profile ops]\nregion = us-east-1\ncredential_process = {program}\n")

    # Somebody logs in elsewhere the moment the last look before the call has been taken.
    def after(call):
        if len(service.of("DescribeDBInstances")) >= 2:
            (tmp_path / "key").write_text("AKIAOTHER")
        return None

    with Service(after=after) as service:
        ended = lifeboat(tmp_path, "run", book(tmp_path, PROMOTE, "ops"), *CONFIRMED, endpoint=service.url)
    assert service.of("PromoteReadReplica") == [], ended.said
    assert ended.returncode == 5, ended.said
    assert f"gives credentials of account {OTHER} now" in ended.said, ended.said
    assert f"this run acts in account {ACCOUNT}" in ended.said, ended.said


def test_new_keys_are_taken_up_without_leaving(tmp_path):
    def keys(key):
        profiles(
            tmp_path,
            "[profile ops]\nregion = us-east-1\n",
            f"[ops]\naws_access_key_id = {key}\naws_secret_access_key = secret-of-{key}\naws_session_token = token-of-{key}\n",
        )

    def instead(call):
        if call["key"] == "AKIAOLD" and call["operation"] != "GetCallerIdentity":
            if len(service.of("DescribeDBInstances")) == 3:
                keys("AKIANEW")
            return error(403, "ExpiredToken", "The security token included in the request is expired")
        return None

    keys("AKIAOLD")
    with Service(instead=instead) as service:
        ended = lifeboat(tmp_path, "run", book(tmp_path, LOOK, "ops"), "--yes", endpoint=service.url)
    assert ended.returncode == 0, ended.said
    assert service.of("DescribeDBInstances")[-1] == "AKIANEW"


def test_sts_that_throttles_at_the_start_is_waited_for(tmp_path):
    def instead(call):
        return error(400, "Throttling", "Rate exceeded") if call["operation"] == "GetCallerIdentity" and len(service.calls) < 6 else None

    with Service(instead=instead) as service:
        ended = lifeboat(tmp_path, "run", book(tmp_path, LOOK), "--yes", endpoint=service.url, **KEYS)
    assert ended.returncode == 0, ended.said


def proxy():
    """What is asked of a proxy that opens no way; its address, and the first lines that it was sent."""
    listener, asked = socket.create_server(("127.0.0.1", 0)), []

    def serve():
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(5)
                asked.append(connection.recv(4096).split(b"\r\n")[0].decode())
                connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}", asked


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_the_proxy_of_the_environment_is_used(tmp_path, variable):
    address, asked = proxy()
    ended = lifeboat(tmp_path, "run", book(tmp_path, LOOK), "--yes", **KEYS, **{variable: address})
    assert ended.returncode == 3, ended.said
    assert asked and all(line.startswith("CONNECT sts.us-east-1.amazonaws.com:443") for line in asked), ended.said


def test_what_no_proxy_names_is_reached_directly(tmp_path):
    address, asked = proxy()
    with Service() as service:
        variables = {"HTTP_PROXY": address, "NO_PROXY": "localhost,127.0.0.1", **KEYS}
        ended = lifeboat(tmp_path, "run", book(tmp_path, LOOK), "--yes", endpoint=service.url, **variables)
    assert (ended.returncode, asked) == (0, []), ended.said


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A private authority, and a certificate for 127.0.0.1 that it has signed, with its key."""
    folder = tmp_path_factory.mktemp("authority")
    now = datetime.datetime.now(datetime.timezone.utc)

    def certificate(name, key, issuer, signer, extension, critical):
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer or subject).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        builder = builder.not_valid_after(now + datetime.timedelta(days=2)).add_extension(extension, critical)
        return builder.sign(signer, hashes.SHA256())

    root, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    top = certificate("a private authority", root, None, root, x509.BasicConstraints(True, None), True)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    leaf = certificate("127.0.0.1", own, top.subject, root, names, False)
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(top.public_bytes(pem))
    key = own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "service.pem").write_bytes(leaf.public_bytes(pem) + key)
    return folder


def test_authorities_of_the_environment_and_of_a_profile_are_trusted(tmp_path, authority):
    with Service(tls=authority / "service.pem") as service:
        def look(profile=None, **env):
            return lifeboat(tmp_path, "run", book(tmp_path, LOOK, profile), "--yes", endpoint=service.url, **env)

        unknown = look(**KEYS)
        assert unknown.returncode == 3, unknown.said
        assert "UnknownIssuer" in unknown.said and "AWS_CA_BUNDLE" in unknown.said and "SSL_CERT_FILE" in unknown.said, unknown.said
        trusted = look(**KEYS, AWS_CA_BUNDLE=str(authority / "ca.pem"))
        assert trusted.returncode == 0, trusted.said
        keys = "aws_access_key_id = AKIAPEER\naws_secret_access_key = secret-of-the-peer\n"
        profiles(tmp_path, f"[profile ops]\nca_bundle = {authority}/ca.pem\n{keys}")
        of_profile = look("ops")
        assert of_profile.returncode == 0, of_profile.said
        missing = look(**KEYS, AWS_CA_BUNDLE="/nowhere/ca.pem")
        assert missing.returncode == 3, missing.said
        assert "AWS_CA_BUNDLE is /nowhere/ca.pem, which cannot be read" in missing.said, missing.said


def test_what_takes_the_place_of_aws_is_said_everywhere(tmp_path):
    with Service() as service:
        env = {"endpoint": service.url, **KEYS}
        ended = lifeboat(tmp_path, "run", book(tmp_path, LOOK), "--yes", "--output", "line", **env)
        assert ended.returncode == 0, ended.said
        lines = [line for line in ended.stdout.splitlines() if line.startswith("LIVE")]
        assert lines and all(line.startswith(f"LIVE via {service.url} ") for line in lines), ended.said
        assert f"it does not go to AWS but to {service.url}" in lines[0], lines[0]
        assert service.url.split("//")[1] in lifeboat(tmp_path, "report").stdout
        assert f"LIVE via {service.url}" in lifeboat(tmp_path, "runs").stdout
        began = json.loads(lifeboat(tmp_path, "run", book(tmp_path, LOOK), "--dry-run", "--yes", "--output", "json", **env).stdout.splitlines()[0])
        assert (began["event"], began["endpoints"]) == ("run_started", [{"url": service.url, "targets": ["dr"]}]), began
        one = {"AWS_ENDPOINT_URL_RDS": service.url, "AWS_ENDPOINT_URL_STS": service.url, **KEYS}
        ended = lifeboat(tmp_path, "run", book(tmp_path, LOOK), "--yes", "--output", "line", **one)
        assert f"LIVE via {service.url} (rds, sts) " in ended.stdout, ended.said


def test_a_run_is_not_taken_up_on_another_way(tmp_path):
    with Service() as service, Service() as other:
        never = LOOK.replace('status == "available"', 'status == "never"').replace("20s", "1m")
        process = subprocess.Popen(
            [os.environ["LIFEBOAT_BIN"], "run", str(book(tmp_path, never)), "--yes", "--output", "line"],
            env=environment(tmp_path, service.url, **KEYS),
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for line in process.stdout:
            if "the proof" in line:
                break
        for _ in range(2):
            process.terminate()
            time.sleep(0.2)
        process.communicate(timeout=30)
        refused = lifeboat(tmp_path, "resume", "latest", "--yes", endpoint=other.url, **KEYS)
        assert refused.returncode == 3, refused.said
        assert f"the run went to {service.url} when it began, and its calls would go to {other.url} now" in refused.said, refused.said
        assert {call["operation"] for call in other.calls} <= {"GetCallerIdentity"}


def test_a_code_is_asked_for_on_the_terminal(tmp_path):
    profiles(
        tmp_path,
        "[profile base]\nregion = us-east-1\n[profile dr-operator]\nrole_arn = arn:aws:iam::123456789012:role/dr\nsource_profile = base\n"
        "mfa_serial = arn:aws:iam::123456789012:mfa/alice\n",
        "[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = secret-of-the-base\n",
    )

    def instead(call):
        return error(403, "AccessDenied") if call["operation"] == "AssumeRole" and call.get("TokenCode") != "123456" else None

    with Service(instead=instead) as service:
        without = lifeboat(tmp_path, "run", book(tmp_path, LOOK, "dr-operator"), "--yes", endpoint=service.url)
        assert without.returncode == 3, without.said
        assert "profile dr-operator wants a code of the MFA device arn:aws:iam::123456789012:mfa/alice" in without.said, without.said

        master, slave = pty.openpty()
        process = subprocess.Popen(
            [os.environ["LIFEBOAT_BIN"], "run", str(book(tmp_path, LOOK, "dr-operator")), "--yes", "--output", "line"],
            env=environment(tmp_path, service.url), cwd=tmp_path, stdin=slave, stdout=slave, stderr=slave,
        )
        os.close(slave)
        said = ""
        for expected, answer in [("for profile dr-operator: ", b"999999\n"), ("not taken", None), ("for profile dr-operator: ", b"123456\n"), ("record", None)]:
            until = time.monotonic() + 60
            while expected not in said and time.monotonic() < until:
                if select.select([master], [], [], 1)[0]:
                    try:
                        said += os.read(master, 65536).decode(errors="replace")
                    except OSError:
                        break
            assert expected in said, said
            said = said.split(expected, 1)[1]
            if answer:
                os.write(master, answer)
        assert process.wait(timeout=60) == 0
        os.close(master)
        assert set(service.of("DescribeDBInstances")) == {"ASIASESSION"}


def test_what_no_profile_gives_is_said_once_and_with_what_helps(tmp_path):
    profiles(
        tmp_path,
        "[profile dead]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dr\n[sso-session corp]\nsso_region = us-east-1\n"
        "sso_start_url = https://corp.awsapps.example/start\n[profile in]\nlogin_session = arn:aws:iam::123456789012:user/alice\n",
    )

    def look(profile):
        """To one reader, as on a terminal: what both streams say."""
        program = [os.environ["LIFEBOAT_BIN"], "run", str(book(tmp_path, LOOK, profile)), "--yes", "--output", "line"]
        ended = subprocess.run(
            program, env=environment(tmp_path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60
        )
        assert ended.returncode == 3, ended.stdout
        return ended.stdout

    missing = look("daed")
    assert missing.count("there is no profile `daed` in") == 1, missing
    assert "there are: dead, in" in missing, missing
    assert look("dead").count("`aws sso login --profile dead`") == 1
    login = look("in")
    assert login.count("profile in is one of `aws login`") == 1 and "cargo" not in login, login
    # Whoever reads only one of the two learns it, too.
    apart = lifeboat(tmp_path, "run", book(tmp_path, LOOK, "daed"), "--yes", "--output", "line")
    assert (apart.stdout.count("there is no profile"), apart.stderr.count("there is no profile")) == (1, 1), apart.said
