"""FastAPI as its documentation shows it: dependencies, exception handlers for the envelope, and uvicorn."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import uvicorn  # noqa: E402
from fastapi import APIRouter, Body, Depends, FastAPI, Header, Request  # noqa: E402
from fastapi.exceptions import RequestValidationError  # noqa: E402
from fastapi.responses import JSONResponse  # noqa: E402
from starlette.exceptions import HTTPException  # noqa: E402

import gate  # noqa: E402

app = FastAPI()
api = gate.Gate()


@app.middleware("http")
async def name_response(request, call_next):
    request.state.request_id = gate.request_id()
    response = await call_next(request)
    response.headers["X-Request-Id"] = request.state.request_id
    return response


def partner(authorization: str | None = Header(None), x_provoke: int | None = Header(None)):
    owner = gate.partner(authorization)
    if x_provoke:
        raise gate.Failure(x_provoke, "Provoked.")
    return owner


sessions = APIRouter(prefix="/v1/gate_sessions")


@sessions.post("", status_code=201)
def create(owner: str = Depends(partner), body: dict = Body(), idempotency_key: str | None = Header(None)):
    return api.create(owner, body, idempotency_key)


@sessions.get("")
def list_sessions(request: Request, owner: str = Depends(partner)):
    return api.list(owner, request.query_params)


@sessions.get("/{name}")
def retrieve(name: str, owner: str = Depends(partner)):
    return api.retrieve(owner, name)


@sessions.post("/{name}/cancel", status_code=201)
def cancel(name: str, owner: str = Depends(partner)):
    return api.cancel(owner, name)


app.include_router(sessions)


def failed(request, status, message):
    headers = {"Retry-After": "1"} if status == 429 else {}
    return JSONResponse(gate.envelope(status, message, request.state.request_id), status, headers)


@app.exception_handler(gate.Failure)
async def refused(request, error):
    return failed(request, error.status, error.message)


@app.exception_handler(HTTPException)
async def unmatched(request, error):
    return failed(request, error.status_code, str(error.detail))


@app.exception_handler(RequestValidationError)
async def invalid(request, error):
    return failed(request, 400, "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()))


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
