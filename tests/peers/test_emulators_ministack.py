"""lifeboat against ministack: a record change that is PENDING first."""

import pytest

from emulators import RUNBOOKS, Recorder, lifeboat, make_zone, ministack, record_sets, weights

RUNBOOK = RUNBOOKS / "shift.yaml"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    emulator = ministack(tmp_path_factory.mktemp("ministack"))
    yield emulator
    emulator.stop()


@pytest.fixture
def aws(server):
    """A zone of its own for each test."""
    route53 = server.client("route53")
    for zone in route53.list_hosted_zones()["HostedZones"]:
        sets = [one for one in record_sets(server, zone["Id"]) if one["Type"] not in ("NS", "SOA")]
        changes = [{"Action": "DELETE", "ResourceRecordSet": one} for one in sets]
        route53.change_resource_record_sets(HostedZoneId=zone["Id"], ChangeBatch={"Changes": changes})
        route53.delete_hosted_zone(Id=zone["Id"])
    server.zone = make_zone(server)
    return server


def test_a_shift_waits_until_the_change_is_in_sync(aws, tmp_path):
    with Recorder(aws) as recorder:
        ended = lifeboat(tmp_path, recorder.url, "run", RUNBOOK, "--yes")
    assert ended.code == 0, ended
    assert weights(aws, aws.zone) == {"eu": 0, "us": 100, "canary": 3}
    assert len(recorder.changes) == 1, recorder.changes
    looks = [call.answer for call in recorder.calls if "/change/" in call.operation]
    assert len(looks) >= 2 and "PENDING" in looks[0] and "INSYNC" in looks[-1], looks


def test_a_dry_run_changes_nothing(aws, tmp_path):
    before = record_sets(aws, aws.zone)
    with Recorder(aws) as recorder:
        ended = lifeboat(tmp_path, recorder.url, "run", RUNBOOK, "--dry-run")
    assert ended.code == 0, ended
    assert recorder.changes == []
    assert record_sets(aws, aws.zone) == before


def test_an_unknown_set_is_named_with_those_that_exist(aws, tmp_path):
    misspelt = tmp_path / "misspelt.yaml"
    misspelt.write_text(RUNBOOK.read_text().replace("weights: {us:", "weights: {usa:"))
    with Recorder(aws) as recorder:
        ended = lifeboat(tmp_path, recorder.url, "run", misspelt, "--yes")
    # Paused where it can be resumed: the mistake may be in the estate and not in the runbook.
    assert ended.code == 5, ended
    assert "api.example.com A has no set usa; it has" in ended.out + ended.err, ended
    assert recorder.changes == []
    assert weights(aws, aws.zone) == {"eu": 100, "us": 0, "canary": 3}


def test_two_zones_of_one_name_are_not_guessed_between(aws, tmp_path):
    aws.client("route53").create_hosted_zone(Name="example.com", CallerReference="second")
    with Recorder(aws) as recorder:
        ended = lifeboat(tmp_path, recorder.url, "run", RUNBOOK, "--yes")
    assert ended.code == 5, ended
    assert "there are 2 public hosted zones called example.com" in ended.out + ended.err, ended
    assert recorder.changes == []
