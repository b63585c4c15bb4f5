// Package deploy brings a template and the code beside it to CloudFormation:
// it builds and zips local folders, uploads them to a bucket, makes a change
// set, executes it, and tells what happens to each resource. It is a client
// like any other, and works through AWS's own APIs.
package deploy
