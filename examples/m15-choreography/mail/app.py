"""Sends a welcome mail to each customer who signs up, and notes that it did."""
import datetime
import json
import os

import aws


def table(operation, **parameters):
    return aws.call(
        "dynamodb",
        {"TableName": os.environ["TABLE"], **parameters},
        headers={"content-type": "application/x-amz-json-1.0", "x-amz-target": f"DynamoDB_20120810.{operation}"},
    )


def welcome(customer):
    """Send the mail unless the note says that it was sent.

    A mail cannot be part of a transaction: a crash between sending and noting
    sends it again, and so may two sign-ups with one id that are under way at
    once. The other order would lose it, which is worse.
    """
    key = {"id": {"S": customer["id"]}}
    if "Item" in table("GetItem", Key=key, ConsistentRead=True):
        return
    sent = aws.call(
        "ses",
        {
            "FromEmailAddress": os.environ["SENDER"],
            "Destination": {"ToAddresses": [customer["email"]]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": f"Welcome, {customer['name']}"},
                    "Body": {"Text": {"Data": f"Dear {customer['name']},\n\nit is good to have you here.\n"}},
                }
            },
        },
        path="/v2/email/outbound-emails",
        headers={"content-type": "application/json"},
        host="email",
    )
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    table("PutItem", Item={**key, "messageId": {"S": sent["MessageId"]}, "at": {"S": now}})


def handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            welcome(json.loads(record["body"]))
        except Exception as err:  # whatever it is, the message goes back to its queue
            print(f"mail for {record['messageId']}: {err}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
