// What kind of thing a node, a span or an ARN is: its sign, colour and view.
import { lastOf } from "./format";
import { Icon } from "./icons";

export interface Kind { icon: string; colour: string; name: string }

const kinds: [RegExp, Kind][] = [
  [/lambda/i, { icon: "function", colour: "--c-function", name: "Function" }],
  [/sqs|queue/i, { icon: "queue", colour: "--c-queue", name: "Queue" }],
  [/sns|topic/i, { icon: "topic", colour: "--c-topic", name: "Topic" }],
  [/dynamodb|table|database|sql/i, { icon: "table", colour: "--c-table", name: "Table" }],
  [/apigateway|execute-api|::api/i, { icon: "api", colour: "--c-api", name: "API" }],
  [/s3|bucket/i, { icon: "bucket", colour: "--c-bucket", name: "Bucket" }],
  [/stepfunctions|states|statemachine/i, { icon: "machine", colour: "--c-machine", name: "State machine" }],
  [/scheduler/i, { icon: "clock", colour: "--c-bus", name: "Schedule" }],
  [/pipes/i, { icon: "pipe", colour: "--c-bus", name: "Pipe" }],
  [/events|eventbridge/i, { icon: "bus", colour: "--c-bus", name: "Event bus" }],
  [/ses|mail/i, { icon: "mail", colour: "--c-api", name: "Mail" }],
  [/logs/i, { icon: "logs", colour: "--c-service", name: "Logs" }],
  [/cloudformation/i, { icon: "stack", colour: "--c-service", name: "Stack" }],
  [/client/i, { icon: "client", colour: "--c-client", name: "Client" }],
  [/remote|http/i, { icon: "web", colour: "--c-client", name: "Elsewhere" }],
];

/** kindOf reads a type (AWS::SQS::Queue), an origin, a namespace or an ARN. */
export function kindOf(type: string): Kind {
  return kinds.find(([r]) => r.test(type))?.[1] ?? { icon: "service", colour: "--c-service", name: "Service" };
}

/** KindIcon is a thing's sign in its colour. */
export function KindIcon({ type, size = 18 }: { type: string; size?: number }) {
  const k = kindOf(type);
  return <span class="kind-icon" title={k.name} style={{ "--kind": `var(${k.colour})`, color: `var(${k.colour})`, display: "inline-flex" }}><Icon name={k.icon} size={size} /></span>;
}

/** listOf is the view of all that a service has. */
const listOf = (service: string) => ([["lambda", "functions"], ["sqs", "queues"], ["sns", "topics"], ["dynamodb", "tables"], ["s3", "buckets"], ["states", "machines"], ["events", "buses"], ["logs", "logs"], ["cloudformation", "stacks"]] as const).find(([s]) => service.includes(s))?.[1];

/** viewOf is where a resource can be seen, by its ARN or by its type and name. */
export function viewOf(type: string, name: string): string[] | undefined {
  const arn = name.startsWith("arn:") ? name : "";
  const service = arn ? arn.split(":")[2] : type.toLowerCase();
  const last = lastOf(name), list = listOf(service);
  // A call that names no resource is drawn as its service: AWS::SQS, called SQS.
  if (list && !arn && type.toLowerCase().endsWith("::" + name.toLowerCase())) return [list];
  if (service.includes("lambda")) return arn && !arn.includes(":function:") ? undefined : ["functions", arn ? arn.split(":")[6] : last];
  if (service.includes("sqs")) return ["queues", last];
  if (service.includes("sns")) return ["topics", last];
  if (service.includes("dynamodb")) return ["tables", arn ? arn.split("/")[1] : last];
  if (service.includes("s3")) return ["buckets", arn ? arn.split(":::")[1].split("/")[0] : last];
  if (service.includes("stepfunctions") || service.includes("states")) return ["machines", last];
  if (service.includes("apigateway")) return ["apis", arn ? last : name.split("/")[0]];
  if (service.includes("events")) return ["buses", arn.includes(":rule/") ? "default" : last];
  if (service.includes("logs")) return arn ? ["logs", arn.split(":").slice(6).join(":").replace(/:\*$/, "")] : undefined;
  if (service.includes("cloudformation")) return ["stacks", arn ? arn.split("/")[1] : last];
  return undefined;
}
