"""The ECS wire protocol (AWS JSON 1.1) over HTTP, and what is passed through."""

from __future__ import annotations

import json
import logging
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
from botocore.exceptions import BotoCoreError, ClientError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Mount, Route

from headrace_local.ecs.errors import AnswerLostError, EcsError
from headrace_local.ecs.wire import RequestTypes, SerializationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from starlette.requests import Request

    from headrace_local.ecs.catalogue import MemoryCatalogue
    from headrace_local.ecs.engine import Engine

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/x-amz-json-1.1"
TARGET_PREFIX = "AmazonEC2ContainerServiceV20141113."
_NOT_FORWARDED = frozenset(
    {"host", "content-length", "connection", "transfer-encoding"}
)
_CHANGES_CATALOGUE = ("Register", "Deregister", "Create", "Delete", "Update", "Put")


class WireServer:
    """Answers HTTP requests of ECS clients.

    Args:
        engine: Serves the four task operations.
        hang_up: Cuts a client's connection, by its address.
        memory: Serves every other operation when there is no upstream.
        upstream_url: Where every other operation is passed on to.
        on_catalogue_change: Called when one may have changed the catalogue upstream.
        control: The control path's application.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        hang_up: Callable[[tuple[str, int]], None],
        control: Starlette,
        memory: MemoryCatalogue | None = None,
        upstream_url: str | None = None,
        on_catalogue_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._operations: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "RunTask": engine.run_task,
            "StopTask": engine.stop_task,
            "DescribeTasks": engine.describe_tasks,
            "ListTasks": engine.list_tasks,
        }
        self._types = RequestTypes(tuple(self._operations))
        self._hang_up = hang_up
        self._memory = memory
        self._upstream_url = upstream_url
        self._on_catalogue_change = on_catalogue_change
        self._http = httpx.AsyncClient(timeout=30.0, trust_env=False)
        self.app = Starlette(
            routes=[
                Mount("/_headrace/ecs", app=control),
                Route("/{path:path}", self.serve, methods=["GET", "POST", "PUT"]),
            ],
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with self._http:
            yield

    async def serve(self, request: Request) -> Response:
        """Answer one request of an ECS client."""
        body = await request.body()
        target = request.headers.get("x-amz-target", "")
        operation = target.removeprefix(TARGET_PREFIX)
        is_ecs = target.startswith(TARGET_PREFIX)
        if is_ecs and operation in self._operations:
            return await self._serve_task_operation(request, operation, body)
        if self._upstream_url is not None:
            return await self._pass_on(request, operation, body)
        if is_ecs and self._memory is not None:
            return await run_in_threadpool(
                self._serve_memory, self._memory, operation, body
            )
        return error_answer("UnknownOperationException", f"unknown target {target!r}")

    async def _serve_task_operation(
        self, request: Request, operation: str, body: bytes
    ) -> Response:
        try:
            return await run_in_threadpool(self._act, operation, body)
        except AnswerLostError:
            client = request.client
            if client is not None:
                self._hang_up((client.host, client.port))
            # Nobody reads this: the connection is gone.
            return Response(status_code=503)

    def _act(self, operation: str, body: bytes) -> Response:
        try:
            asked = self._types.read(operation, body)
            return answer(self._operations[operation](asked))
        except SerializationError as error:
            return error_answer("SerializationException", str(error))
        except EcsError as error:
            return error_answer(error.code, error.message, error.status, error.members)
        except (BotoCoreError, ClientError) as error:
            logger.warning("%s: the upstream did not answer: %s", operation, error)
            return error_answer("ServerException", f"upstream: {error}", 500)

    @staticmethod
    def _serve_memory(memory: MemoryCatalogue, operation: str, body: bytes) -> Response:
        try:
            return answer(memory.serve(operation, json.loads(body or b"{}")))
        except EcsError as error:
            return error_answer(error.code, error.message, error.status, error.members)
        except (ValueError, KeyError) as error:
            return error_answer("SerializationException", str(error))

    async def _pass_on(self, request: Request, operation: str, body: bytes) -> Response:
        headers = {
            name: value
            for name, value in request.headers.items()
            if name not in _NOT_FORWARDED
        }
        url = f"{self._upstream_url}{request.url.path}"
        if request.url.query:
            url = f"{url}?{request.url.query}"
        try:
            passed = await self._http.request(
                request.method, url, content=body, headers=headers
            )
        except httpx.HTTPError as error:
            return error_answer("ServerException", f"upstream: {error!r}", 500)
        if operation.startswith(_CHANGES_CATALOGUE):
            self._on_catalogue_change()
        kept = {
            name: value
            for name, value in passed.headers.items()
            if name not in (*_NOT_FORWARDED, "content-encoding", "date", "server")
        }
        return Response(passed.content, passed.status_code, kept)


def answer(content: Mapping[str, Any], status: int = 200) -> Response:
    """Return an answer of the AWS JSON protocol."""
    return Response(
        json.dumps(content, separators=(",", ":")),
        status,
        {"x-amzn-requestid": str(uuid.uuid4())},
        CONTENT_TYPE,
    )


def error_answer(
    code: str,
    message: str,
    status: int = 400,
    members: Mapping[str, Any] | None = None,
) -> Response:
    """Return an error of the AWS JSON protocol."""
    return answer({"__type": code, "message": message, **(members or {})}, status)
