"""A SAM template as CloudFormation gets it: the serverless types expanded, offline."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE_PATH = ROOT / "template.yaml"

type Document = dict[str, Any]  # what YAML holds


def parse(path: Path) -> Document:
    """The template as written, with tags such as !Ref in their long form."""
    document: Document = yaml_parse(path.read_text())
    return document


def expand(template: Document) -> Document:
    """The template after the SAM transform, with its code somewhere in S3.

    The given one stays as it is. The region decides about managed policies only.
    """
    packaged = copy.deepcopy(template)
    for resource in packaged["Resources"].values():
        for uri in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            resource["Properties"][uri] = "s3://bucket/key"
    session = boto3.session.Session(region_name="eu-west-1")
    translator = Translator({}, Parser(), boto_session=session)
    expanded: Document = translator.translate(
        sam_template=packaged, parameter_values={}
    )
    return expanded
