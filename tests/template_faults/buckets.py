"""Faults in what is kept in S3."""

from __future__ import annotations

from template_faults.fault import Template, drop_statement, plants, properties
from template_rules import buckets

BUCKET = "ParameterBucket"


@plants("bucket for all", broken=buckets.buckets_cannot_be_public, where=BUCKET)
def bucket_for_all(template: Template) -> None:
    block = properties(template, BUCKET)["PublicAccessBlockConfiguration"]
    block["RestrictPublicBuckets"] = False


@plants("plain bucket", broken=buckets.buckets_say_how_they_encrypt, where=BUCKET)
def plain_bucket(template: Template) -> None:
    del properties(template, BUCKET)["BucketEncryption"]


@plants(
    "bucket without TLS", broken=buckets.buckets_are_not_used_without_tls, where=BUCKET
)
def bucket_without_tls(template: Template) -> None:
    drop_statement(template, "ParameterBucketPolicy", "DenyWithoutTls")


@plants(
    "bucket goes with the stack",
    broken=buckets.buckets_outlive_the_stack,
    where=BUCKET,
)
def bucket_goes_with_the_stack(template: Template) -> None:
    del template["Resources"][BUCKET]["DeletionPolicy"]


@plants("endless objects", broken=buckets.buckets_forget_by_themselves, where=BUCKET)
def endless_objects(template: Template) -> None:
    del properties(template, BUCKET)["LifecycleConfiguration"]
