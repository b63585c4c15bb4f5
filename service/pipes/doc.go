// Package pipes is EventBridge Pipes: what comes from a queue or stream is
// filtered, enriched, rewritten and sent to a target.
//
// # Storage
//
// Under (account, region, "pipes"):
//
//	p name         → pipe
//	n              → number of pipes, a counter
//	m name         → source.Mapping: what polls the pipe's source (package source)
//	k name shard   → how far a shard was read
//
// A pipe and its mapping are written together. The mapping is enabled while the
// pipe runs, and a keeper runs a poller for each enabled one.
//
// # States
//
// A change leaves a pipe in a state of passage (CREATING, UPDATING, STARTING,
// STOPPING, DELETING) and a task of kind pipes.settle, in one transaction. The
// task looks at the source and brings the pipe to RUNNING, STOPPED, a state of
// failure with its reason, or its end. A stream's pipe is shown in its state of
// passage until its poller has found its place.
//
// # Batches
//
// A batch of records goes through filter, enrichment and target. Records whose
// handling fails stay in the queue, or are tried again from the stream, by what
// the pipe says. Each record is handled at least once. Lambda functions and
// express workflows that answer with batchItemFailures, and queues, topics and
// buses that take only part of a batch, fail just those records.
//
// # Differences from AWS
//
//   - Sources are SQS queues and DynamoDB streams. Kinesis, Kafka and message
//     brokers are refused when the pipe is made.
//   - Targets are Lambda, SQS, SNS, Step Functions, EventBridge buses, CloudWatch
//     Logs, APIs, API destinations, and Kinesis and Firehose once they exist; others
//     are refused.
//   - Sources are read as the service pipes.amazonaws.com, and targets called in the
//     pipe's role. Whether it is there is not asked; policies of roles are not
//     evaluated yet, so in enforcing mode calls are denied. A KMS key is kept and
//     shown.
//   - Log records go to CloudWatch Logs, in a stream named after the pipe; S3 and
//     Firehose destinations are kept and get nothing.
package pipes
