// Package lambda implements AWS Lambda: functions with their versions, aliases
// and layers, synchronous and asynchronous invocations, and event sources.
// Running code is compute's.
//
// # Storage
//
// All rows begin with account, region, "lambda".
//
//	f name             → function      $LATEST and what all versions share
//	v name number      → version       a published version; never changes
//	n name             → counter       versions ever published: numbers are not used again
//	a name alias       → alias
//	p name qualifier   → policy        "" is the function's own
//	e name qualifier   → invokeConfig  of asynchronous invocations
//	u name qualifier   → functionURL   (and "" "" lambda url id → functionURL)
//	c name qualifier   → provisioned   (and "" "" lambda provisioned account region name qualifier)
//	r                  → counter       reserved concurrency, all functions together
//	L layer            → layer         the last version's number
//	l layer number     → layerVersion
//	"" "" lambda codekey → the secret that signs the addresses of archives
//	m uuid             → mapping       (and "" "" lambda mapping account region uuid)
//	k uuid shard       → checkpoint    of a stream's poller
//
// Archives are blobs, linked once by each version and layer version that has
// them. What is unpacked of them below DataDir is a cache.
//
// # Invariants
//
// An asynchronous event is a task from the moment it is acknowledged; its
// retry, its record for a destination and its dead letter are written in the
// transaction that ends the run. An environment serves one revision of one
// version, so that no invocation that begins after an update sees old code.
//
// # Differences from AWS
//
// Functions are Active when they are created, and updates take effect before
// they return; there is no Pending state. The role must have the form of a
// role's ARN, but in developer mode need not exist: when STS gives no session
// for it, functions get one of the account's root. Concurrency is
// counted by each node for itself, and each node starts all of the provisioned
// environments. Function URLs are served by gateway/functionurl; in developer
// mode the function's policy is not asked whether it lets their callers in.
// Loops are looked for as AWS does, through Lambda, SQS, SNS and S3, by the lineage
// that the trace header carries; a function's calls are of its lineage even if its
// client sends no header, by the keys of its environment. Of what a queue hands out, the messages of a loop stay
// behind until the queue's redrive policy or their age takes them away, and the rest
// of their batch is served; a lineage tells of 16 functions.
// The last invocation of a tumbling window is tried until it succeeds, since there is
// no record that could go to a destination in its place, and need not answer with a
// state. A window that no record follows ends a second after its time. A record that
// comes after one of a later window counts to that one.
// Destinations are SQS, SNS and Lambda. Payloads that fail AWS's JSON parser
// are told in our parser's words.
//
// # Known gaps
//
// Stored without effect: VpcConfig, FileSystemConfigs, KMSKeyArn, SnapStart,
// TracingConfig, Architectures (the host's is used), runtime management,
// ScalingConfig's provisioned pollers. Not there: container images, code signing, extensions. Retries of
// a failing stream batch are counted anew after a restart. Layer policies are
// stored, not asked, when another account uses a layer. Log lines that the logs
// service refuses are lost.
package lambda
