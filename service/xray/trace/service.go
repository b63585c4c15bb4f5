package trace

import "strings"

// Service is a node of the service graph.
type Service struct {
	Name, Account, Type string
}

// The types of nodes that no document names.
const (
	clientType = "client"
	remoteType = "remote"
)

// service is the node that a segment's work belongs to.
func (s *Segment) service(account string) Service {
	if s.AWS != nil && s.AWS.AccountID != "" {
		account = s.AWS.AccountID
	}
	return Service{s.Name, account, s.Origin}
}

// callee is the node that a call is of, as far as only the caller tells.
func (s *Segment) callee(account string) Service {
	if s.SQL != nil {
		return Service{s.Name, "", "Database::SQL"}
	}
	if s.Namespace != "aws" {
		return Service{s.Name, "", remoteType}
	}
	a := s.AWS
	if a == nil {
		a = &AWS{}
	}
	if a.AccountID != "" {
		account = a.AccountID
	}
	name := strings.ReplaceAll(s.Name, " ", "")
	for _, r := range []struct{ is, resource, kind string }{
		{"DynamoDB", a.TableName, "AWS::DynamoDB::Table"},
		{"SQS", tail(a.QueueURL, "/"), "AWS::SQS::Queue"},
		{"S3", a.BucketName, "AWS::S3::Bucket"},
		{"SNS", tail(a.TopicARN, ":"), "AWS::SNS::Topic"},
		{"Lambda", a.FunctionName, "AWS::Lambda::Function"},
	} {
		if strings.EqualFold(name, r.is) && r.resource != "" {
			return Service{r.resource, account, r.kind}
		}
	}
	return Service{s.Name, account, "AWS::" + name}
}

// tail is what follows the last separator.
func tail(s, separator string) string { return s[strings.LastIndex(s, separator)+1:] }
