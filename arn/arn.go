// Package arn reads and writes Amazon Resource Names.
package arn

import (
	"errors"
	"strings"
)

// ARN is a resource's name in its parts.
type ARN struct {
	Partition string // "aws"
	Service   string
	Region    string // empty for global services
	Account   string // 12 digits; empty for S3
	Resource  string // the rest, colons and slashes included
}

// errForm is why a string is no ARN.
var errForm = errors.New("not an ARN: want arn:partition:service:region:account:resource")

// Parse reads s.
func Parse(s string) (ARN, error) {
	p := strings.SplitN(s, ":", 6)
	if len(p) != 6 || p[0] != "arn" || p[1] == "" || p[2] == "" || p[5] == "" {
		return ARN{}, errForm
	}
	return ARN{Partition: p[1], Service: p[2], Region: p[3], Account: p[4], Resource: p[5]}, nil
}

// New returns the ARN of a resource in the standard partition, as text.
func New(service, region, account, resource string) string {
	return ARN{Partition: "aws", Service: service, Region: region, Account: account, Resource: resource}.String()
}

// String writes a as text.
func (a ARN) String() string {
	return "arn:" + a.Partition + ":" + a.Service + ":" + a.Region + ":" + a.Account + ":" + a.Resource
}

// Split cuts the resource at its first colon or slash into type and id; the
// type is empty when there is neither.
func (a ARN) Split() (kind, id string) {
	i := strings.IndexAny(a.Resource, ":/")
	if i < 0 {
		return "", a.Resource
	}
	return a.Resource[:i], a.Resource[i+1:]
}
