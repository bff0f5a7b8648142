"""lifeboat against moto: node groups and records. What happened is asked of moto by boto3, never of lifeboat."""

import pytest

from emulators import (
    RECORDS,
    RUNBOOKS,
    Recorder,
    free_port,
    lifeboat,
    make_nodegroup,
    make_zone,
    moto,
    nodegroup,
    record_sets,
    weights,
)

RUNBOOK = RUNBOOKS / "scale_and_shift.yaml"


@pytest.fixture(scope="module")
def server():
    emulator = moto()
    yield emulator
    emulator.stop()


@pytest.fixture
def aws(server):
    """An estate of its own for each test."""
    import urllib.request

    urllib.request.urlopen(urllib.request.Request(f"{server.url}/moto-api/reset", method="POST")).close()
    server.zone = make_zone(server)
    make_nodegroup(server)
    return server


def estate(aws):
    return nodegroup(aws), record_sets(aws, aws.zone)


def test_a_run_scales_and_shifts(aws, tmp_path):
    with Recorder(aws) as recorder:
        ended = lifeboat(tmp_path, recorder.url, "run", RUNBOOK, "--yes", "--output", "json")
    assert ended.code == 0, ended
    assert nodegroup(aws)["scalingConfig"] == {"minSize": 12, "desiredSize": 12, "maxSize": 40}
    assert weights(aws, aws.zone) == {"eu": 0, "us": 100, "canary": 3}
    # Nothing but the weights has changed in the sets, and nothing was called twice.
    kept = {one["SetIdentifier"]: (one["TTL"], one["ResourceRecords"]) for one in record_sets(aws, aws.zone) if "SetIdentifier" in one}
    assert kept == {record["SetIdentifier"]: (record["TTL"], record["ResourceRecords"]) for record in RECORDS}
    assert len(recorder.changes) == 2, recorder.changes
    # Each call says in the user agent which step made it.
    makers = [call.agent.split("app/")[1].split()[0] for call in recorder.calls if call.mutating]
    assert [maker.split("~")[1] for maker in makers] == ["scale", "shift"], makers


def test_a_second_run_finds_everything_done(aws, tmp_path):
    assert lifeboat(tmp_path, aws.url, "run", RUNBOOK, "--yes").code == 0
    before = estate(aws)
    with Recorder(aws) as recorder:
        ended = lifeboat(tmp_path, recorder.url, "run", RUNBOOK, "--yes")
    assert ended.code == 0, ended
    assert recorder.changes == []
    assert estate(aws) == before


def test_a_dry_run_reads_everything_and_changes_nothing(aws, tmp_path):
    before = estate(aws)
    with Recorder(aws) as recorder:
        ended = lifeboat(tmp_path, recorder.url, "run", RUNBOOK, "--dry-run")
    assert ended.code == 0, ended
    assert recorder.changes == []
    assert any("node-groups/general" in call.operation for call in recorder.calls)
    assert any("rrset" in call.operation for call in recorder.calls)
    assert estate(aws) == before
    for shown in ("eks:UpdateNodegroupConfig", "route53:ChangeResourceRecordSets", "DRY RUN"):
        assert shown in ended.out, ended


def test_the_wrong_account_is_refused_before_anything_else(aws, tmp_path):
    before = estate(aws)
    with Recorder(aws) as recorder:
        ended = lifeboat(tmp_path, recorder.url, "run", RUNBOOK, "--yes", "--param", "account=999999999999")
    assert ended.code == 3, ended
    assert {call.operation for call in recorder.calls} == {"GetCallerIdentity"}
    assert "999999999999" in ended.out + ended.err and "123456789012" in ended.out + ended.err, ended
    assert estate(aws) == before


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ("nodegroup=genral", "cluster core-dr has no node group genral; it has general"),
        ("cluster=core-rd", "no cluster core-rd; there is core-dr"),
        # The zone of another name is found before anything is run.
            ("zone=api.example.com", "no hosted zone api.example.com"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(aws, tmp_path, parameter, said):
    ended = lifeboat(tmp_path, aws.url, "run", RUNBOOK, "--yes", "--param", parameter)
    # Paused where it can be resumed: the mistake may be in the estate and not in the runbook.
    assert ended.code == 5, ended
    assert said in ended.out + ended.err, ended
    assert weights(aws, aws.zone) == {"eu": 100, "us": 0, "canary": 3}


def test_without_credentials_nothing_begins(aws, tmp_path):
    with Recorder(aws) as recorder:
        ended = lifeboat(tmp_path, recorder.url, "run", RUNBOOK, "--yes", credentials=False)
    assert ended.code == 3, ended
    assert recorder.changes == []
    assert "no credentials" in ended.out + ended.err and "aws sts get-caller-identity" in ended.out + ended.err, ended


def test_an_endpoint_that_is_not_there_is_said(tmp_path):
    ended = lifeboat(tmp_path, f"http://127.0.0.1:{free_port()}", "run", RUNBOOK, "--yes")
    assert ended.code == 3, ended
    assert "Connection refused" in ended.out + ended.err, ended


def with_target(folder, more):
    """The runbook with more about its target."""
    runbook = folder / "targeted.yaml"
    text = RUNBOOK.read_text()
    plain = 'dr: {region: us-east-1, account: "${{ params.account }}"}'
    assert plain in text
    runbook.write_text(text.replace(plain, plain[:-1] + f", {more}}}"))
    return runbook


def test_a_role_is_assumed_in_the_users_name(aws, tmp_path):
    runbook = with_target(tmp_path, 'role: "arn:aws:iam::123456789012:role/dr-operator", external_id: ticket-7')
    with Recorder(aws) as recorder:
        ended = lifeboat(tmp_path, recorder.url, "run", runbook, "--yes")
    assert ended.code == 0, ended
    assert "assumed-role/dr-operator/lifeboat-peer" in ended.out, ended
    assumed = [call for call in recorder.calls if call.operation == "AssumeRole"]
    # Once for the whole run: credentials are kept.
    assert len(assumed) == 1


def test_a_profile_is_taken_before_the_environment_and_must_be_there(aws, tmp_path):
    runbook = with_target(tmp_path, "profile: dr-operator")
    ended = lifeboat(tmp_path, aws.url, "run", runbook, "--yes")
    assert ended.code == 3, ended
    assert "there is no profile `dr-operator` in" in ended.out + ended.err, ended
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text("[dr-operator]\naws_access_key_id = other\naws_secret_access_key = other\n")
    ended = lifeboat(tmp_path, aws.url, "run", runbook, "--yes")
    assert ended.code == 0, ended
