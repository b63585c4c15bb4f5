// Package insights is the query language of CloudWatch Logs Insights: it reads
// queries and runs them over log events that it is given. It is pure; package
// logs finds the events.
//
// # How a query runs
//
// Parse reads a query into commands. Begin divides them: those that look at one
// event alone (filter, fields, parse, unnest) become a prefix that each worker
// runs by itself; the first command that looks at many (stats, pattern, sort,
// dedup, limit) becomes a collector of which each worker has its own. Results
// merges the collectors into a fresh one and does the rest to what it holds, so
// it can be asked for while events are still added. Collectors are bounded: the
// first rows in an order, at most 100,000 groups, 5,000 patterns, and 128 MiB of
// either; percentiles and distinct counts are exact up to 10,000 values and then
// estimated. All queries of a process hold 512 MiB (NewPool). One that does not
// fit fails (see Over). Text that functions make has at most 2 MiB.
//
// What conditions demand of a message's text (see needle) is looked for in many
// messages at once, and most chunks of a log are left out by it.
//
// # Values
//
// Fields are text until they are compared or computed with: with a number, text
// that can be read as one is a number. A condition is 1 or 0; conditions of JSON
// are, too, and equal to the words "true" and "false". What is missing is equal
// to nothing, so != holds for it. Computed numbers are shown with four decimals
// at most.
//
// # Differences from AWS
//
//   - The commands anomaly and lookup, and the logfmt and CSV forms of parse, are
//     refused as syntax errors. filterIndex filters, and reads no index.
//   - stddev is that of the whole population; percentiles of few values lie
//     between two of them in proportion.
//   - Groups come in the order of their values, times from the newest, where a
//     query does not sort.
//   - Names of what varies in a pattern (Time, IP, UUID, Token), how patterns are
//     joined and the words of @differenceDescription are maru's own.
//   - unmask shows what is there: nothing is masked.
package insights
