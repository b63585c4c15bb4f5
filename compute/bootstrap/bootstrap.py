"""Runs a Python function: asks the Lambda Runtime API for invocations and
answers them. The HTTP spoken here is the little that the API needs; importing
http.client would cost more time than most functions' cold start."""

import json
import logging
import os
import socket
import sys
import time

TASK_ROOT = os.environ["LAMBDA_TASK_ROOT"]
JSON_LOGS = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
PREFIX = "/2018-06-01/runtime/"


class RuntimeClient:
    """One kept connection to the Runtime API."""

    def __init__(self, address):
        host, _, port = address.partition(":")
        self.address = (host, int(port))
        self.host = address
        self.sock = None
        self.file = None

    def request(self, method, path, body=b"", headers=()):
        if self.sock is None:
            self.sock = socket.create_connection(self.address)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.file = self.sock.makefile("rb")
        head = [f"{method} {PREFIX}{path} HTTP/1.1", f"Host: {self.host}"]
        if method == "POST":
            head.append(f"Content-Length: {len(body)}")
        head.extend(f"{k}: {v}" for k, v in headers)
        self.sock.sendall("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body)
        return self.read_response()

    def read_response(self):
        line = self.file.readline()
        if not line:
            sys.exit(0)  # the environment has ended
        status = int(line.split(b" ", 2)[1])
        headers = {}
        while True:
            line = self.file.readline()
            if line in (b"\r\n", b"\n", b""):
                break
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        length = int(headers.get("content-length", "0"))
        body = self.file.read(length) if length else b""
        if headers.get("connection", "").lower() == "close":
            self.sock.close()
            self.sock = None
        return status, headers, body


class ClientInfo:
    """The client part of a mobile client's context."""

    def __init__(self, values):
        for name in ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"):
            setattr(self, name, values.get(name))


class ClientContext:
    """What a client sent beside the payload."""

    def __init__(self, values):
        self.client = ClientInfo(values.get("client") or {})
        self.custom = values.get("custom")
        self.env = values.get("env")


class CognitoIdentity:
    """Who calls, where Cognito knows."""

    def __init__(self, values):
        self.cognito_identity_id = values.get("cognitoIdentityId")
        self.cognito_identity_pool_id = values.get("cognitoIdentityPoolId")


class LambdaContext:
    """The second argument of a handler."""

    def __init__(self, headers):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.tenant_id = None
        sent = headers.get("lambda-runtime-client-context")
        self.client_context = ClientContext(json.loads(sent)) if sent else None
        identity = headers.get("lambda-runtime-cognito-identity")
        self.identity = CognitoIdentity(json.loads(identity) if identity else {})
        self._deadline = int(headers.get("lambda-runtime-deadline-ms", "0"))

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        return f"LambdaContext({vars(self)})"


class RequestIDFilter(logging.Filter):
    """Gives each log record the id of the invocation under way."""

    request_id = ""

    def filter(self, record):
        record.aws_request_id = RequestIDFilter.request_id
        return True


class JSONFormatter(logging.Formatter):
    """Log records as JSON objects, a line each."""

    def format(self, record):
        out = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": record.aws_request_id,
        }
        if record.exc_info:
            out["errorType"] = record.exc_info[0].__name__
            out["errorMessage"] = str(record.exc_info[1])
            out["stackTrace"] = self.formatException(record.exc_info).split("\n")
        return json.dumps(out, default=str)


def set_up_logging():
    """Gives the root logger the handler that functions on Lambda find there."""
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(RequestIDFilter())
    if JSON_LOGS:
        handler.setFormatter(JSONFormatter())
    else:
        form = logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
        )
        form.converter = time.gmtime
        handler.setFormatter(form)
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL")
    if level:
        root.setLevel({"TRACE": "DEBUG", "WARN": "WARNING", "FATAL": "CRITICAL"}.get(level, level))


def failure(kind, message, stack=(), request_id=""):
    """An error in the form that callers of the function see."""
    return {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": list(stack)}


def log_failure(err):
    """Writes an error as one event: carriage returns keep its lines together."""
    if JSON_LOGS:
        print(json.dumps({
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "log_level": "ERROR",
            "requestId": err["requestId"], "errorType": err["errorType"],
            "errorMessage": err["errorMessage"], "stackTrace": err["stackTrace"],
        }))
        return
    text = f"[ERROR] {err['errorType']}: {err['errorMessage']}"
    if err["stackTrace"]:
        text += "\nTraceback (most recent call last):\n" + "".join(err["stackTrace"])
    sys.stdout.write(text.rstrip("\n").replace("\n", "\r") + "\n")


def post_failure(client, path, err):
    """Reports an error to the Runtime API and to the log."""
    log_failure(err)
    headers = [("Content-Type", "application/json"), ("Lambda-Runtime-Function-Error-Type", err["errorType"])]
    client.request("POST", path, json.dumps(err).encode(), headers)


def stack_of(exc, skip_own=True):
    """The frames of an exception, those of this file left out."""
    import traceback

    frames = traceback.extract_tb(exc.__traceback__)
    if skip_own:
        frames = [f for f in frames if f.filename != __file__ and not f.filename.startswith("<frozen importlib")]
    return [as_on_lambda(line) for line in traceback.format_list(frames)]


def as_on_lambda(text):
    """What is said of the function's code, wherever that really is."""
    return text.replace(TASK_ROOT, "/var/task")


class InitFailure(Exception):
    """Why the handler could not be found."""

    def __init__(self, kind, message, stack=()):
        super().__init__(message)
        self.kind, self.message, self.stack = kind, message, stack


def find_handler(name):
    """Imports a handler's module and returns the function."""
    import importlib

    module_name, dot, function = name.rpartition(".")
    if not dot:
        raise InitFailure(
            "Runtime.MalformedHandlerName",
            f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)",
        )
    module_name = module_name.replace("/", ".")
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise InitFailure(
            "Runtime.BuiltInModuleConflict", f"Cannot use built-in module {module_name} as a handler module"
        )
    try:
        module = importlib.import_module(module_name)
    except ImportError as e:
        raise InitFailure("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {e}") from e
    except SyntaxError as e:
        where = f'  File "{e.filename}" Line {e.lineno}\n    {(e.text or "").strip()}\n'
        raise InitFailure(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {e}", [as_on_lambda(where)]
        ) from e
    handler = getattr(module, function, None)
    if handler is None:
        raise InitFailure("Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{module_name}'")
    return handler


def encode(value):
    """A handler's result as JSON."""
    return json.dumps(value, ensure_ascii=False, default=encode_other).encode()


def encode_other(value):
    from decimal import Decimal

    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {value.__class__.__name__} is not JSON serializable")


def invoke(client, handler, headers, body):
    """Runs the handler once and posts what it returns."""
    request_id = headers["lambda-runtime-aws-request-id"]
    RequestIDFilter.request_id = request_id
    trace = headers.get("lambda-runtime-trace-id")
    if trace:
        os.environ["_X_AMZN_TRACE_ID"] = trace
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    try:
        try:
            event = json.loads(body.decode() or "{}")
        except ValueError as e:
            raise InitFailure("Runtime.UnmarshalError", f"Unable to unmarshal input: {e}") from e
        result = handler(event, LambdaContext(headers))
        try:
            payload = encode(result)
        except Exception as e:
            raise InitFailure("Runtime.MarshalError", f"Unable to marshal response: {e}") from e
    except InitFailure as e:
        post_failure(client, f"invocation/{request_id}/error", failure(e.kind, e.message, e.stack, request_id))
        return
    except Exception as e:
        err = failure(type(e).__name__, str(e), stack_of(e), request_id)
        post_failure(client, f"invocation/{request_id}/error", err)
        return
    sys.stdout.flush()
    client.request("POST", f"invocation/{request_id}/response", payload, [("Content-Type", "application/json")])


def main():
    # The script's own folder comes first on the path; a function must find
    # its modules, not ours.
    if sys.path and sys.path[0] == os.path.dirname(os.path.abspath(__file__)):
        sys.path.pop(0)
    os.chdir(TASK_ROOT)
    client = RuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"])
    set_up_logging()
    try:
        handler = find_handler(os.environ.get("_HANDLER", ""))
    except InitFailure as e:
        post_failure(client, "init/error", failure(e.kind, e.message, e.stack))
        sys.exit(1)
    except Exception as e:
        post_failure(client, "init/error", failure(type(e).__name__, str(e), stack_of(e)))
        sys.exit(1)
    while True:
        status, headers, body = client.request("GET", "invocation/next")
        if status != 200:
            sys.exit(1)
        invoke(client, handler, headers, body)


if __name__ == "__main__":
    main()
