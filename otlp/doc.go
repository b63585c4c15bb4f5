// Package otlp speaks OpenTelemetry's protocol, OTLP.
//
// A Receiver takes traces, metrics and logs in, over HTTP (protobuf and JSON) and
// gRPC, and puts them where AWS's own collector would: spans become X-Ray segments
// in the same traces as the platform's own, metrics become CloudWatch's, log records
// become events of log groups. It does so through the operations that any client
// has (PutTraceSegments, PutMetricData, PutLogEvents).
//
// An Exporter sends what the platform itself tells to another OTLP endpoint.
// Nothing waits for it: what is too much, or cannot be delivered for long, is
// dropped and counted.
//
// # How OpenTelemetry becomes AWS
//
// Trace ids keep their digits: 5759e988bd862e3fe1be46a994272793 is X-Ray's
// 1-5759e988-bd862e3fe1be46a994272793. A span of a server, and one without a
// parent, is a segment named by service.name; others are subsegments. Attributes of
// HTTP, RPC, databases and AWS's SDKs fill the members that X-Ray has for them;
// what aws.xray.annotations lists becomes annotations, the rest metadata. Events
// named exception become the cause.
//
// The namespace of metrics is service.namespace/service.name. Sums are told as
// what they grew by, which of cumulative ones is known from the second report on
// (or from the first, where the sum began after this process). Histograms are
// statistic sets, exponential ones values with counts.
//
// A log group is named by aws.log.group.names or by service.name, its stream by
// aws.log.stream.names or service.instance.id. Groups and streams are made when they
// are not there.
//
// # Limits
//
// A request has at most 16 MiB, unpacked, and messages nested 64 deep. What sums
// were last is remembered of 50,000 of them, in memory.
package otlp
