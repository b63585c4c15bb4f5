package cloudformation_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
	ecrsvc "maru.dev/maru/service/ecr"
	s3svc "maru.dev/maru/service/s3"
	ssmsvc "maru.dev/maru/service/ssm"
)

// newAssetEnv is a server with what the files and images of deployments need.
func newAssetEnv(t *testing.T) *testenv.Env {
	t.Helper()
	return testenv.NewWith(t, testenv.Options{Clock: clock.System{}},
		append(registrations(), ecrsvc.Registration(), s3svc.Registration(), ssmsvc.Registration())...)
}

// images is a repository with all that it can have; Changed is its next version.
const images = `
Parameters:
  Changed: {Type: String, Default: "no"}
Conditions:
  Changed: !Equals [!Ref Changed, "yes"]
Resources:
  Images:
    Type: AWS::ECR::Repository
    Properties:
      EmptyOnDelete: true
      EncryptionConfiguration: {EncryptionType: KMS, KmsKey: alias/images}
      ImageScanningConfiguration: {ScanOnPush: !If [Changed, false, true]}
      ImageTagMutability: !If [Changed, IMMUTABLE, IMMUTABLE_WITH_EXCLUSION]
      ImageTagMutabilityExclusionFilters: !If
        - Changed
        - !Ref AWS::NoValue
        - [{ImageTagMutabilityExclusionFilterType: WILDCARD, ImageTagMutabilityExclusionFilterValue: dev-*}]
      LifecyclePolicy:
        LifecyclePolicyText: !If
          - Changed
          - '{"rules": [{"rulePriority": 1, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9}, "action": {"type": "expire"}}]}'
          - '{"rules": [{"rulePriority": 1, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 5}, "action": {"type": "expire"}}]}'
      RepositoryPolicyText: !If
        - Changed
        - !Ref AWS::NoValue
        - Version: "2012-10-17"
          Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: ecr:BatchGetImage}]
      Tags: !If
        - Changed
        - [{Key: stage, Value: two}]
        - [{Key: stage, Value: one}, {Key: team, Value: a}]
Outputs:
  Name: {Value: !Ref Images}
  Arn: {Value: !GetAtt Images.Arn}
  Uri: {Value: !GetAtt Images.RepositoryUri}
`

// settings is what ECR tells of a repository, in few words.
func settings(t *testing.T, env *testenv.Env, name string) map[string]string {
	t.Helper()
	out, err := env.ECR().DescribeRepositories(t.Context(), &ecr.DescribeRepositoriesInput{RepositoryNames: []string{name}})
	if err != nil {
		t.Fatal(err)
	}
	r := out.Repositories[0]
	told := map[string]string{"mutability": string(r.ImageTagMutability), "key": aws.ToString(r.EncryptionConfiguration.KmsKey), "policy": "no", "scan": "no"}
	if r.ImageScanningConfiguration.ScanOnPush {
		told["scan"] = "yes"
	}
	if p, err := env.ECR().GetLifecyclePolicy(t.Context(), &ecr.GetLifecyclePolicyInput{RepositoryName: &name}); err == nil {
		told["lifecycle"] = *p.LifecyclePolicyText
	}
	if _, err := env.ECR().GetRepositoryPolicy(t.Context(), &ecr.GetRepositoryPolicyInput{RepositoryName: &name}); err == nil {
		told["policy"] = "yes"
	}
	tags, err := env.ECR().ListTagsForResource(t.Context(), &ecr.ListTagsForResourceInput{ResourceArn: r.RepositoryArn})
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range tags.Tags {
		told["tag "+*tag.Key] = *tag.Value
	}
	return told
}

func TestARepositoryChangesInPlace(t *testing.T) {
	t.Parallel()
	env := newAssetEnv(t)
	st := create(t, env, &cfn.CreateStackInput{StackName: aws.String("Images"), TemplateBody: aws.String(images)})
	want(t, env, st, types.StackStatusCreateComplete)
	out := outputs(st)
	name := out["Name"]
	if diff := cmp.Diff(map[string]string{
		"Name": name, "Arn": "arn:aws:ecr:us-east-1:000000000000:repository/" + name, "Uri": "000000000000.dkr.ecr.us-east-1.amazonaws.com/" + name,
	}, out); diff != "" {
		t.Error(diff)
	}
	lifecycle := func(n string) string {
		return `{"rules": [{"rulePriority": 1, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": ` + n + `}, "action": {"type": "expire"}}]}`
	}
	if diff := cmp.Diff(map[string]string{
		"mutability": "IMMUTABLE_WITH_EXCLUSION", "key": "alias/images", "scan": "yes", "lifecycle": lifecycle("5"), "policy": "yes", "tag stage": "one", "tag team": "a",
	}, settings(t, env, name)); diff != "" {
		t.Error(diff)
	}
	_, err := env.CloudFormation().UpdateStack(t.Context(), &cfn.UpdateStackInput{
		StackName: aws.String("Images"), TemplateBody: aws.String(images),
		Parameters: []types.Parameter{{ParameterKey: aws.String("Changed"), ParameterValue: aws.String("yes")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	st = settle(t, env, "Images")
	want(t, env, st, types.StackStatusUpdateComplete)
	if outputs(st)["Name"] != name {
		t.Errorf("%s became %s", name, outputs(st)["Name"])
	}
	if diff := cmp.Diff(map[string]string{
		"mutability": "IMMUTABLE", "key": "alias/images", "scan": "no", "lifecycle": lifecycle("9"), "policy": "no", "tag stage": "two",
	}, settings(t, env, name)); diff != "" {
		t.Error(diff)
	}
	if _, err := env.CloudFormation().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("Images")}); err != nil {
		t.Fatal(err)
	}
	settle(t, env, *st.StackId)
	if left, err := env.ECR().DescribeRepositories(t.Context(), &ecr.DescribeRepositoriesInput{}); err != nil || len(left.Repositories) != 0 {
		t.Error(left, err)
	}
}

// account prepares an account for deployments in the way that the CDK's
// bootstrapping does: where files and images go, who puts them there and deploys
// them, and which version of all this it is.
const account = `
Parameters:
  Qualifier: {Type: String, Default: proof}
  BucketName: {Type: String, Default: ""}
  KeyId: {Type: String, Default: "-"}
  Trusted: {Type: CommaDelimitedList, Default: ""}
  BlockPublic: {Type: String, Default: "true", AllowedValues: ["true", "false"]}
Conditions:
  OwnBucketName: !Not [!Equals ["", !Ref BucketName]]
  OwnKey: !Not [!Equals ["-", !Ref KeyId]]
  Block: !Equals ["true", !Ref BlockPublic]
  Trusts: !Not [!Equals ["", !Join ["", !Ref Trusted]]]
Resources:
  Key:
    Type: AWS::KMS::Key
    Condition: OwnKey
    Properties: {KeyPolicy: {Statement: []}}
  Files:
    Type: AWS::S3::Bucket
    UpdateReplacePolicy: Retain
    DeletionPolicy: Retain
    Properties:
      BucketName: !If [OwnBucketName, !Ref BucketName, !Sub "assets-${Qualifier}-${AWS::AccountId}-${AWS::Region}"]
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: {SSEAlgorithm: aws:kms, KMSMasterKeyID: !If [OwnKey, !Ref KeyId, !Ref AWS::NoValue]}
      PublicAccessBlockConfiguration: !If
        - Block
        - {BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true}
        - !Ref AWS::NoValue
      VersioningConfiguration: {Status: Enabled}
      LifecycleConfiguration:
        Rules:
          - {Id: Old, Status: Enabled, NoncurrentVersionExpiration: {NoncurrentDays: 30}}
          - {Id: Parts, Status: Enabled, AbortIncompleteMultipartUpload: {DaysAfterInitiation: 1}}
  FilesPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Files
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Sid: OnlyTLS, Effect: Deny, Principal: "*", Action: "s3:*", Resource: [!Sub "${Files.Arn}", !Sub "${Files.Arn}/*"], Condition: {Bool: {aws:SecureTransport: "false"}}}
  Images:
    Type: AWS::ECR::Repository
    Properties:
      RepositoryName: !Sub assets-${Qualifier}-${AWS::AccountId}-${AWS::Region}
      ImageTagMutability: IMMUTABLE
      LifecyclePolicy:
        LifecyclePolicyText: |
          {"rules": [{"rulePriority": 1, "description": "What has no tag goes", "action": {"type": "expire"},
            "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 365}}]}
      RepositoryPolicyText:
        Version: "2012-10-17"
        Statement:
          - Sid: Functions
            Effect: Allow
            Principal: {Service: lambda.amazonaws.com}
            Action: [ecr:BatchGetImage, ecr:GetDownloadUrlForLayer]
            Condition: {StringLike: {aws:sourceArn: !Sub "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*"}}
  FileWriter:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub ${Qualifier}-files
      AssumeRolePolicyDocument: &trust
        Statement:
          - {Action: sts:TagSession, Effect: Allow, Principal: {AWS: !Ref AWS::AccountId}}
          - {Action: sts:AssumeRole, Effect: Allow, Principal: {AWS: !Ref AWS::AccountId}}
          - !If [Trusts, {Action: sts:AssumeRole, Effect: Allow, Principal: {AWS: !Ref Trusted}}, !Ref AWS::NoValue]
      Tags: [{Key: purpose, Value: files}]
  FileWriterPolicy:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: !Sub ${Qualifier}-files
      Roles: [!Ref FileWriter]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Action: ["s3:GetObject*", "s3:PutObject*", "s3:List*"], Resource: [!Sub "${Files.Arn}", !Sub "${Files.Arn}/*"]}
          - !If [OwnKey, {Effect: Allow, Action: "kms:Encrypt", Resource: "*"}, !Ref AWS::NoValue]
  ImageWriter:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub ${Qualifier}-images
      AssumeRolePolicyDocument: *trust
      Policies:
        - PolicyName: push
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {Effect: Allow, Action: [ecr:PutImage, ecr:BatchGetImage], Resource: !Sub "${Images.Arn}"}
              - {Effect: Allow, Action: ecr:GetAuthorizationToken, Resource: "*"}
  Reader:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub ${Qualifier}-lookup
      AssumeRolePolicyDocument: *trust
      ManagedPolicyArns: [!Sub "arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess"]
      Policies:
        - PolicyName: no-secrets
          PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "kms:Decrypt", Resource: "*"}]}
  Executor:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub ${Qualifier}-exec
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: sts:AssumeRole, Principal: {Service: cloudformation.amazonaws.com}}]}
      ManagedPolicyArns: [!Sub "arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess"]
  Deployer:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub ${Qualifier}-deploy
      AssumeRolePolicyDocument: *trust
      Policies:
        - PolicyName: default
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {Effect: Allow, Action: ["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"], Resource: "*"}
              - {Effect: Allow, Action: iam:PassRole, Resource: !GetAtt Executor.Arn}
  Version:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Name: !Sub "/bootstrap/${Qualifier}/version", Value: "30"}
Outputs:
  Bucket: {Value: !Ref Files}
  Repository: {Value: !Ref Images}
  Version: {Value: !GetAtt Version.Value}
`

func TestAnAccountIsPreparedForDeployments(t *testing.T) {
	t.Parallel()
	env := newAssetEnv(t)
	st := create(t, env, &cfn.CreateStackInput{StackName: aws.String("Toolkit"), TemplateBody: aws.String(account)})
	want(t, env, st, types.StackStatusCreateComplete)
	if diff := cmp.Diff(map[string]string{
		"Bucket": "assets-proof-000000000000-us-east-1", "Repository": "assets-proof-000000000000-us-east-1", "Version": "30",
	}, outputs(st)); diff != "" {
		t.Error(diff)
	}
	bucket := outputs(st)["Bucket"]
	if out, err := env.S3().GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: &bucket}); err != nil || !*out.PublicAccessBlockConfiguration.BlockPublicPolicy {
		t.Error(out, err)
	}
	if out, err := env.S3().GetBucketLifecycleConfiguration(t.Context(), &s3.GetBucketLifecycleConfigurationInput{Bucket: &bucket}); err != nil || len(out.Rules) != 2 {
		t.Error(out, err)
	}
	if out, err := env.SSM().GetParameter(t.Context(), &ssm.GetParameterInput{Name: aws.String("/bootstrap/proof/version")}); err != nil || *out.Parameter.Value != "30" {
		t.Error(out, err)
	}
	if got := settings(t, env, outputs(st)["Repository"]); got["mutability"] != "IMMUTABLE" || got["policy"] != "yes" || got["lifecycle"] == "" {
		t.Error(got)
	}
	if _, err := env.CloudFormation().DeleteStack(t.Context(), &cfn.DeleteStackInput{StackName: aws.String("Toolkit")}); err != nil {
		t.Fatal(err)
	}
	want(t, env, settle(t, env, *st.StackId), types.StackStatusDeleteComplete)
	if _, err := env.S3().HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: &bucket}); err != nil {
		t.Errorf("the bucket was to be kept: %v", err)
	}
}
