"""The functions of the traces' test: plain boto3, which is all that an application needs."""
import json
import os
import urllib.request

import boto3

try:  # an X-Ray SDK, where there is one, joins the platform's own trace
    from aws_xray_sdk.core import xray_recorder
except ImportError:
    xray_recorder = None

runs = 0


def front(event, context):
    """Take an order in: publish it, start a workflow, put an event."""
    if xray_recorder:
        with xray_recorder.in_subsegment("decide") as part:
            part.put_annotation("order", "o1")
    boto3.client("sns").publish(TopicArn=os.environ["TOPIC"], Message="order")
    boto3.client("stepfunctions").start_execution(stateMachineArn=os.environ["MACHINE"])
    boto3.client("events").put_events(Entries=[{"Source": "shop", "DetailType": "ordered", "Detail": "{}"}])
    return {"statusCode": 202, "body": json.dumps({"trace": os.environ["_X_AMZN_TRACE_ID"]})}


def work(event, context):
    """Save what came."""
    boto3.client("dynamodb").put_item(
        TableName=os.environ["TABLE"], Item={"id": {"S": context.aws_request_id}, "from": {"S": json.dumps(event)[:200]}}
    )


def step(event, context):
    """Fail the first time, as what is remote does."""
    global runs
    runs += 1
    if runs == 1:
        raise ValueError("not yet")
    boto3.client("dynamodb").put_item(TableName=os.environ["TABLE"], Item={"id": {"S": "step"}})
    return {}


def seen(event, context):
    """Look at the table's changes, and say so without an SDK that knows of traces."""
    return len(event["Records"])
