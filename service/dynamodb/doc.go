// Package dynamodb is Amazon DynamoDB: tables, items, their indexes, and the
// expressions over them.
//
// # Parts
//
// The operations are here, one a file. What they stand on is below:
//
//	number    decimal arithmetic, and its sort order
//	attr      values, their sizes and their stored form
//	expr      the expression language
//	table     where everything lies, and the one way in which an item changes
//	search    pages of items: Query, Scan, SELECT
//	partiql   the statements of PartiQL, brought onto expr
//	stream    the log of changes, which service/dynamodbstreams reads
//	request   what requests have in common: values, conditions, placeholders
//	schema    the rules for tables and for items in them; descriptions
//	capacity  the counting of units
//	upkeep    what is done later: filling indexes, expiry, trimming
//
// table's documentation has the layout of the store, and stream's that of the log.
//
// Beside those rows there are, below account, region and "dynamodb":
//
//	token name            → what a ClientRequestToken has been used for
//	token-at second name  → nothing: in which order tokens end
//	token-sweep           → whether the task that removes them is pending
//
// # Invariants
//
// An item, its row in each index, its expiry time, the counters of items and
// bytes, and its stream record change in one transaction. A table's
// description is part of what every transaction over its items has read, so
// none commits against one that has changed. Items that are equal have the
// same bytes: numbers are canonical, attributes and sets sorted.
//
// # Differences from AWS
//
// Every read is strongly consistent, on indexes, too; an eventually consistent
// one only costs less. Tables and indexes are ready at once, save for the
// filling of a new index; item counts are exact and current. Nothing is
// throttled: capacity is counted and told, not limited. A transaction never
// ends in TransactionConflict, and BatchWriteItem is one transaction that
// leaves nothing unprocessed. An expired item goes within a minute. Streams
// keep their number of shards: four for on-demand tables, one for a thousand
// provisioned writes; a shard ends only when its stream is turned off. Two-key
// schemas only: indexes over up to four attributes a side are refused. A
// SELECT's NextToken is good for the same statement with the same parameters,
// for as long as it lasts.
//
// # Known gaps
//
// Stored and told, but without effect: table class, warm and on-demand
// throughput, encryption settings, resource policies, and point
// in time recovery (nothing restores; no times to restore to are told).
// The 10 GB limit of item collections is not watched, and ItemCollectionMetrics
// estimates each as between 0 and 1 GB. Global tables, backups, exports,
// imports, contributor insights and Kinesis destinations are not
// implemented.
package dynamodb
