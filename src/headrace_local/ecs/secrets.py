"""Reads container secrets from Secrets Manager and SSM on the upstream."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headrace_local.ecs.starting import Secrets
    from headrace_local.ecs.upstream import Upstream

THREADS_MAX = 4
_SECRET_ARN_PARTS = 7


class UpstreamSecrets:
    """Resolves `valueFrom` of container secrets, off the engine's threads.

    Args:
        upstream: Has the secrets.
    """

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._pool = ThreadPoolExecutor(THREADS_MAX, "ecs-secrets")

    def resolve(
        self,
        references: Mapping[tuple[str, str], str],
        on_done: Callable[[Secrets | None, str | None], None],
    ) -> None:
        """Read every value and tell them together, or why one cannot be read."""
        self._pool.submit(self._resolve, dict(references), on_done)

    def close(self) -> None:
        """Read nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _resolve(
        self,
        references: Mapping[tuple[str, str], str],
        on_done: Callable[[Secrets | None, str | None], None],
    ) -> None:
        try:
            values = {key: self._read(source) for key, source in references.items()}
        except (BotoCoreError, ClientError, LookupError, ValueError) as error:
            on_done(None, f"execution resource retrieval failed: {error}")
        else:
            on_done(values, None)

    def _read(self, source: str) -> str:
        if ":secretsmanager:" not in source:
            ssm = self._upstream.client("ssm")
            name = source.split(":parameter", 1)[-1]
            answer = ssm.get_parameter(Name=name, WithDecryption=True)
            return str(answer["Parameter"]["Value"])
        return self._read_secret(source)

    def _read_secret(self, source: str) -> str:
        """Read ``arn:aws:secretsmanager:...:secret:name[:json-key:stage:version]``."""
        parts = source.split(":")
        arn = ":".join(parts[:_SECRET_ARN_PARTS])
        extra = (*parts[_SECRET_ARN_PARTS:], "", "", "")
        json_key, stage, version = extra[:3]
        wanted: dict[str, Any] = {"SecretId": arn}
        if stage:
            wanted["VersionStage"] = stage
        if version:
            wanted["VersionId"] = version
        text = str(
            self._upstream.client("secretsmanager").get_secret_value(**wanted)[
                "SecretString"
            ]
        )
        if not json_key:
            return text
        found = json.loads(text)
        if json_key not in found:
            raise LookupError(f"retrieved secret did not contain json key {json_key}")
        return str(found[json_key])
