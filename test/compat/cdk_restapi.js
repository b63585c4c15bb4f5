// An application for the CDK with two REST APIs: a LambdaRestApi with CORS, whose
// function GREETING changes, and one with a mock method, a key and a model.
const cdk = require("aws-cdk-lib");
const { aws_apigateway, aws_lambda } = cdk;

const app = new cdk.App();
const stack = new cdk.Stack(app, "Pets", { env: { account: "000000000000", region: "us-east-1" } });

const handler = new aws_lambda.Function(stack, "Handler", {
  runtime: aws_lambda.Runtime.NODEJS_20_X,
  handler: "index.handler",
  code: aws_lambda.Code.fromAsset(`${__dirname}/pets`),
  environment: { GREETING: process.env.GREETING || "Hello" },
});
const api = new aws_apigateway.LambdaRestApi(stack, "Api", {
  handler,
  deployOptions: { stageName: "prod", metricsEnabled: true, throttlingRateLimit: 100, throttlingBurstLimit: 200 },
  defaultCorsPreflightOptions: { allowOrigins: aws_apigateway.Cors.ALL_ORIGINS },
});
const other = new aws_apigateway.RestApi(stack, "Other", { deployOptions: { stageName: "prod" }, cloudWatchRole: true });
other.root.addResource("status").addMethod("GET", new aws_apigateway.MockIntegration({
  integrationResponses: [{ statusCode: "200", responseTemplates: { "application/json": '{"up":true}' } }],
  requestTemplates: { "application/json": '{"statusCode": 200}' },
}), { apiKeyRequired: true, methodResponses: [{ statusCode: "200" }] });
const plan = other.addUsagePlan("Plan", { throttle: { rateLimit: 10, burstLimit: 2 } });
plan.addApiStage({ stage: other.deploymentStage });
plan.addApiKey(other.addApiKey("Key", { value: "a-value-of-twenty-characters" }));
other.addModel("Pet", { schema: { type: aws_apigateway.JsonSchemaType.OBJECT, properties: { name: { type: aws_apigateway.JsonSchemaType.STRING } } } });
api.addGatewayResponse("Missing", { type: aws_apigateway.ResponseType.DEFAULT_4XX, responseHeaders: { "Access-Control-Allow-Origin": "'*'" } });
new cdk.CfnOutput(stack, "ApiId", { value: api.restApiId });
new cdk.CfnOutput(stack, "OtherId", { value: other.restApiId });
