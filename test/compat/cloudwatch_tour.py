"""What a user does with CloudWatch through boto3, against the address in AWS_ENDPOINT_URL."""

import datetime
import json
import time

import boto3
import botocore.exceptions

cw = boto3.client("cloudwatch")
sns = boto3.client("sns")
sqs = boto3.client("sqs")
now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
start, end = now - datetime.timedelta(minutes=10), now + datetime.timedelta(minutes=1)


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        return e.response["Error"]["Message"]
    raise AssertionError(f"{code} was expected")


def eventually(what, ok):
    for _ in range(150):
        if ok():
            return
        time.sleep(0.2)
    raise AssertionError(what)


def stat(id, name, dims={}, returned=True, stat="Sum"):
    metric = {"Namespace": "shop", "MetricName": name, "Dimensions": [{"Name": k, "Value": v} for k, v in dims.items()]}
    return {"Id": id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}, "ReturnData": returned}


def ask(*queries, **options):
    out = cw.get_metric_data(MetricDataQueries=list(queries), StartTime=start, EndTime=end, ScanBy="TimestampAscending", **options)
    return {r["Label"]: r["Values"] for r in out["MetricDataResults"]}


# Data and statistics
for minute in range(10):
    at = start + datetime.timedelta(minutes=minute)
    for fn in ("a", "b"):
        cw.put_metric_data(Namespace="shop", MetricData=[
            {"MetricName": "errors", "Dimensions": [{"Name": "Fn", "Value": fn}], "Timestamp": at, "Value": minute, "Unit": "Count"},
            {"MetricName": "latency", "Dimensions": [{"Name": "Fn", "Value": fn}], "Timestamp": at, "Values": [10, 20, 30], "Counts": [1, 2, 1]},
        ])
points = cw.get_metric_statistics(Namespace="shop", MetricName="latency", Dimensions=[{"Name": "Fn", "Value": "a"}], StartTime=start, EndTime=end,
                                  Period=3600 * 24, Statistics=["Sum", "SampleCount"], ExtendedStatistics=["p50", "tm90"])["Datapoints"]
assert sum(p["SampleCount"] for p in points) == 40 and abs(points[0]["ExtendedStatistics"]["p50"] - 20) < 0.5, points
assert len(cw.list_metrics(Namespace="shop", MetricName="errors")["Metrics"]) == 2
assert "must" in refused("InvalidParameterValue", cw.put_metric_data, Namespace="shop", MetricData=[{"MetricName": "m", "Value": 1, "Timestamp": start - datetime.timedelta(days=30)}])
refused("InvalidParameterValue", cw.put_metric_data, Namespace="AWS/Mine", MetricData=[{"MetricName": "m", "Value": 1}])

# Expressions, searches, queries, labels and pages
both = stat("m1", "errors", {"Fn": "a"}, False), stat("m2", "errors", {"Fn": "b"}, False)
assert ask(*both, {"Id": "e1", "Expression": "SUM(METRICS())", "Label": "all"}) == {"all": [2.0 * i for i in range(10)]}
assert ask({"Id": "e1", "Expression": "SEARCH('{shop,Fn} MetricName=\"errors\"', 'Sum', 60)"}) == {"a": [float(i) for i in range(10)], "b": [float(i) for i in range(10)]}
assert ask({"Id": "q1", "Expression": 'SELECT MAX(errors) FROM SCHEMA("shop", Fn) GROUP BY Fn ORDER BY SUM() DESC LIMIT 1', "Period": 60}) == {"a": [float(i) for i in range(10)]}
assert list(ask(stat("m1", "errors", {"Fn": "a"}) | {"Label": "${PROP('Dim.Fn')} ${MAX}"})) == ["a 9"]
paged = cw.get_paginator("get_metric_data").paginate(MetricDataQueries=[stat("m1", "errors", {"Fn": "a"}), stat("m2", "errors", {"Fn": "b"})], StartTime=start, EndTime=end, MaxDatapoints=3)
assert sum(len(r["Values"]) for page in paged for r in page["MetricDataResults"]) == 20
assert "Unsupported operand" in refused("ValidationError", cw.get_metric_data, MetricDataQueries=[*both, {"Id": "e1", "Expression": "[m1,m2]*[m1,m2]"}], StartTime=start, EndTime=end)

# Alarms, composite alarms and what they tell
topic = sns.create_topic(Name="alarms")["TopicArn"]
url = sqs.create_queue(QueueName="alarms")["QueueUrl"]
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"], Attributes={"RawMessageDelivery": "true"})
cw.put_metric_alarm(AlarmName="rate", EvaluationPeriods=1, Threshold=5, ComparisonOperator="GreaterThanThreshold", Tags=[{"Key": "k", "Value": "v"}],
                    Metrics=[*both, {"Id": "e1", "Expression": "m1+m2"}])
cw.put_metric_alarm(AlarmName="quiet", Namespace="shop", MetricName="none", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
                    ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching")
cw.put_composite_alarm(AlarmName="top", AlarmRule="ALARM(rate) AND NOT ALARM(quiet)", AlarmActions=[topic])
eventually("rate in ALARM", lambda: cw.describe_alarms(AlarmNames=["rate"], StateValue="ALARM")["MetricAlarms"])
eventually("top in ALARM", lambda: cw.describe_alarms(AlarmNames=["top"], AlarmTypes=["CompositeAlarm"], StateValue="ALARM")["CompositeAlarms"])
cw.get_waiter("composite_alarm_exists").wait(AlarmNames=["top"], AlarmTypes=["CompositeAlarm"])
message = json.loads(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"][0]["Body"])
assert message["AlarmName"] == "top" and message["NewStateValue"] == "ALARM" and message["TriggeringChildren"], message
assert [a["AlarmName"] for a in cw.describe_alarms(ChildrenOfAlarmName="top")["MetricAlarms"]] == ["quiet", "rate"]
assert [a["AlarmName"] for a in cw.describe_alarms_for_metric(Namespace="shop", MetricName="none")["MetricAlarms"]] == ["quiet"]
items = cw.describe_alarm_history(AlarmName="top", AlarmTypes=["CompositeAlarm"])["AlarmHistoryItems"]
assert {i["HistoryItemType"] for i in items} == {"ConfigurationUpdate", "StateUpdate", "Action"}, items
assert all(json.loads(i["HistoryData"])["version" if i["HistoryItemType"] != "Action" else "actionState"] for i in items)
assert cw.list_tags_for_resource(ResourceARN=cw.describe_alarms(AlarmNames=["rate"])["MetricAlarms"][0]["AlarmArn"])["Tags"] == [{"Key": "k", "Value": "v"}]
assert "depending on it" in refused("ValidationError", cw.delete_alarms, AlarmNames=["rate"])
cw.set_alarm_state(AlarmName="quiet", StateValue="ALARM", StateReason="test")
cw.disable_alarm_actions(AlarmNames=["rate"])
assert not cw.describe_alarms(AlarmNames=["rate"])["MetricAlarms"][0]["ActionsEnabled"]
cw.delete_alarms(AlarmNames=["top", "rate", "quiet"])
refused("ResourceNotFound", cw.set_alarm_state, AlarmName="rate", StateValue="OK", StateReason="gone")

# Dashboards, images and detectors
assert cw.put_dashboard(DashboardName="board", DashboardBody=json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "# hi"}}]}))["DashboardValidationMessages"] == []
try:
    cw.put_dashboard(DashboardName="bad", DashboardBody='{"widgets":[{"type":"text"}]}')
    raise AssertionError("a bad dashboard was taken")
except cw.exceptions.DashboardInvalidInputError as e:
    assert e.response["Error"]["Code"] == "InvalidParameterInput", e.response
assert [d["DashboardName"] for d in cw.list_dashboards()["DashboardEntries"]] == ["board"]
assert "hi" in cw.get_dashboard(DashboardName="board")["DashboardBody"]
cw.delete_dashboards(DashboardNames=["board"])
refused("ResourceNotFound", cw.get_dashboard, DashboardName="board")
image = cw.get_metric_widget_image(MetricWidget=json.dumps({"metrics": [["shop", "errors", "Fn", "a"], ["...", "b"]], "period": 60, "width": 300, "height": 200}))["MetricWidgetImage"]
assert image.startswith(b"\x89PNG"), image[:10]
detector = {"SingleMetricAnomalyDetector": {"Namespace": "shop", "MetricName": "errors", "Dimensions": [{"Name": "Fn", "Value": "a"}], "Stat": "Sum"}}
cw.put_anomaly_detector(**detector)
assert len(cw.describe_anomaly_detectors(Namespace="shop")["AnomalyDetectors"]) == 1
cw.delete_anomaly_detector(**detector)
try:
    cw.put_metric_stream(Name="s", FirehoseArn="arn:aws:firehose:us-east-1:000000000000:deliverystream/d", RoleArn="arn:aws:iam::000000000000:role/r", OutputFormat="json")
    raise AssertionError("a metric stream was made")
except botocore.exceptions.ClientError as e:
    assert e.response["ResponseMetadata"]["HTTPStatusCode"] == 501, e
print("done")
