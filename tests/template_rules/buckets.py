"""Buckets: nobody's but ours, encrypted, kept, and not for ever."""

from __future__ import annotations

from template_rules.finding import Findings
from template_rules.view import View

PRIVATE = (
    "BlockPublicAcls",
    "BlockPublicPolicy",
    "IgnorePublicAcls",
    "RestrictPublicBuckets",
)


def buckets_cannot_be_public(view: View) -> Findings:
    for bucket_id, bucket in view.of_type("AWS::S3::Bucket").items():
        block = bucket.get("PublicAccessBlockConfiguration", {})
        for setting in PRIVATE:
            if block.get(setting) is not True:
                yield bucket_id, f"{setting} is not true"


def buckets_say_how_they_encrypt(view: View) -> Findings:
    for bucket_id, bucket in view.of_type("AWS::S3::Bucket").items():
        encryption = bucket.get("BucketEncryption", {})
        if not encryption.get("ServerSideEncryptionConfiguration"):
            yield bucket_id, "is not encrypted by this template"


def buckets_are_not_used_without_tls(view: View) -> Findings:
    denying = {
        view.named(policy["Bucket"])
        for policy_id, policy in view.of_type("AWS::S3::BucketPolicy").items()
        for where, statement in view.invitations()
        if where == policy_id
        and not statement.allows
        and statement.principal == "*"
        and statement.actions == ("s3:*",)
        and statement.condition == {"Bool": {"aws:SecureTransport": "false"}}
    }
    for bucket_id in view.of_type("AWS::S3::Bucket").keys() - denying:
        yield bucket_id, "no policy denies requests without TLS"


def buckets_outlive_the_stack(view: View) -> Findings:
    for bucket_id in view.of_type("AWS::S3::Bucket"):
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if view.resources[bucket_id].get(policy) != "Retain":
                yield bucket_id, f"{policy} is not Retain"


def buckets_forget_by_themselves(view: View) -> Findings:
    for bucket_id, bucket in view.of_type("AWS::S3::Bucket").items():
        rules = bucket.get("LifecycleConfiguration", {}).get("Rules", [])
        ends = [each for each in rules if each["Status"] == "Enabled"]
        if not any(each.get("ExpirationInDays") for each in ends):
            yield bucket_id, "keeps objects for ever"
