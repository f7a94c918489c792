"""EC2 instances beside Fargate: only when asked for, and closed to their tasks."""

from __future__ import annotations

from expanded_template import expanded, of_type, source
from template_choices import chosen_of, made, refusals, values

INSTANCES = {
    "InstanceCapacityProvider",
    "InstanceGroup",
    "InstanceTemplate",
    "InstanceProfile",
    "InstanceRole",
}


def template_data():
    (template,) = of_type("AWS::EC2::LaunchTemplate").values()
    return template["LaunchTemplateData"]


def test_no_instance_is_made_unless_asked_for():
    assert made() & INSTANCES == set()
    assert made(InstancesMax="4") - made() == INSTANCES


def test_the_cluster_has_the_instances_as_a_third_capacity():
    providers = of_type("AWS::ECS::Cluster")["Cluster"]["CapacityProviders"]
    assert chosen_of(providers, values()) == ["FARGATE", "FARGATE_SPOT"]
    assert chosen_of(providers, values(InstancesMax="4")) == [
        "FARGATE",
        "FARGATE_SPOT",
        {"Ref": "InstanceCapacityProvider"},
    ]


def test_instances_for_a_cluster_of_somebody_elses_are_refused_with_advice():
    assert refusals(ExistingClusterName="theirs") == []
    assert refusals(InstancesMax="4") == []
    (refusal,) = refusals(ExistingClusterName="theirs", InstancesMax="4")
    assert "InstancesMax must be 0 where ExistingClusterName is set" in refusal
    assert "attach a capacity provider to that cluster yourself" in refusal


def test_ecs_says_how_many_instances_run_and_none_is_taken_from_under_a_task():
    (provider,) = of_type("AWS::ECS::CapacityProvider").values()
    group = provider["AutoScalingGroupProvider"]
    assert group["ManagedScaling"]["Status"] == "ENABLED"
    assert group["ManagedTerminationProtection"] == "ENABLED"
    assert group["ManagedDraining"] == "ENABLED"
    (scaling,) = of_type("AWS::AutoScaling::AutoScalingGroup").values()
    assert scaling["NewInstancesProtectedFromScaleIn"] is True
    assert scaling["MinSize"] == "0"
    assert scaling["MaxSize"] == {"Ref": "InstancesMax"}
    assert "DesiredCapacity" not in scaling  # an update would undo what ECS decided


def test_the_capacity_providers_name_is_one_that_ecs_takes_for_any_stack():
    (provider,) = of_type("AWS::ECS::CapacityProvider").values()
    assert provider["Name"] == {"Fn::Sub": "instances-${AWS::StackName}"}


def test_a_task_cannot_reach_the_instances_credentials():
    assert template_data()["MetadataOptions"] == {
        "HttpTokens": "required",
        "HttpPutResponseHopLimit": 1,
    }
    script = template_data()["UserData"]["Fn::Base64"]["Fn::Sub"].splitlines()
    assert "ECS_AWSVPC_BLOCK_IMDS=true" in script
    assert "ECS_DISABLE_PRIVILEGED=true" in script


def test_an_instance_joins_the_cluster_of_this_stack():
    script = template_data()["UserData"]["Fn::Base64"]["Fn::Sub"].splitlines()
    assert "ECS_CLUSTER=${AWS::StackName}" in script
    cluster = of_type("AWS::ECS::Cluster")["Cluster"]
    assert cluster["ClusterName"] == {"Ref": "AWS::StackName"}


def test_an_instances_disk_is_encrypted():
    disks = template_data()["BlockDeviceMappings"]
    assert [disk["Ebs"]["Encrypted"] for disk in disks] == [True]


def test_an_instance_is_patched_and_of_the_architecture_that_was_chosen():
    def chosen(**parameters):
        data = chosen_of(template_data(), values(**parameters))
        return data["ImageId"], data["InstanceType"]

    images = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023"
    arm = f"{images}/arm64/recommended/image_id"
    intel = f"{images}/recommended/image_id"
    assert chosen() == (arm, "m7g.large")
    assert chosen(Architecture="x86_64") == (intel, "m7i.large")
    assert chosen(InstanceType="c7g.xlarge") == (arm, {"Ref": "InstanceType"})


def test_an_instance_may_do_what_its_agent_needs_and_no_more():
    role = of_type("AWS::IAM::Role")["InstanceRole"]
    (policy,) = role["ManagedPolicyArns"]
    name = policy["Fn::Sub"].rpartition("/")[2]
    assert name == "AmazonEC2ContainerServiceforEC2Role"
    assert "Policies" not in role


def test_the_output_that_jobs_need_is_there_exactly_when_the_instances_are():
    output = source()["Outputs"]["InstanceCapacityProvider"]
    provider = expanded()["Resources"]["InstanceCapacityProvider"]
    assert output["Condition"] == provider["Condition"] == "CreateInstances"
