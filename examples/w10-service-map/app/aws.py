"""Signed calls to AWS with the standard library alone.

On the real cloud boto3 comes with the runtime; this file lets the function run
on any Python, too. Each example has its own copy, to be packaged by itself.
"""
import datetime
import hashlib
import hmac
import os
import urllib.error
import urllib.parse
import urllib.request


def call(method, service, path="/", query="", body=b"", headers=None):
    """Make one request, signed for service; return its status and answer."""
    region = os.environ["AWS_REGION"]
    base = os.environ.get("AWS_ENDPOINT_URL") or f"https://{service}.{region}.amazonaws.com"
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    sent = {
        "host": urllib.parse.urlsplit(base).netloc,
        "x-amz-date": now,
        "x-amz-content-sha256": digest,
        **(headers or {}),
    }
    if os.environ.get("AWS_SESSION_TOKEN"):
        sent["x-amz-security-token"] = os.environ["AWS_SESSION_TOKEN"]
    if os.environ.get("_X_AMZN_TRACE_ID"):  # what is called goes on in the trace of this invocation
        sent["x-amzn-trace-id"] = os.environ["_X_AMZN_TRACE_ID"]
    names = ";".join(sorted(sent))
    canonical = "\n".join([method, path, query] + [f"{k}:{sent[k]}" for k in sorted(sent)] + ["", names, digest])
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
    url = base + path + (f"?{query}" if query else "")
    request = urllib.request.Request(url, body or None, sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as err:
        return err.code, err.read()
