package record

import "strings"

// table is what is special about the operations of a service.
type table struct {
	source  string            // first part of eventSource, where it is not the endpoint's
	global  bool              // events are in us-east-1
	names   map[string]string // eventName, where it is not the operation's
	data    map[string]string // data events, with the type of their resource
	reads   map[string]bool   // whether an operation only reads, where its name misleads
	never   []string          // not recorded
	answers []string          // answers of reading operations that are recorded
}

// tableOf finds a service's table. Data events and names are those of "Logging
// data events" in CloudTrail's guide and of each service's page on CloudTrail.
func tableOf(service string) table {
	switch service {
	case "s3":
		return s3Table()
	case "lambda":
		return lambdaTable()
	case "dynamodb":
		return table{
			data: every("AWS::DynamoDB::Table", `BatchExecuteStatement BatchGetItem BatchWriteItem DeleteItem ExecuteStatement ExecuteTransaction
				GetItem PutItem Query Scan TransactGetItems TransactWriteItems UpdateItem`),
		}
	case "dynamodbstreams":
		return table{source: "dynamodb", data: every("AWS::DynamoDB::Stream", "GetRecords GetShardIterator")}
	case "sqs":
		return table{
			data: every("AWS::SQS::Queue", `ChangeMessageVisibility ChangeMessageVisibilityBatch DeleteMessage DeleteMessageBatch ReceiveMessage
				SendMessage SendMessageBatch`),
		}
	case "sns":
		return table{data: every("AWS::SNS::Topic", "Publish PublishBatch")}
	case "events":
		return table{data: every("AWS::Events::EventBus", "PutEvents")}
	case "states":
		return table{never: words("GetActivityTask StartSyncExecution"), reads: map[string]bool{"TestState": false}}
	case "logs":
		return table{never: words("PutLogEvents"), reads: map[string]bool{"StartQuery": true, "StopQuery": true, "StartLiveTail": true}}
	case "cloudwatch":
		return table{data: every("AWS::CloudWatch::Metric", "GetMetricData GetMetricStatistics GetMetricWidgetImage ListMetrics PutMetricData")}
	case "xray":
		return table{
			data: every("AWS::XRay::Trace", `BatchGetTraces GetServiceGraph GetTimeSeriesServiceStatistics GetTraceGraph GetTraceSummaries
				PutTraceSegments`),
			never: words("GetSamplingTargets PutTelemetryRecords"),
		}
	case "ses", "sesv2":
		return table{source: "ses", data: every("AWS::SES::EmailIdentity", `SendBounce SendBulkEmail SendBulkTemplatedEmail
			SendCustomVerificationEmail SendEmail SendRawEmail SendTemplatedEmail`)}
	case "iam":
		return table{global: true, reads: map[string]bool{"GenerateCredentialReport": true, "GenerateServiceLastAccessedDetails": true}}
	case "sts":
		return table{
			reads: map[string]bool{
				"AssumeRole": true, "AssumeRoleWithSAML": true, "AssumeRoleWithWebIdentity": true, "AssumeRoot": true,
			},
			answers: words("AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetFederationToken GetSessionToken"),
		}
	default:
		return otherTable(service)
	}
}

// otherTable has the services with little that is special.
func otherTable(service string) table {
	switch service {
	case "kinesis":
		return table{data: every("AWS::Kinesis::Stream", "GetRecords GetShardIterator ListShards PutRecord PutRecords SubscribeToShard")}
	case "firehose":
		return table{data: every("AWS::KinesisFirehose::DeliveryStream", "PutRecord PutRecordBatch")}
	case "servicediscovery":
		return table{data: every("AWS::ServiceDiscovery::Service", "DiscoverInstances DiscoverInstancesRevision")}
	case "kms":
		return table{reads: map[string]bool{
			"Encrypt": true, "Decrypt": true, "ReEncrypt": true, "GenerateDataKey": true, "GenerateDataKeyWithoutPlaintext": true,
			"GenerateDataKeyPair": true, "GenerateMac": true, "Sign": true,
		}}
	case "cloudfront", "organizations", "route53":
		return table{global: true}
	default:
		return table{}
	}
}

// s3Table renames the operations that CloudTrail knows by their older names.
func s3Table() table {
	return table{
		names: map[string]string{
			"PutPublicAccessBlock": "PutBucketPublicAccessBlock", "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
			"DeletePublicAccessBlock":            "DeleteBucketPublicAccessBlock",
			"PutBucketNotificationConfiguration": "PutBucketNotification", "GetBucketNotificationConfiguration": "GetBucketNotification",
			"PutBucketLifecycleConfiguration": "PutBucketLifecycle", "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
			"ListObjectsV2": "ListObjects",
		},
		data: every("AWS::S3::Object", `AbortMultipartUpload CompleteMultipartUpload CopyObject CreateMultipartUpload DeleteObject
			DeleteObjectTagging DeleteObjects GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention
			GetObjectTagging GetObjectTorrent HeadBucket HeadObject ListMultipartUploads ListObjectVersions ListObjects ListObjectsV2
			ListParts PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention PutObjectTagging RestoreObject SelectObjectContent
			UploadPart UploadPartCopy`),
	}
}

// lambdaTable has the versions that Lambda writes behind its operations.
func lambdaTable() table {
	t := table{
		names: map[string]string{},
		data:  every("AWS::Lambda::Function", "Invoke InvokeAsync InvokeWithResponseStream"),
	}
	for version, operations := range map[string]string{
		"20150331": `CreateAlias CreateEventSourceMapping CreateFunction DeleteAlias DeleteEventSourceMapping DeleteFunction GetAlias
			GetEventSourceMapping ListAliases ListEventSourceMappings ListFunctions ListVersionsByFunction PublishVersion UpdateAlias
			UpdateEventSourceMapping`,
		"20150331v2": `AddPermission GetFunction GetFunctionConfiguration GetPolicy RemovePermission UpdateFunctionCode
			UpdateFunctionConfiguration`,
		"20160819":   "GetAccountSettings",
		"20170331":   "ListTags",
		"20170331v2": "TagResource UntagResource",
		"20171031":   "DeleteFunctionConcurrency PutFunctionConcurrency",
		"20181031": `AddLayerVersionPermission DeleteLayerVersion GetLayerVersion GetLayerVersionByArn GetLayerVersionPolicy
			ListLayerVersions ListLayers PublishLayerVersion RemoveLayerVersionPermission`,
		"20190925": `DeleteFunctionEventInvokeConfig GetFunctionEventInvokeConfig ListFunctionEventInvokeConfigs
			PutFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig`,
		"20190930": `DeleteProvisionedConcurrencyConfig GetFunctionConcurrency GetProvisionedConcurrencyConfig
			ListProvisionedConcurrencyConfigs PutProvisionedConcurrencyConfig`,
	} {
		for _, op := range words(operations) {
			t.names[op] = op + version
		}
	}
	return t
}

// every gives operations the same resource type.
func every(kind, operations string) map[string]string {
	out := map[string]string{}
	for _, op := range words(operations) {
		out[op] = kind
	}
	return out
}

// words are the words of a list.
func words(list string) []string { return strings.Fields(list) }
