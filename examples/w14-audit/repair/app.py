"""Closes a bucket that someone has opened, and notes who it was."""
import base64
import hashlib
import json
import os
import re

import aws

CLOSED = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def is_closed(bucket):
    status, answer = aws.call("GET", "s3", f"/{bucket}", "publicAccessBlock=")
    if status == 404:
        return False
    if status != 200:
        raise RuntimeError(f"look at {bucket}: {status} {answer!r}")
    text = answer.decode()
    return all(re.search(rf"<{name}>\s*true\s*</{name}>", text, re.IGNORECASE) for name in CLOSED)


def close(bucket):
    settings = "".join(f"<{name}>true</{name}>" for name in CLOSED)
    body = (
        '<PublicAccessBlockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"{settings}</PublicAccessBlockConfiguration>"
    ).encode()
    md5 = base64.b64encode(hashlib.md5(body).digest()).decode()
    status, answer = aws.call("PUT", "s3", f"/{bucket}", "publicAccessBlock=", body, {"content-md5": md5})
    if status != 200:
        raise RuntimeError(f"close {bucket}: {status} {answer!r}")


def note(detail, found):
    """Write down what was found, once for each event however often it comes."""
    item = {
        "event": {"S": detail["eventID"]},
        "call": {"S": detail["eventName"]},
        "at": {"S": detail["eventTime"]},
        "by": {"S": detail["userIdentity"].get("arn", "")},
        "found": {"S": found},
    }
    body = {"TableName": os.environ["TABLE"], "Item": item, "ConditionExpression": "attribute_not_exists(event)"}
    status, answer = aws.call(
        "POST",
        "dynamodb",
        body=json.dumps(body).encode(),
        headers={"content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.PutItem"},
    )
    if status != 200 and b"ConditionalCheckFailedException" not in answer:
        raise RuntimeError(f"note {detail['eventID']}: {status} {answer!r}")


def handler(event, context):
    """The note comes first: a crash in between repeats the event, which finds
    the bucket open still; the other way round it would be noted as closed."""
    detail = event["detail"]
    bucket = detail["requestParameters"]["bucketName"]
    closed = is_closed(bucket)
    note(detail, "closed" if closed else "open")
    if not closed:
        close(bucket)
