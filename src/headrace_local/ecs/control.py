"""The control path: faults, tasks, capacity and reset over HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from headrace_local.ecs.errors import EcsError
from headrace_local.ecs.settings import Capacity

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from headrace_local.ecs.engine import Engine

type Handler = Callable[[Request], Awaitable[Response]]


def control_app(engine: Engine) -> Starlette:
    """Return the application behind ``/_headrace/ecs``."""
    control = _Control(engine)
    return Starlette(
        routes=[
            Route("/health", control.health),
            Route("/faults", control.list_faults, methods=["GET"]),
            Route("/faults", _plain(control.add_faults), methods=["POST"]),
            Route("/faults", control.clear_faults, methods=["DELETE"]),
            Route("/tasks", control.list_tasks),
            Route("/tasks/interrupt", _plain(control.interrupt), methods=["POST"]),
            Route("/tasks/stop", _plain(control.stop), methods=["POST"]),
            Route("/capacity", control.read_capacity, methods=["GET"]),
            Route("/capacity", _plain(control.set_capacity), methods=["PUT"]),
            Route("/reset", control.reset, methods=["POST"]),
        ]
    )


def _plain(handler: Handler) -> Handler:
    """Answer 400 with a sentence when a request makes no sense."""

    async def wrapped(request: Request) -> Response:
        try:
            return await handler(request)
        except (ValueError, KeyError, TypeError, EcsError) as error:
            text = f"missing {error}" if isinstance(error, KeyError) else str(error)
            return JSONResponse({"error": text}, 400)

    return wrapped


class _Control:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def health(self, _: Request) -> Response:
        with self._engine.lock:
            live = sum(not each.is_stopped for each in self._engine.tasks.values())
            remembered = len(self._engine.tasks)
        return JSONResponse({"status": "ok", "live": live, "remembered": remembered})

    async def list_faults(self, _: Request) -> Response:
        return JSONResponse({"faults": self._engine.faults.waiting()})

    async def add_faults(self, request: Request) -> Response:
        body: dict[str, Any] = json.loads(await request.body())
        if "seed" in body:
            self._engine.faults.reseed(int(body["seed"]))
        for each in body.get("faults", ()):
            self._engine.faults.add(each)
        return JSONResponse({"faults": self._engine.faults.waiting()}, 201)

    async def clear_faults(self, _: Request) -> Response:
        self._engine.faults.clear()
        return JSONResponse({"faults": []})

    async def list_tasks(self, _: Request) -> Response:
        with self._engine.lock:
            tasks = [each.view(with_tags=True) for each in self._engine.tasks.values()]
        return JSONResponse({"tasks": tasks})

    async def interrupt(self, request: Request) -> Response:
        body = json.loads(await request.body())
        self._engine.interrupt_spot(body["task"])
        return JSONResponse({}, 202)

    async def stop(self, request: Request) -> Response:
        body = json.loads(await request.body())
        self._engine.stop_from_outside(
            body["task"], code=body["stopCode"], reason=body["stoppedReason"]
        )
        return JSONResponse({}, 202)

    async def read_capacity(self, _: Request) -> Response:
        return JSONResponse(self._engine.capacity())

    async def set_capacity(self, request: Request) -> Response:
        body = json.loads(await request.body())
        self._engine.set_capacity(
            Capacity(
                cpu_units_max=body.get("cpuUnitsMax"),
                memory_mib_max=body.get("memoryMibMax"),
            )
        )
        return JSONResponse(self._engine.capacity())

    async def reset(self, _: Request) -> Response:
        self._engine.reset()
        return JSONResponse({})
