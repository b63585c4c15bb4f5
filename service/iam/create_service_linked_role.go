package iam

import (
	"context"
	"strings"

	api "maru.dev/maru/api/iam"
)

// CreateServiceLinkedRole makes the role by which a service acts in the account.
//
// Spec: IAM API Reference, CreateServiceLinkedRole.
func (s *Service) CreateServiceLinkedRole(ctx context.Context, in *api.CreateServiceLinkedRoleInput) (*api.CreateServiceLinkedRoleOutput, error) {
	name, err := linkedName(in.AWSServiceName, in.CustomSuffix)
	if err != nil {
		return nil, err
	}
	made := entity{
		Name: name, Path: linkedPath + in.AWSServiceName + "/", ID: s.uniqueID(idPrefix[role]), Created: s.now(),
		Description: in.Description, MaxSession: 3600, Linked: in.AWSServiceName,
		Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["` + in.AWSServiceName + `"]},"Action":["sts:AssumeRole"]}]}`,
	}
	var e entity
	err = s.update(ctx, func(t *table) error {
		e = made
		e.ARN = t.arnOf("role", e.Path, e.Name)
		if _, taken, err := t.tx.Get(t.entityKey(role, e.Name)); err != nil || taken {
			if taken {
				return &api.InvalidInputException{Message: "Service role name " + e.Name + " has been taken in this account, please try a different suffix."}
			}
			return err
		}
		return t.insert(role, &e)
	})
	if err != nil {
		return nil, err
	}
	out := roleOut(&e)
	out.RoleLastUsed = nil
	return &api.CreateServiceLinkedRoleOutput{Role: &out}, nil
}

// linkedPath is the path of service-linked roles.
const linkedPath = "/aws-service-role/"

// knownLinked are the names that do not follow from the service's principal.
var knownLinked = map[string]string{
	"autoscaling":                      "AutoScaling",
	"dynamodb.application-autoscaling": "ApplicationAutoScaling_DynamoDBTable",
	"ecs.application-autoscaling":      "ApplicationAutoScaling_ECSService",
	"lambda.application-autoscaling":   "ApplicationAutoScaling_LambdaConcurrency",
	"ecs":                              "ECS",
	"elasticloadbalancing":             "ElasticLoadBalancing",
	"ops.apigateway":                   "APIGateway",
	"replication.dynamodb":             "DynamoDBReplication",
	"events":                           "CloudWatchEvents",
	"apidestinations.events":           "AmazonEventBridgeApiDestinations",
	"rds":                              "RDS",
	"elasticache":                      "ElastiCache",
	"es":                               "AmazonElasticsearchService",
	"opensearchservice":                "AmazonOpenSearchService",
	"route53resolver":                  "Route53Resolver",
	"spot":                             "EC2Spot",
	"config":                           "Config",
	"cloudtrail":                       "CloudTrail",
	"xray":                             "XRay",
	"appmesh":                          "AppMesh",
}

// linkedName is the name of a service's role.
func linkedName(service string, suffix *string) (string, error) {
	short, ok := strings.CutSuffix(service, ".amazonaws.com")
	if !ok || short == "" || strings.ContainsAny(short, "/ ") {
		return "", &api.InvalidInputException{Message: "Service Role is not available for service principal " + service + "."}
	}
	name, known := knownLinked[short]
	if !known {
		for part := range strings.SplitSeq(short, ".") {
			if part != "" {
				name += strings.ToUpper(part[:1]) + part[1:]
			}
		}
	}
	name = "AWSServiceRoleFor" + name
	if suffix != nil && *suffix != "" {
		name += "_" + *suffix
	}
	return name, nil
}
