"""An order is taken, handed on, and stored. Every line of log names the request."""
import json
import os
import urllib.parse

import aws


def log(level, request, message, **more):
    print(json.dumps({"level": level, "requestId": request, "message": message, **more}), flush=True)


def checked(what, answer):
    status, body = answer
    if status >= 300:
        raise RuntimeError(f"{what}: {status} {body!r}")


def take(event, context):
    """Takes an order from the API and publishes it."""
    request = event["requestContext"]["requestId"]
    order = json.loads(event.get("body") or "{}")
    log("info", request, "order taken", item=order.get("item"))
    form = {"Action": "Publish", "Version": "2010-03-31", "TopicArn": os.environ["TOPIC"],
            "Message": json.dumps({"id": request, **order})}
    checked("publish", aws.call("POST", "sns", body=urllib.parse.urlencode(form).encode(),
                                headers={"content-type": "application/x-www-form-urlencoded"}))
    trace = os.environ.get("_X_AMZN_TRACE_ID", "").split(";")[0].removeprefix("Root=")
    return {"statusCode": 202, "body": json.dumps({"id": request, "trace": trace})}


def store(event, context):
    """Stores the order and its receipt; a message a time, so that one that fails stops no other."""
    for record in event["Records"]:
        order = json.loads(record["body"])
        try:
            amount = int(order["amount"])
        except (KeyError, ValueError) as err:
            log("error", order["id"], "order refused", cause=repr(err))
            raise
        item = {"id": {"S": order["id"]}, "item": {"S": order["item"]}, "amount": {"N": str(amount)}}
        checked("receipt", aws.call("PUT", "s3", f"/{os.environ['BUCKET']}/receipts/{urllib.parse.quote(order['id'], safe='')}.json",
                                    body=json.dumps(order).encode()))
        checked("store", aws.call(
            "POST", "dynamodb", body=json.dumps({"TableName": os.environ["TABLE"], "Item": item}).encode(),
            headers={"content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.PutItem"}))
        log("info", order["id"], "order stored", amount=amount)
