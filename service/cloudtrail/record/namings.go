package record

// naming says that a member names a resource of a type.
type naming struct{ member, kind string }

// namings are the members, of inputs and outputs, that name a service's
// resources.
func namings(service string) []naming {
	switch service {
	case "sqs":
		return []naming{{"QueueName", "AWS::SQS::Queue"}, {"QueueUrl", "AWS::SQS::Queue"}}
	case "sns":
		return []naming{{"TopicArn", "AWS::SNS::Topic"}, {"SubscriptionArn", "AWS::SNS::Subscription"}, {"Name", "AWS::SNS::Topic"}}
	case "dynamodb":
		return []naming{{"TableName", "AWS::DynamoDB::Table"}, {"ResourceArn", "AWS::DynamoDB::Table"}}
	case "dynamodbstreams":
		return []naming{{"StreamArn", "AWS::DynamoDB::Stream"}}
	case "lambda":
		return []naming{
			{"FunctionName", "AWS::Lambda::Function"},
			{"FunctionArn", "AWS::Lambda::Function"},
			{"Role", "AWS::IAM::Role"},
			{"LayerName", "AWS::Lambda::LayerVersion"},
			{"LayerVersionArn", "AWS::Lambda::LayerVersion"},
			{"UUID", "AWS::Lambda::EventSourceMapping"},
			{"EventSourceArn", "AWS::Lambda::EventSource"},
		}
	case "s3":
		return []naming{{"Bucket", "AWS::S3::Bucket"}}
	case "logs":
		return []naming{{"LogGroupName", "AWS::Logs::LogGroup"}, {"LogStreamName", "AWS::Logs::LogStream"}}
	case "cloudformation":
		return []naming{{"StackName", "AWS::CloudFormation::Stack"}, {"StackId", "AWS::CloudFormation::Stack"}, {"ChangeSetName", "AWS::CloudFormation::ChangeSet"}}
	case "iam":
		return iamNamings()
	case "sts":
		return []naming{
			{"RoleArn", "AWS::IAM::Role"},
			{"RoleSessionName", "AWS::STS::AssumedRole"},
			{"AssumedRoleUser.Arn", "AWS::STS::AssumedRole"},
			{"Credentials.AccessKeyId", "AWS::IAM::AccessKey"},
		}
	case "ssm":
		return []naming{{"Name", "AWS::SSM::Parameter"}, {"Names", "AWS::SSM::Parameter"}}
	case "apigateway":
		return apiGatewayNamings()
	case "apigatewayv2":
		return []naming{{"ApiId", "AWS::ApiGatewayV2::Api"}, {"StageName", "AWS::ApiGatewayV2::Stage"}, {"RouteId", "AWS::ApiGatewayV2::Route"}, {"IntegrationId", "AWS::ApiGatewayV2::Integration"}}
	default:
		return otherNamings(service)
	}
}

// apiGatewayNamings are those of API Gateway's first API.
func apiGatewayNamings() []naming {
	return []naming{
		{"RestApiId", "AWS::ApiGateway::RestApi"},
		{"ResourceId", "AWS::ApiGateway::Resource"},
		{"StageName", "AWS::ApiGateway::Stage"},
		{"DeploymentId", "AWS::ApiGateway::Deployment"},
		{"AuthorizerId", "AWS::ApiGateway::Authorizer"},
		{"ModelName", "AWS::ApiGateway::Model"},
		{"RequestValidatorId", "AWS::ApiGateway::RequestValidator"},
		{"UsagePlanId", "AWS::ApiGateway::UsagePlan"},
		{"ApiKey", "AWS::ApiGateway::ApiKey"},
		{"DomainName", "AWS::ApiGateway::DomainName"},
		{"VpcLinkId", "AWS::ApiGateway::VpcLink"},
		{"ClientCertificateId", "AWS::ApiGateway::ClientCertificate"},
	}
}

// iamNamings are those of IAM.
func iamNamings() []naming {
	return []naming{
		{"UserName", "AWS::IAM::User"},
		{"User.Arn", "AWS::IAM::User"},
		{"RoleName", "AWS::IAM::Role"},
		{"Role.Arn", "AWS::IAM::Role"},
		{"Role.RoleId", "AWS::IAM::Role"},
		{"GroupName", "AWS::IAM::Group"},
		{"Group.Arn", "AWS::IAM::Group"},
		{"PolicyArn", "AWS::IAM::Policy"},
		{"Policy.Arn", "AWS::IAM::Policy"},
		{"PolicyName", "AWS::IAM::Policy"},
		{"AccessKeyId", "AWS::IAM::AccessKey"},
		{"AccessKey.AccessKeyId", "AWS::IAM::AccessKey"},
		{"InstanceProfileName", "AWS::IAM::InstanceProfile"},
	}
}

// otherNamings are those of the services with few of them.
func otherNamings(service string) []naming {
	switch service {
	case "cloudwatch":
		return []naming{{"AlarmName", "AWS::CloudWatch::Alarm"}, {"AlarmNames", "AWS::CloudWatch::Alarm"}, {"DashboardName", "AWS::CloudWatch::Dashboard"}}
	case "states":
		return []naming{
			{"StateMachineArn", "AWS::StepFunctions::StateMachine"},
			{"Name", "AWS::StepFunctions::StateMachine"},
			{"ExecutionArn", "AWS::StepFunctions::Execution"},
			{"ActivityArn", "AWS::StepFunctions::Activity"},
		}
	case "ecr":
		return []naming{{"RepositoryName", "AWS::ECR::Repository"}, {"ResourceArn", "AWS::ECR::Repository"}}
	case "events":
		return []naming{
			{"Name", "AWS::Events::Rule"},
			{"Rule", "AWS::Events::Rule"},
			{"RuleArn", "AWS::Events::Rule"},
			{"EventBusName", "AWS::Events::EventBus"},
			{"ArchiveName", "AWS::Events::Archive"},
			{"ConnectionArn", "AWS::Events::Connection"},
		}
	case "scheduler":
		return []naming{{"Name", "AWS::Scheduler::Schedule"}, {"ScheduleArn", "AWS::Scheduler::Schedule"}, {"GroupName", "AWS::Scheduler::ScheduleGroup"}}
	case "pipes":
		return []naming{{"Name", "AWS::Pipes::Pipe"}, {"Arn", "AWS::Pipes::Pipe"}}
	case "schemas":
		return []naming{{"RegistryName", "AWS::EventSchemas::Registry"}, {"SchemaName", "AWS::EventSchemas::Schema"}}
	case "xray":
		return []naming{{"GroupName", "AWS::XRay::Group"}, {"GroupARN", "AWS::XRay::Group"}}
	case "ses", "sesv2":
		return []naming{{"EmailIdentity", "AWS::SES::EmailIdentity"}, {"TemplateName", "AWS::SES::Template"}}
	case "cloudtrail":
		return []naming{
			{"Name", "AWS::CloudTrail::Trail"},
			{"TrailName", "AWS::CloudTrail::Trail"},
			{"TrailARN", "AWS::CloudTrail::Trail"},
			{"ResourceId", "AWS::CloudTrail::Trail"},
			{"S3BucketName", "AWS::S3::Bucket"},
		}
	case "kinesis":
		return []naming{{"StreamName", "AWS::Kinesis::Stream"}, {"StreamARN", "AWS::Kinesis::Stream"}}
	case "kms":
		return []naming{{"KeyId", "AWS::KMS::Key"}}
	case "secretsmanager":
		return []naming{{"SecretId", "AWS::SecretsManager::Secret"}, {"Name", "AWS::SecretsManager::Secret"}, {"ARN", "AWS::SecretsManager::Secret"}}
	default:
		return nil
	}
}
