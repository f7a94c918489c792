"""The shape of the deployed system, and of the page that describes it."""

from __future__ import annotations

import re

import pytest

from expanded_template import ROOT, TEMPLATE_PATH, expanded, of_type, source, target
from template_choices import chosen_of, made, values

FUNCTIONS = (
    "DispatchFunction",
    "RecordFunction",
    "ReconcileFunction",
    "AnnounceFunction",
)
KEYS = {
    "due": ("duePk", "nextAt"),
    "ready": ("readyPk", "readySk"),
    "byTenant": ("tenantBucket", "listedAt"),
    "byJobName": ("nameBucket", "listedAt"),
    "byStatus": ("statusBucket", "listedAt"),
    "byCorrelation": ("correlationBucket", "listedAt"),
}


def keys_of(table_or_index):
    return tuple(key["AttributeName"] for key in table_or_index["KeySchema"])


def test_outputs_are_those_that_people_rely_on():
    assert set(source()["Outputs"]) == {
        "RequestQueueUrl",
        "RequestQueueArn",
        "PublisherPolicyArn",
        "ReaderPolicyArn",
        "RegistrarPolicyArn",
        "JobParametersPolicyArn",
        "OperatorPolicyArn",
        "JobTableName",
        "DispatchFunctionName",
        "ScheduleGroupName",
        "SchedulerRoleArn",
        "RequestDeadLetterQueueArn",
        "SchedulerPolicyArn",
        "ParameterBucketName",
        "EventBusName",
        "AnnounceFunctionName",
        "ClusterName",
        "InstanceCapacityProvider",
        "UntrustedClusterName",
        "UntrustedJobFamilyPrefix",
        "UntrustedJobRolePath",
        "DeploymentId",
        "JobFamilyPrefix",
        "JobRolePath",
        "LaunchesPerSecond",
        "TaskEventQueueUrl",
        "RequestDeadLetterQueueUrl",
        "TaskEventDeadLetterQueueUrl",
        "TaskEventRuleDeadLetterQueueUrl",
        "ScheduleDeadLetterQueueUrl",
        "AnnounceDeadLetterQueueUrl",
        "DispatchLogGroupName",
        "RecordLogGroupName",
    }


def test_every_output_and_parameter_says_what_it_is():
    for section in ("Outputs", "Parameters"):
        for name, entry in source()[section].items():
            assert entry.get("Description", "").endswith("."), name


def test_every_parameter_has_a_default():
    without = [
        name for name, entry in source()["Parameters"].items() if "Default" not in entry
    ]
    assert without == []


def test_every_parameter_is_offered_in_a_group():
    groups = source()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    offered = [name for group in groups for name in group["Parameters"]]
    assert sorted(offered) == sorted(source()["Parameters"])


def test_every_resource_has_a_comment_of_its_own():
    lines = TEMPLATE_PATH.read_text().splitlines()
    start = lines.index("Resources:")
    end = lines.index("Outputs:")
    named = {
        lines[number].strip(" :"): lines[number - 1]
        for number in range(start, end)
        if re.fullmatch(r"  [A-Za-z0-9]+:", lines[number])
    }
    assert set(named) == set(source()["Resources"])
    without = [
        name
        for name, comment in named.items()
        if not re.fullmatch(r"  # [^-].*\.", comment)
    ]
    assert without == []


def test_the_contents_name_the_sections_in_their_order():
    text = TEMPLATE_PATH.read_text()
    contents = re.findall(r"^#   (\d+\. [A-Z][a-z ]+?)  ", text, re.MULTILINE)
    sections = re.findall(r"^  # -- (\d+\. .+?) -+$", text, re.MULTILINE)
    assert sections == contents
    assert len(sections) == 11


@pytest.mark.parametrize("function_id", FUNCTIONS)
def test_every_function_is_the_same_kind_of_plug(function_id):
    function = of_type("AWS::Lambda::Function")[function_id]
    stage = function_id.removesuffix("Function").lower()
    written = source()["Resources"][function_id]["Properties"]
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == [{"Ref": "Architecture"}]
    assert function["Handler"] == "app.handler"
    assert function["Timeout"] == 60
    assert written["CodeUri"] == f"functions/{stage}/"
    assert function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == stage
    layers = [target(layer) for layer in function["Layers"]]
    assert [re.sub("[0-9a-f]{10}$", "", layer) for layer in layers] == [
        "DependenciesLayer",
        "HeadraceLayer",
    ]


def test_functions_run_on_arm_unless_told_otherwise():
    assert source()["Parameters"]["Architecture"]["Default"] == "arm64"


@pytest.mark.parametrize("layer_id", ["DependenciesLayer", "HeadraceLayer"])
def test_a_layer_fits_both_architectures_and_its_makefile_builds_it(layer_id):
    layer = source()["Resources"][layer_id]
    assert layer["Metadata"] == {"BuildMethod": "makefile"}
    assert layer["Properties"]["CompatibleArchitectures"] == ["arm64", "x86_64"]
    makefile = ROOT / layer["Properties"]["ContentUri"] / "Makefile"
    assert f"\nbuild-{layer_id}:" in makefile.read_text()


def test_the_table_is_paid_by_use_streams_both_images_and_forgets_by_itself():
    (table,) = of_type("AWS::DynamoDB::Table").values()
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["TimeToLiveSpecification"] == {
        "AttributeName": "expiresAt",
        "Enabled": True,
    }


def test_the_table_is_keyed_and_indexed_as_the_library_expects():
    (table,) = of_type("AWS::DynamoDB::Table").values()
    assert keys_of(table) == ("pk", "sk")
    indexes = {index["IndexName"]: index for index in table["GlobalSecondaryIndexes"]}
    assert {name: keys_of(index) for name, index in indexes.items()} == KEYS
    projections = {index["Projection"]["ProjectionType"] for index in indexes.values()}
    assert projections == {"KEYS_ONLY"}


def test_every_log_group_forgets_in_time():
    groups = of_type("AWS::Logs::LogGroup")
    assert len(groups) == len(FUNCTIONS) + 1
    for group in groups.values():
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_a_cluster_is_made_with_both_kinds_of_fargate_unless_one_is_named():
    cluster = of_type("AWS::ECS::Cluster")["Cluster"]
    providers = chosen_of(cluster["CapacityProviders"], values())
    assert providers == ["FARGATE", "FARGATE_SPOT"]
    assert expanded()["Resources"]["Cluster"]["Condition"] == "CreateCluster"
    assert source()["Conditions"]["CreateCluster"] == {
        "Fn::Equals": [{"Ref": "ExistingClusterName"}, ""]
    }


def test_a_network_is_made_only_where_no_subnets_are_named():
    assert "TaskNetwork" in made("AWS::EC2::")
    assert made("AWS::EC2::", SubnetIds="subnet-1,subnet-2") == set()


def test_nothing_can_connect_to_tasks_in_the_network_made_here():
    group = of_type("AWS::EC2::SecurityGroup")["TaskSecurityGroup"]
    assert "SecurityGroupIngress" not in group
    assert of_type("AWS::EC2::SecurityGroupIngress") == {}


def test_the_example_job_may_be_started_by_its_family():
    task = of_type("AWS::ECS::TaskDefinition")["ExampleTaskDefinition"]
    assert task["Family"] == {"Fn::Sub": "${JobFamilyPrefix}example"}
    (container,) = task["ContainerDefinitions"]
    assert container["Name"] == "main"
    assert container["LogConfiguration"]["LogDriver"] == "awslogs"
