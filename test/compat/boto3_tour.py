"""A tour of maru with boto3: clients, resources, waiters, paginators and the
transfer of large files. Each stop is a function; it ends by an assertion that
fails or by its name being printed. The server is AWS_ENDPOINT_URL's.
"""
import hashlib
import json
import os
import sys
import time
import traceback

import boto3
from botocore.exceptions import ClientError


def refused(code, call, **parameters):
    """Assert that a call is refused with an error code."""
    try:
        call(**parameters)
    except ClientError as err:
        assert err.response["Error"]["Code"] == code, err
        return
    raise AssertionError(f"not refused; want {code}")


def queues():
    queue = boto3.resource("sqs").create_queue(QueueName="boto.fifo", Attributes={"FifoQueue": "true"})
    sent = queue.send_messages(
        Entries=[{"Id": str(i), "MessageBody": str(i), "MessageGroupId": "g", "MessageDeduplicationId": str(i)} for i in range(10)]
    )
    assert len(sent["Successful"]) == 10, sent
    received = queue.receive_messages(MaxNumberOfMessages=10, WaitTimeSeconds=2)
    assert [m.body for m in received] == [str(i) for i in range(10)], received
    for message in received:
        message.delete()
    client = boto3.client("sqs")
    for i in range(3):
        client.create_queue(QueueName=f"page-{i}")
    pages = client.get_paginator("list_queues").paginate(QueueNamePrefix="page-", PaginationConfig={"PageSize": 2})
    assert [len(p["QueueUrls"]) for p in pages] == [2, 1]
    refused("AWS.SimpleQueueService.NonExistentQueue", client.get_queue_url, QueueName="none")


def topics():
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic = sns.create_topic(Name="boto")["TopicArn"]
    url = sqs.create_queue(QueueName="boto-news")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allow]})})
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"FilterPolicy": json.dumps({"kind": ["good"]})}
    )
    for kind in ("bad", "good"):
        sns.publish(TopicArn=topic, Message=f"{kind} news", MessageAttributes={"kind": {"DataType": "String", "StringValue": kind}})
    messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert [json.loads(m["Body"])["Message"] for m in messages] == ["good news"], messages


def tables():
    table = boto3.resource("dynamodb").create_table(
        TableName="boto",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}, {"AttributeName": "s", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
    )
    table.wait_until_exists()
    with table.batch_writer() as batch:
        for i in range(60):
            batch.put_item(Item={"p": "x", "s": i, "text": "t" * 100})
    key = boto3.dynamodb.conditions.Key
    found = table.query(KeyConditionExpression=key("p").eq("x") & key("s").between(10, 19), ScanIndexForward=False)
    assert [int(i["s"]) for i in found["Items"]] == list(range(19, 9, -1)), found
    pages = table.meta.client.get_paginator("scan").paginate(TableName="boto", PaginationConfig={"PageSize": 25})
    assert [p["Count"] for p in pages][:3] == [25, 25, 10]
    refused(
        "ConditionalCheckFailedException", table.put_item, Item={"p": "x", "s": 1}, ConditionExpression="attribute_not_exists(p)"
    )
    table.delete()
    table.wait_until_not_exists()


def objects():
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="boto-files")
    s3.get_waiter("bucket_exists").wait(Bucket="boto-files")
    content = os.urandom(1 << 20) * 20
    with open("large", "wb") as f:
        f.write(content)
    s3.upload_file("large", "boto-files", "large", ExtraArgs={"Metadata": {"kind": "test"}, "ContentType": "application/x-test"})
    head = s3.head_object(Bucket="boto-files", Key="large")
    assert head["ContentLength"] == len(content) and head["Metadata"] == {"kind": "test"}, head
    assert "-" in head["ETag"], head["ETag"]
    s3.download_file("boto-files", "large", "back")
    with open("back", "rb") as f:
        assert hashlib.sha256(f.read()).digest() == hashlib.sha256(content).digest()
    part = s3.get_object(Bucket="boto-files", Key="large", Range="bytes=1000-1999")
    assert part["Body"].read() == content[1000:2000]
    for i in range(5):
        s3.put_object(Bucket="boto-files", Key=f"many/{i}", Body=str(i))
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="boto-files", Prefix="many/", PaginationConfig={"PageSize": 2})
    assert [len(p["Contents"]) for p in pages] == [2, 2, 1]
    refused("NoSuchKey", s3.get_object, Bucket="boto-files", Key="none")
    bucket = boto3.resource("s3").Bucket("boto-files")
    bucket.objects.all().delete()
    bucket.delete()
    s3.get_waiter("bucket_not_exists").wait(Bucket="boto-files")


def functions():
    iam, client = boto3.client("iam"), boto3.client("lambda")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="boto", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    iam.get_waiter("role_exists").wait(RoleName="boto")
    with open("function.zip", "rb") as f:
        client.create_function(
            FunctionName="boto", Runtime="python3.12", Handler="app.handler", Role=role["Role"]["Arn"], Code={"ZipFile": f.read()}
        )
    client.get_waiter("function_active_v2").wait(FunctionName="boto", WaiterConfig={"Delay": 1})
    answer = client.invoke(FunctionName="boto", Payload=json.dumps({"name": "Grace"}))
    assert json.load(answer["Payload"]) == "hello Grace", answer
    failed = client.invoke(FunctionName="boto", Payload="{}")
    assert failed["FunctionError"] == "Unhandled" and json.load(failed["Payload"])["errorType"] == "KeyError"
    deadline = time.monotonic() + 10  # lines come a little after the answer
    while not (lines := logged("greeting Grace")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert lines == ["greeting Grace\n"], lines


def logged(pattern):
    """The lines of the function's log that match a pattern, by all pages."""
    paginator = boto3.client("logs").get_paginator("filter_log_events")
    pages = paginator.paginate(logGroupName="/aws/lambda/boto", filterPattern=f"\"{pattern}\"")
    return [e["message"] for p in pages for e in p["events"]]


def stacks():
    client = boto3.client("cloudformation")
    body = {
        "Parameters": {"Keep": {"Type": "String", "Default": "60"}},
        "Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": {"Ref": "Keep"}}}},
        "Outputs": {"Url": {"Value": {"Ref": "Q"}}},
    }
    client.create_stack(StackName="boto", TemplateBody=json.dumps(body))
    client.get_waiter("stack_create_complete").wait(StackName="boto", WaiterConfig={"Delay": 1})
    client.update_stack(StackName="boto", UsePreviousTemplate=True, Parameters=[{"ParameterKey": "Keep", "ParameterValue": "7"}])
    client.get_waiter("stack_update_complete").wait(StackName="boto", WaiterConfig={"Delay": 1})
    stack = boto3.resource("cloudformation").Stack("boto")
    identity, url = stack.stack_id, stack.outputs[0]["OutputValue"]
    attributes = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    assert attributes["Attributes"] == {"VisibilityTimeout": "7"}, attributes
    stack.delete()
    client.get_waiter("stack_delete_complete").wait(StackName=identity, WaiterConfig={"Delay": 1})


def rest():
    ssm = boto3.client("ssm")
    for i in range(12):
        ssm.put_parameter(Name=f"/boto/{i}", Value=str(i), Type="String")
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/boto", PaginationConfig={"PageSize": 10})
    assert sum(len(p["Parameters"]) for p in pages) == 12
    assert boto3.client("sts").get_caller_identity()["Account"] == "000000000000"
    simple = {"Subject": {"Data": "hi"}, "Body": {"Text": {"Data": "there"}}}
    sent = boto3.client("sesv2").send_email(
        FromEmailAddress="a@example.com", Destination={"ToAddresses": ["b@example.com"]}, Content={"Simple": simple}
    )
    assert sent["MessageId"]
    assert boto3.client("ses").send_email(Source="a@example.com", Destination={"ToAddresses": ["b@example.com"]}, Message=simple)["MessageId"]
    api = boto3.client("apigatewayv2").create_api(Name="boto", ProtocolType="HTTP")
    assert boto3.client("apigatewayv2").get_api(ApiId=api["ApiId"])["Name"] == "boto"


if __name__ == "__main__":
    broken = 0
    for stop in (queues, topics, tables, objects, functions, stacks, rest):
        try:
            stop()
            print(f"ok    {stop.__name__}")
        except Exception:
            broken += 1
            print(f"FAIL  {stop.__name__}")
            traceback.print_exc(file=sys.stdout)
    sys.exit(1 if broken else 0)
