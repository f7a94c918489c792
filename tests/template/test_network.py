"""The network that the stack makes: public at no cost, or private behind endpoints."""

from __future__ import annotations

from expanded_template import of_type
from template_choices import chosen_of, made, refusals, values

PRIVATE = {"PrivateNetwork": "ENABLED"}
DOORS = {"TaskInternetGateway", "TaskInternetGatewayAttachment", "TaskRouteOut"}
ENDPOINTS = {
    "TaskImageApiEndpoint": "ecr.api",
    "TaskImageEndpoint": "ecr.dkr",
    "TaskLogEndpoint": "logs",
    "TaskImageLayerEndpoint": "s3",
}


def public_address(**chosen):
    """What dispatch and reconcile are told about public addresses."""
    told = {
        str(chosen_of(variables["HEADRACE_ASSIGN_PUBLIC_IP"], values(**chosen)))
        for function in of_type("AWS::Lambda::Function").values()
        if "HEADRACE_ASSIGN_PUBLIC_IP"
        in (variables := function["Environment"]["Variables"])
    }
    (one,) = told
    return one


def test_a_public_network_has_a_door_and_no_endpoints():
    assert made() >= DOORS
    assert made() & ENDPOINTS.keys() == set()
    assert public_address() == "ENABLED"


def test_a_private_network_has_endpoints_and_no_door():
    assert made() - made(**PRIVATE) == DOORS
    assert made(**PRIVATE) - made() == {*ENDPOINTS, "TaskEndpointSecurityGroup"}
    assert public_address(**PRIVATE) == "DISABLED"


def test_the_endpoints_lead_to_images_logs_and_s3():
    endpoints = of_type("AWS::EC2::VPCEndpoint")
    for name, service in ENDPOINTS.items():
        told = endpoints[name]["ServiceName"]["Fn::Sub"]
        assert told == f"com.amazonaws.${{AWS::Region}}.{service}"


def test_in_subnets_of_ones_own_the_address_is_a_parameter_and_nothing_is_made():
    theirs = {"SubnetIds": "subnet-1,subnet-2", **PRIVATE}
    assert made("AWS::EC2::", **theirs) == set()
    assert public_address(**theirs) == "{'Ref': 'AssignPublicIp'}"
    assert refusals(InstancesMax="4", **theirs) == []


def test_instances_in_a_private_network_are_refused_with_advice():
    assert refusals(**PRIVATE) == []
    (refusal,) = refusals(InstancesMax="4", **PRIVATE)
    assert "InstancesMax must be 0 where PrivateNetwork is ENABLED" in refusal
    assert "SubnetIds" in refusal
