"""Signed calls to AWS's JSON APIs with the standard library alone.

On the real cloud boto3 comes with the runtime; this file lets the function run
on any Python, too.
"""
import datetime
import hashlib
import hmac
import json
import os
import urllib.error
import urllib.parse
import urllib.request


class AWSError(Exception):
    """What the service answered instead of a result."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code


def call(service, body, path="/", headers=None, host=None):
    """POST body, signed for service, and return the decoded answer."""
    region = os.environ["AWS_REGION"]
    base = os.environ.get("AWS_ENDPOINT_URL") or f"https://{host or service}.{region}.amazonaws.com"
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    payload = json.dumps(body).encode()
    sent = {"host": urllib.parse.urlsplit(base).netloc, "x-amz-date": now, **(headers or {})}
    if os.environ.get("AWS_SESSION_TOKEN"):
        sent["x-amz-security-token"] = os.environ["AWS_SESSION_TOKEN"]
    names = ";".join(sorted(sent))
    canonical = "\n".join(
        ["POST", path, ""] + [f"{k}:{sent[k]}" for k in sorted(sent)] + ["", names, hashlib.sha256(payload).hexdigest()]
    )
    scope = f"{now[:8]}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    sent["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope},"
        f" SignedHeaders={names}, Signature={signature}"
    )
    try:
        with urllib.request.urlopen(urllib.request.Request(base + path, payload, sent), timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as err:
        fault = json.loads(err.read() or b"{}")
        code = (fault.get("__type") or err.headers.get("x-amzn-errortype") or str(err.code)).split("#")[-1].split(":")[0]
        raise AWSError(code, fault.get("message") or fault.get("Message")) from None
