"""What `lifeboat plan` prints, read by those it is for: Graphviz, a linter of IAM policies, and an emulator that enforces them."""

import contextlib
import io
import json
import os
import shutil
import subprocess

import boto3
import pytest

with contextlib.redirect_stderr(io.StringIO()):
    from parliament import analyze_policy_string

from emulators import HERE, REGION, RUNBOOKS, Emulator, free_port, lifeboat, make_zone

ROOT = HERE.parent.parent
PLANS = [
    [ROOT / "runbooks/regional_failover.yaml"],
    [ROOT / "runbooks/regional_failback.yaml"],
    [ROOT / "tests/runbooks/branching.yaml", "-p", "instance=orders"],
]


def plan(folder, form, arguments):
    ended = lifeboat(folder, "http://127.0.0.1:9", "plan", *arguments, "--output", form)
    assert ended.code == 0, ended
    return ended.out


def policies(folder, arguments):
    found = json.loads(plan(folder, "iam", arguments))
    return [one["policy"] for one in found] if isinstance(found, list) else [found]


@pytest.mark.parametrize("arguments", PLANS, ids=lambda arguments: arguments[0].stem)
@pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")
def test_graphviz_draws_every_step_and_nothing_else(tmp_path, arguments):
    graph = plan(tmp_path, "dot", arguments)
    drawn = subprocess.run(["dot", "-Tjson0"], input=graph, capture_output=True, text=True, check=True)
    assert drawn.stderr == ""
    drawn, steps = json.loads(drawn.stdout), json.loads(plan(tmp_path, "json", arguments))["steps"]
    nodes = [one for one in drawn["objects"] if not one["name"].startswith("cluster_")]
    assert [one["label"].split("\\n")[0] for one in nodes] == [step["id"] for step in steps]
    names = {step["id"]: number for number, step in enumerate(steps)}
    wanted = {(names[need], names[step["id"]]) for step in steps for need in step["needs"]}
    number = {one["_gvid"]: int(one["name"][1:]) for one in nodes}
    assert {(number[edge["tail"]], number[edge["head"]]) for edge in drawn["edges"]} == wanted


@pytest.mark.parametrize("arguments", PLANS, ids=lambda arguments: arguments[0].stem)
def test_a_linter_of_policies_finds_nothing(tmp_path, arguments):
    """It knows from the Service Authorization Reference which actions, resource types and condition keys there are."""
    for policy in policies(tmp_path, arguments):
        findings = analyze_policy_string(json.dumps(policy)).findings
        assert not findings, [str(finding) for finding in findings]


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """ministack, which allows nobody anything that no policy allows."""
    folder, port = tmp_path_factory.mktemp("strict"), free_port()
    environment = {
        "PORT": port,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(folder),
        "HOME": str(folder),
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": "root-key",
        "AWS_SECRET_ACCESS_KEY": "root-secret",
    }
    emulator = Emulator("ministack", [], environment, "Running on")
    emulator.client = lambda service: boto3.client(
        service,
        endpoint_url=emulator.url,
        region_name=REGION,
        aws_access_key_id="root-key",
        aws_secret_access_key="root-secret",
    )
    emulator.zone = make_zone(emulator)
    yield emulator
    emulator.stop()


def for_ministack(policy):
    """It has no resource for a change and asks about `*`; the rest of the policy is as it was printed."""
    (change,) = [one for one in policy["Statement"] if one["Action"] == ["route53:GetChange"]]
    assert change["Resource"] == ["arn:aws:route53:::change/*"]
    change["Resource"] = ["*"]
    return policy


def as_user(strict, name, policy):
    """A user with this policy alone; lifeboat runs with its keys."""
    iam = strict.client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="plan", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def run(folder, *arguments):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AWS_ENDPOINT_URL": strict.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            **keys,
        }
        return subprocess.run(
            [os.environ["LIFEBOAT_BIN"], *map(str, arguments)],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def test_a_user_with_the_policy_and_nothing_else_can_run_it(strict, tmp_path):
    runbook = RUNBOOKS / "shift.yaml"
    (policy,) = policies(tmp_path, [runbook])
    ended = as_user(strict, "enough", for_ministack(policy))(tmp_path, "run", runbook, "--yes", "-p", "us=99")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_with_less_it_cannot(strict, tmp_path):
    runbook = RUNBOOKS / "shift.yaml"
    (policy,) = policies(tmp_path, [runbook])
    less = {**policy, "Statement": [one for one in policy["Statement"] if "route53:ChangeResourceRecordSets" not in one["Action"]]}
    assert len(less["Statement"]) == len(policy["Statement"]) - 1
    ended = as_user(strict, "less", for_ministack(less))(tmp_path, "run", runbook, "--yes", "-p", "us=98")
    assert ended.returncode != 0 and "route53:ChangeResourceRecordSets" in ended.stdout + ended.stderr, ended
