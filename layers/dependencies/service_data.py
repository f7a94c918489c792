"""Drops what no function reads from the AWS SDK's data in a built layer.

Called by the Makefile: ``python service_data.py SITE SERVICE...`` with the layer's
packages and the services that functions call. The SDK's code stays as it was published.

- Models of other services go, as do their lines in the list of endpoints, which every
  session reads whole. The regions and partitions of that list stay.
- The models that stay lose their prose, and are written out as plain JSON: the artifact
  is compressed anyway, and compressed bytes depend on the machine's compressor.
- Each package's RECORD is written anew, so that it tells what is there.
"""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

NEVER_READ = ("examples-1.json", "examples-1.json.gz")


def main(site: Path, services: frozenset[str]) -> None:
    """Do it."""
    for package in ("boto3", "botocore"):
        for folder in (site / package / "data").iterdir():
            if folder.is_dir() and folder.name not in services:
                shutil.rmtree(folder)
    data = site / "botocore" / "data"
    _keep_endpoints(data / "endpoints.json", services)
    for model in sorted(data.glob("*/*/*")):
        if model.name in NEVER_READ:
            model.unlink()
        elif model.name == "service-2.json.gz":
            _write(
                model.with_suffix(""),
                _without_prose(json.loads(gzip.decompress(model.read_bytes()))),
            )
            model.unlink()
    for record in sorted(site.glob("*.dist-info/RECORD")):
        _tell_truth(record)


def _keep_endpoints(path: Path, services: frozenset[str]) -> None:
    content = json.loads(path.read_text())
    for partition in content["partitions"]:
        listed = partition["services"]
        partition["services"] = {
            name: listed[name] for name in sorted(services & listed.keys())
        }
    _write(path, content)


def _without_prose(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, list):
        return [_without_prose(each) for each in value]
    if isinstance(value, dict):
        return {
            name: _without_prose(each)
            for name, each in value.items()
            # A member of a shape may have this name too, but is an object.
            if not (name == "documentation" and isinstance(each, str))
        }
    return value


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, separators=(",", ":")))


def _tell_truth(record: Path) -> None:
    site = record.parents[1]
    paths = [Path(row[0]) for row in csv.reader(io.StringIO(record.read_text()))]
    added = {path.with_suffix("") for path in paths if path.suffix == ".gz"}
    for path in paths:
        if path.suffix == ".so":  # one was recorded, and the other processor's is there
            added |= {
                each.relative_to(site) for each in (site / path).parent.glob("*.so")
            }
    kept = [
        path
        for path in sorted({*paths, *added})
        # Scripts, which pip puts beside the packages, are not shipped.
        if ".." not in path.parts and (site / path).is_file()
    ]
    with record.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for path in kept:
            if site / path == record:
                writer.writerow([path, "", ""])
            else:
                content = (site / path).read_bytes()
                digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
                told = f"sha256={digest.rstrip(b'=').decode()}"
                writer.writerow([path, told, len(content)])


if __name__ == "__main__":
    main(Path(sys.argv[1]), frozenset(sys.argv[2:]))
