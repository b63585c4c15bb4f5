// A small application for the CDK, which DELAY changes.
const cdk = require("aws-cdk-lib");
const { aws_ecr, aws_lambda, aws_lambda_event_sources, aws_s3, aws_sqs } = cdk;

const app = new cdk.App();
const stack = new cdk.Stack(app, "Orders", { env: { account: "000000000000", region: "us-east-1" } });

const queue = new aws_sqs.Queue(stack, "Queue", { deliveryDelay: cdk.Duration.seconds(Number(process.env.DELAY || 1)) });
const worker = new aws_lambda.Function(stack, "Worker", {
  runtime: aws_lambda.Runtime.NODEJS_20_X,
  handler: "index.handler",
  code: aws_lambda.Code.fromAsset(`${__dirname}/worker`),
});
worker.addEventSource(new aws_lambda_event_sources.SqsEventSource(queue));
new aws_s3.Bucket(stack, "Files", { versioned: true, enforceSSL: true, removalPolicy: cdk.RemovalPolicy.DESTROY });
new aws_ecr.Repository(stack, "Images", {
  emptyOnDelete: true,
  removalPolicy: cdk.RemovalPolicy.DESTROY,
  lifecycleRules: [{ maxImageCount: 5 }],
});
new cdk.CfnOutput(stack, "WorkerName", { value: worker.functionName });
