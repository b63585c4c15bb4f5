"""What a user does with Step Functions through boto3, against the address in AWS_ENDPOINT_URL."""

import json
import time

import boto3
import botocore.exceptions
from botocore.config import Config

states = boto3.client("stepfunctions", config=Config(inject_host_prefix=False))
sqs = boto3.client("sqs")
dynamodb = boto3.client("dynamodb")
role = "arn:aws:iam::000000000000:role/workflow"


def machine(name, definition, **more):
    return states.create_state_machine(name=name, roleArn=role, definition=json.dumps(definition), **more)["stateMachineArn"]


def run(arn, document, name=None):
    more = {"name": name} if name else {}
    execution = states.start_execution(stateMachineArn=arn, input=json.dumps(document), **more)["executionArn"]
    while True:
        got = states.describe_execution(executionArn=execution)
        if got["status"] != "RUNNING":
            return got
        time.sleep(0.05)


queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
dynamodb.create_table(
    TableName="orders", BillingMode="PAY_PER_REQUEST",
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
)

order = machine("order", {
    "QueryLanguage": "JSONata", "StartAt": "Store", "States": {
        "Store": {
            "Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem",
            "Arguments": {"TableName": "orders", "Item": {"id": {"S": "{% $states.input.id %}"}, "lines": {"N": "{% $string($count($states.input.lines)) %}"}}},
            "Assign": {"id": "{% $states.input.id %}"}, "Output": "{% $states.input %}", "Next": "Lines"},
        "Lines": {
            "Type": "Map", "Items": "{% $states.input.lines %}", "MaxConcurrency": 2,
            "ItemProcessor": {"StartAt": "Send", "States": {"Send": {
                "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:sendMessage",
                "Arguments": {"QueueUrl": queue, "MessageBody": "{% $states.input %}"}, "Output": "{% $states.result.MessageId != '' %}", "End": True}}},
            "Next": "Check"},
        "Check": {
            "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:dynamodb:getItem", "Arguments": {"TableName": "orders", "Key": {"id": {"S": "{% $id %}"}}},
            "Output": {"sent": "{% $states.input %}", "lines": "{% $number($states.result.Item.lines.N) %}"}, "End": True}}})
got = run(order, {"id": "o1", "lines": ["a", "b", "c"]}, "first")
assert got["status"] == "SUCCEEDED", got
assert json.loads(got["output"]) == {"sent": [True, True, True], "lines": 3}, got["output"]

events = []
for page in states.get_paginator("get_execution_history").paginate(executionArn=got["executionArn"], maxResults=10):
    events += page["events"]
assert [e["id"] for e in events] == list(range(1, len(events) + 1))
assert events[0]["type"] == "ExecutionStarted" and events[-1]["type"] == "ExecutionSucceeded"
newest = states.get_execution_history(executionArn=got["executionArn"], reverseOrder=True, maxResults=1)["events"][0]
assert newest["type"] == "ExecutionSucceeded", newest

try:
    states.start_execution(stateMachineArn=order, name="first", input="{}")
    raise AssertionError("a name was taken twice")
except states.exceptions.ExecutionAlreadyExists:
    pass

quick = machine("quick", {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"fast": True}, "End": True}}}, type="EXPRESS")
got = states.start_sync_execution(stateMachineArn=quick, input="{}")
assert got["status"] == "SUCCEEDED" and json.loads(got["output"]) == {"fast": True}, got

bad = states.validate_state_machine_definition(definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}))
assert bad["result"] == "FAIL" and bad["diagnostics"], bad
tested = states.test_state(definition=json.dumps({"Type": "Pass", "Result": 1, "ResultPath": "$.r", "End": True}), roleArn=role, input='{"a":2}', inspectionLevel="DEBUG")
assert json.loads(tested["output"]) == {"a": 2, "r": 1} and tested["inspectionData"]["input"] == '{"a":2}', tested

activity = states.create_activity(name="people")["activityArn"]
asks = machine("asks", {"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": activity, "End": True}}})
execution = states.start_execution(stateMachineArn=asks, input='{"who":"me"}')["executionArn"]
task = states.get_activity_task(activityArn=activity, workerName="tour")
assert json.loads(task["input"]) == {"who": "me"}, task
states.send_task_success(taskToken=task["taskToken"], output='"yes"')
while states.describe_execution(executionArn=execution)["status"] == "RUNNING":
    time.sleep(0.05)
assert states.describe_execution(executionArn=execution)["output"] == '"yes"'
try:
    states.send_task_success(taskToken=task["taskToken"], output='"again"')
    raise AssertionError("a task was ended twice")
except states.exceptions.TaskTimedOut:
    pass
print("Step Functions works")
