"""What a user does with EventBridge through boto3, against the address in AWS_ENDPOINT_URL."""

import datetime
import json

import boto3
import botocore.exceptions

events = boto3.client("events")
sqs = boto3.client("sqs")


def queue(name):
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def take(url):
    got = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"][0]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    return json.loads(got["Body"])


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        return e.response["Error"]["Message"]
    raise AssertionError(f"{code} was expected")


url, arn = queue("boto-events")
bus = events.create_event_bus(Name="orders", Description="of a shop", Tags=[{"Key": "k", "Value": "v"}])["EventBusArn"]
assert [b["Name"] for b in events.list_event_buses()["EventBuses"]] == ["default", "orders"]
archive = events.create_archive(ArchiveName="all", EventSourceArn=bus)["ArchiveArn"]
rule = events.put_rule(Name="large", EventBusName="orders", EventPattern=json.dumps({"detail": {"total": [{"numeric": [">", 10]}]}}))["RuleArn"]
assert rule.endswith(":rule/orders/large"), rule
failed = events.put_targets(Rule="large", EventBusName="orders", Targets=[{
    "Id": "queue", "Arn": arn, "InputTransformer": {"InputPathsMap": {"n": "$.detail.total"}, "InputTemplate": '{"total": <n>}'},
}])
assert failed["FailedEntryCount"] == 0

out = events.put_events(Entries=[
    {"EventBusName": "orders", "Source": "shop", "DetailType": "order", "Detail": json.dumps({"total": total}), "Time": datetime.datetime.now()}
    for total in (5, 15)
] + [{"Source": "aws.s3", "DetailType": "x", "Detail": "{}"}])
assert out["FailedEntryCount"] == 1 and out["Entries"][2]["ErrorCode"] == "NotAuthorizedForSourceException", out
assert take(url) == {"total": 15}

events.start_replay(
    ReplayName="again", EventSourceArn=archive, Destination={"Arn": bus, "FilterArns": [rule]},
    EventStartTime=datetime.datetime.now() - datetime.timedelta(hours=1), EventEndTime=datetime.datetime.now() + datetime.timedelta(hours=1),
)
assert take(url) == {"total": 15}
assert events.describe_archive(ArchiveName="all")["EventCount"] == 2

assert [r["Name"] for p in events.get_paginator("list_rules").paginate(EventBusName="orders") for r in p["Rules"]] == ["large"]
assert events.test_event_pattern(EventPattern='{"source":["a"]}', Event=json.dumps({
    "id": "1", "account": "1", "source": "a", "time": "2026-01-01T00:00:00Z", "region": "r", "resources": [], "detail-type": "t", "detail": {},
}))["Result"]
assert "Reason: " in refused("InvalidEventPatternException", events.put_rule, Name="bad", EventPattern='{"a":1}')
refused("ResourceNotFoundException", events.describe_rule, Name="none")
refused("ValidationException", events.delete_rule, Name="large", EventBusName="orders")

connection = events.create_connection(Name="c", AuthorizationType="API_KEY", AuthParameters={
    "ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "hush"},
})["ConnectionArn"]
assert "hush" not in json.dumps(events.describe_connection(Name="c"), default=str)
events.create_api_destination(Name="d", ConnectionArn=connection, InvocationEndpoint="https://example.com/*", HttpMethod="POST")
assert events.list_api_destinations()["ApiDestinations"][0]["ApiDestinationState"] == "ACTIVE"

events.remove_targets(Rule="large", EventBusName="orders", Ids=["queue"])
events.delete_rule(Name="large", EventBusName="orders")
events.delete_event_bus(Name="orders")
print("ok")
