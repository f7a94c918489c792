"""The untrusted class: a cluster and a network of its own, shared with no other job."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import pytest

from expanded_template import of_type, permissions, role_of, source, statements
from headrace.definitions.isolation import UNTRUSTED_FAMILIES
from headrace_client.exposures import exposures_of
from template_choices import ARN_OF_CLUSTER, chosen_of, made, text_of, values

ON = {"UntrustedClass": "ENABLED"}
TRUSTED, UNTRUSTED = (
    f"{ARN_OF_CLUSTER}{name}" for name in ("Cluster", "UntrustedCluster")
)
DEFINITION = "arn:AWS::Partition:ecs:AWS::Region:AWS::AccountId:task-definition/"
ROLE = "arn:AWS::Partition:iam::AWS::AccountId:role"


def allowed(action, resource, *, cluster=None, **chosen):
    """Whether the launch policy lets dispatch do this, with these parameters."""
    given = values(**chosen)
    policy = of_type("AWS::IAM::ManagedPolicy")["LaunchPolicy"]["PolicyDocument"]
    for statement in statements({"Statement": chosen_of(policy["Statement"], given)}):
        if not statement.allows or action not in statement.actions:
            continue
        clusters = statement.condition.get("ArnEquals", {}).get("ecs:cluster")
        if clusters is not None and text_of(clusters, given) != cluster:
            continue
        patterns = [text_of(each, given) for each in statement.resources]
        if any(fnmatchcase(resource, pattern) for pattern in patterns):
            return True
    return False


@pytest.mark.parametrize(
    ("family", "cluster", "is_allowed"),
    [
        ("headrace-job-report", TRUSTED, True),
        ("untrusted-job-report", UNTRUSTED, True),
        ("headrace-job-report", UNTRUSTED, False),
        ("untrusted-job-report", TRUSTED, False),
        ("report", TRUSTED, False),
        ("report", UNTRUSTED, False),
    ],
)
def test_each_class_runs_its_own_families_on_its_own_cluster(
    family, cluster, is_allowed
):
    resource = f"{DEFINITION}{family}:7"
    assert allowed("ecs:RunTask", resource, cluster=cluster, **ON) is is_allowed


def test_without_the_class_nothing_of_it_may_be_run_or_handed_over():
    family, role = (
        f"{DEFINITION}untrusted-job-report:7",
        f"{ROLE}/untrusted/headrace/jobs/x",
    )
    assert not allowed("ecs:RunTask", family, cluster=UNTRUSTED)
    assert not allowed("iam:PassRole", role)
    assert allowed("iam:PassRole", role, **ON)


def pattern_of(parameter):
    return re.compile(source()["Parameters"][parameter]["AllowedPattern"])


@pytest.mark.parametrize(
    "prefix", ["unt", "untrusted", "untrusted-job-", "untrusted-x"]
)
def test_no_prefix_of_trusted_families_covers_an_untrusted_one(prefix):
    assert not pattern_of("JobFamilyPrefix").match(prefix)


def test_untrusted_families_are_told_by_their_name():
    pattern = pattern_of("UntrustedJobFamilyPrefix")
    assert pattern.match(UNTRUSTED_FAMILIES)
    assert pattern.match("untrusted-job-")
    assert not pattern.match("headrace-job-")
    assert pattern_of("JobFamilyPrefix").match("under-")


def test_no_path_of_trusted_roles_covers_an_untrusted_one():
    trusted, untrusted = pattern_of("JobRolePath"), pattern_of("UntrustedJobRolePath")
    for path in ("/untrusted/", "/untrusted/headrace/jobs/"):
        assert untrusted.match(path)
        assert not trusted.match(path)
    assert trusted.match("/headrace/jobs/")
    assert not untrusted.match("/headrace/jobs/")


def test_nothing_of_the_class_is_made_unless_asked_for():
    assert not any(each.startswith("Untrusted") for each in made())
    assert all(each.startswith("Untrusted") for each in made(**ON) - made())


def test_the_network_has_no_way_out_but_its_endpoints():
    own = made("AWS::EC2::", **ON) - made("AWS::EC2::")
    kinds = {source()["Resources"][each]["Type"] for each in own}
    assert kinds == {
        "AWS::EC2::VPC",
        "AWS::EC2::Subnet",
        "AWS::EC2::RouteTable",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::VPCEndpoint",
    }
    for name, route in of_type("AWS::EC2::Route").items():
        assert route["RouteTableId"] != {"Ref": "UntrustedRouteTable"}, name


def endpoints_of(kind):
    endpoints = of_type("AWS::EC2::VPCEndpoint").items()
    return {name: each for name, each in endpoints if name.startswith(kind)}


def test_the_endpoints_are_those_that_a_task_needs_to_start_and_to_log():
    endpoints = endpoints_of("Untrusted").values()
    services = {each["ServiceName"]["Fn::Sub"].partition("}.")[2] for each in endpoints}
    assert services == {"ecr.api", "ecr.dkr", "logs", "s3"}


def test_an_endpoint_is_of_use_for_this_account_only():
    for name, endpoint in endpoints_of("Untrusted").items():
        first, *rest = statements(endpoint["PolicyDocument"])
        if endpoint["VpcEndpointType"] == "Gateway":
            (bucket,) = first.resources
            assert bucket["Fn::Sub"].endswith(
                ":::prod-${AWS::Region}-starport-layer-bucket/*"
            )
            assert (first.actions, rest) == (("s3:GetObject",), [])
        else:
            for statement in (first, *rest):
                assert statement.condition == {
                    "StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}
                }, name


def test_nothing_can_connect_to_an_untrusted_task():
    groups = of_type("AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in groups["UntrustedSecurityGroup"]
    (rule,) = groups["UntrustedSecurityGroup"]["SecurityGroupEgress"]
    assert (rule["FromPort"], rule["ToPort"]) == (443, 443)


def test_reconcile_looks_after_both_clusters():
    for statement in permissions(role_of("ReconcileFunction")):
        if "ArnEquals" not in statement.condition or "ecs:RunTask" in statement.actions:
            continue
        clusters = statement.condition["ArnEquals"]["ecs:cluster"]
        for chosen, expected in (({}, [TRUSTED]), (ON, [TRUSTED, UNTRUSTED])):
            given = values(**chosen)
            decided = chosen_of(clusters, given)
            assert [text_of(each, given) for each in decided] == expected


def test_events_of_both_clusters_are_taken():
    (rule,) = of_type("AWS::Events::Rule").values()
    clusters = rule["EventPattern"]["detail"]["clusterArn"]
    for chosen, expected in (({}, [TRUSTED]), (ON, [TRUSTED, UNTRUSTED])):
        given = values(**chosen)
        decided = chosen_of(clusters, given)
        assert [text_of(each, given) for each in decided] == expected


def test_the_untrusted_example_leaves_nothing_open():
    task = of_type("AWS::ECS::TaskDefinition")["UntrustedExampleTaskDefinition"]
    given = values(**ON)
    assert list(exposures_of(as_ecs_shows(chosen_of(task, given)))) == []
    assert text_of(task["Family"], given) == "untrusted-job-example"
    role = of_type("AWS::IAM::Role")["UntrustedExampleExecutionRole"]
    assert role["Path"] == {"Ref": "UntrustedJobRolePath"}


def as_ecs_shows(node):
    """A resource's properties with ECS's names: the first letter is a small one."""
    if isinstance(node, dict):
        return {
            key[0].lower() + key[1:]: as_ecs_shows(each) for key, each in node.items()
        }
    if isinstance(node, list):
        return [as_ecs_shows(each) for each in node]
    return node
