"""What a user does with CloudWatch Logs through boto3, against the address in AWS_ENDPOINT_URL."""

import gzip
import json
import time

import boto3
import botocore.exceptions

logs = boto3.client("logs")
metrics = boto3.client("cloudwatch")
s3 = boto3.client("s3")
stacks = boto3.client("cloudformation")


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        return e.response
    raise AssertionError(f"{code} was expected")


def until(what, ask):
    end = time.time() + 20
    while time.time() < end:
        got = ask()
        if got:
            return got
        time.sleep(0.05)
    raise AssertionError(what)


def query(text, group="tour"):
    now = int(time.time())
    id = logs.start_query(logGroupName=group, startTime=now - 3600, endTime=now + 60, queryString=text)["queryId"]
    out = until(text, lambda: (lambda r: r["status"] == "Complete" and r)(logs.get_query_results(queryId=id)))
    return [{f["field"]: f["value"] for f in row} for row in out["results"]], out["statistics"]


logs.create_log_group(logGroupName="tour")
logs.create_log_stream(logGroupName="tour", logStreamName="one")
logs.put_metric_filter(logGroupName="tour", filterName="slow", filterPattern="{ $.ms > 100 }", metricTransformations=[
    {"metricName": "Slow", "metricNamespace": "Tour", "metricValue": "$.ms", "dimensions": {"Path": "$.path"}}])

now = int(time.time() * 1000)
lines = [json.dumps({"level": ["INFO", "ERROR"][i % 5 == 0], "ms": i * 10, "path": f"/p/{i % 3}"}) for i in range(50)]
lines.append(json.dumps({"_aws": {"Timestamp": now, "CloudWatchMetrics": [{"Namespace": "Tour", "Dimensions": [["svc"]], "Metrics": [{"Name": "Orders"}]}]},
                         "svc": "web", "Orders": 7}))
logs.put_log_events(logGroupName="tour", logStreamName="one", logEvents=[{"timestamp": now + i, "message": m} for i, m in enumerate(lines)])

events = logs.filter_log_events(logGroupName="tour", filterPattern='{ $.level = "ERROR" }')["events"]
assert len(events) == 10, events
events = logs.get_log_events(logGroupName="tour", logStreamName="one", startFromHead=True)["events"]
assert [e["message"] for e in events] == lines

rows, statistics = query('filter level = "ERROR" | stats count(*) as n, max(ms) as worst by path | sort path')
assert rows == [{"path": "/p/0", "n": "4", "worst": "450"}, {"path": "/p/1", "n": "3", "worst": "400"}, {"path": "/p/2", "n": "3", "worst": "350"}], rows
assert statistics["recordsScanned"] == 51 and statistics["recordsMatched"] == 10, statistics
rows, _ = query("fields @message | sort ms desc | limit 1")
record = logs.get_log_record(logRecordPointer=rows[0]["@ptr"])["logRecord"]
assert record["ms"] == "490" and record["@logStream"] == "one", record
wrong = refused("MalformedQueryException", logs.start_query, logGroupName="tour", startTime=0, endTime=1, queryString="fields (")
assert wrong["queryCompileError"]["location"]["startCharOffset"] == 8, wrong
fields = {f["name"]: f["percent"] for f in logs.get_log_group_fields(logGroupName="tour", time=int(time.time()))["logGroupFields"]}
assert fields["@message"] == 100 and fields["level"] == 98, fields
assert len(logs.describe_queries(logGroupName="tour")["queries"]) == 2


def total(name, dimension, value):
    points = metrics.get_metric_statistics(Namespace="Tour", MetricName=name, Dimensions=[{"Name": dimension, "Value": value}], Period=86400,
                                           StartTime=now / 1000 - 86400, EndTime=now / 1000 + 86400, Statistics=["Sum"])["Datapoints"]
    return sum(p["Sum"] for p in points)


until("the metric filter's metric", lambda: total("Slow", "Path", "/p/0") == sum(i * 10 for i in range(50) if i * 10 > 100 and i % 3 == 0))
until("the embedded metric", lambda: total("Orders", "svc", "web") == 7)
tested = logs.test_metric_filter(filterPattern="[ip, user, ...]", logEventMessages=["127.0.0.1 ann x y"])["matches"]
assert tested[0]["extractedValues"] == {"$ip": "127.0.0.1", "$user": "ann"}, tested

s3.create_bucket(Bucket="tour-logs")
export = logs.create_export_task(logGroupName="tour", fromTime=now - 1000, to=now + 60000, destination="tour-logs")["taskId"]
until("the export", lambda: logs.describe_export_tasks(taskId=export)["exportTasks"][0]["status"]["code"] == "COMPLETED")
body = gzip.decompress(s3.get_object(Bucket="tour-logs", Key=f"exportedlogs/{export}/one/000000.gz")["Body"].read()).decode()
assert [line.split(" ", 1)[1] for line in body.splitlines()] == lines

template = {"Resources": {
    "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "stacked", "RetentionInDays": 7}},
    "Stream": {"Type": "AWS::Logs::LogStream", "Properties": {"LogGroupName": {"Ref": "Group"}}},
    "Filter": {"Type": "AWS::Logs::MetricFilter", "Properties": {
        "LogGroupName": {"Ref": "Group"}, "FilterPattern": "{ $.a = 1 }",
        "MetricTransformations": [{"MetricName": "m", "MetricNamespace": "n", "MetricValue": "1", "Dimensions": [{"Key": "B", "Value": "$.b"}]}]}},
    "Destination": {"Type": "AWS::Logs::Destination", "Properties": {
        "DestinationName": "d", "TargetArn": "arn:aws:kinesis:us-east-1:000000000000:stream/s", "RoleArn": "arn:aws:iam::000000000000:role/r",
        "DestinationPolicy": '{"Statement": []}'}},
    "Subscription": {"Type": "AWS::Logs::SubscriptionFilter", "Properties": {
        "LogGroupName": {"Ref": "Group"}, "FilterPattern": "ERROR", "DestinationArn": {"Fn::GetAtt": ["Destination", "Arn"]}}},
    "Policy": {"Type": "AWS::Logs::ResourcePolicy", "Properties": {"PolicyName": "p", "PolicyDocument": '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "es.amazonaws.com"}, "Action": "logs:PutLogEvents", "Resource": "*"}]}'}},
    "Query": {"Type": "AWS::Logs::QueryDefinition", "Properties": {"Name": "q", "QueryString": "fields @message", "LogGroupNames": [{"Ref": "Group"}]}},
}}
stacks.create_stack(StackName="tour", TemplateBody=json.dumps(template))
stacks.get_waiter("stack_create_complete").wait(StackName="tour", WaiterConfig={"Delay": 0.2})
made = logs.describe_metric_filters(logGroupName="stacked")["metricFilters"]
assert made[0]["metricTransformations"][0]["dimensions"] == {"B": "$.b"}, made
assert len(logs.describe_subscription_filters(logGroupName="stacked")["subscriptionFilters"]) == 1
assert logs.describe_destinations()["destinations"][0]["accessPolicy"] == '{"Statement": []}'
assert logs.describe_resource_policies()["resourcePolicies"][0]["policyName"] == "p"
assert logs.describe_query_definitions()["queryDefinitions"][0]["logGroupNames"] == ["stacked"]
template["Resources"]["Query"]["Properties"]["Name"] = "renamed"
stacks.update_stack(StackName="tour", TemplateBody=json.dumps(template))
stacks.get_waiter("stack_update_complete").wait(StackName="tour", WaiterConfig={"Delay": 0.2})
assert [q["name"] for q in logs.describe_query_definitions()["queryDefinitions"]] == ["renamed"]
stacks.delete_stack(StackName="tour")
stacks.get_waiter("stack_delete_complete").wait(StackName="tour", WaiterConfig={"Delay": 0.2})
assert not logs.describe_query_definitions()["queryDefinitions"] and not logs.describe_destinations()["destinations"]

logs.delete_metric_filter(logGroupName="tour", filterName="slow")
logs.delete_log_group(logGroupName="tour")
refused("ResourceNotFoundException", logs.get_log_events, logGroupName="tour", logStreamName="one")
