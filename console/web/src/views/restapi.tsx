// A REST API: its methods, what each does with a request and its answer, its
// stages and the plans by which keys may call them.
import type { ComponentChildren } from "preact";
import { aws, pages, type Doc } from "../api";
import { lastOf, shortName, stamp, toMillis } from "../format";
import { useLoad } from "../hooks";
import { KindIcon, viewOf } from "../kinds";
import { href, route } from "../router";
import { Badge, Card, Code, Empty, Facts, Link, Page, Show, Table, tabOf, Tabs, Time } from "../ui";
import { pathOf, RouteKey, Try } from "./apitry";

const listOf = (operation: string, input: Doc, signal?: AbortSignal) => pages("apigateway", operation, { limit: 500, ...input }, "items", ["position", "position"], 2000, signal);

/** restApis are all REST APIs. */
export const restApis = (signal?: AbortSignal) => listOf("GetRestApis", {}, signal);

/** Method is a method with the resource that it is of. */
interface Method { key: string; path: string; of: Doc }

/** methodsOf are the methods of resources, by path. */
const methodsOf = (resources: Doc[]): Method[] => resources.flatMap((r) => Object.entries<Doc>(r.resourceMethods ?? {}).map(([verb, of]) => ({ key: `${verb} ${r.path}`, path: r.path, of })))
  .sort((a, b) => a.path.localeCompare(b.path) || a.key.localeCompare(b.key));

export function RestApi({ id }: { id: string }) {
  const tab = tabOf("methods"), chosen = route.value.query.get("method");
  const api = useLoad(async (signal) => {
    const of = { restApiId: id };
    const [a, resources, stages, deployments, authorizers, plans] = await Promise.all([
      aws("apigateway", "GetRestApi", of, signal), listOf("GetResources", { ...of, embed: ["methods"] }, signal), aws("apigateway", "GetStages", of, signal),
      listOf("GetDeployments", of, signal), listOf("GetAuthorizers", of, signal), listOf("GetUsagePlans", {}, signal)]);
    const own = plans.filter((p) => (p.apiStages ?? []).some((s: Doc) => s.apiId === id));
    return { a, methods: methodsOf(resources), stages: (stages.item ?? []) as Doc[], deployments, authorizers, plans: own };
  }, [id]);
  return (
    <Page title={api.data?.a.name ?? id} icon="api" crumbs={[["APIs", ["apis"]]]} sub={<><span>REST</span><span class="mono">{id}</span></>} actions={<a class="button" href={href(["traces"], { path: id })}>Traces</a>}>
      <Show of={api}>{({ a, methods, stages, deployments, authorizers, plans }) => {
        const method = methods.find((m) => m.key === chosen);
        return <>
          <Tabs items={[["methods", "Methods", methods.length], ["try", "Try"], ["stages", "Stages", stages.length], ["plans", "Usage plans", plans.length], ["settings", "Settings"]]} />
          {tab === "methods" && (method ? <OneMethod id={id} method={method} /> : <Methods id={id} methods={methods} />)}
          {tab === "try" && (stages.length ? <Try id={id} routes={methods.map((m) => m.key)} stages={stages.map((s) => s.stageName)} /> : <Card><Empty icon="api" title="Not deployed"><p>An API answers on its stages. Make one with: aws apigateway create-deployment --rest-api-id {id} --stage-name dev</p></Empty></Card>)}
          {tab === "stages" && <Stages id={id} stages={stages} deployments={deployments} />}
          {tab === "plans" && <Card flush><Table rows={plans} keyOf={(p) => p.id} empty={<Empty icon="api" title="No usage plan"><p>Methods that want an API key let those in whose plan names the stage.</p></Empty>} columns={[
            { head: "Plan", cell: (p) => p.name }, { head: "Stages", cell: (p) => (p.apiStages ?? []).filter((s: Doc) => s.apiId === id).map((s: Doc) => s.stage).join(", ") },
            { head: "Rate", cell: (p) => (p.throttle ? `${p.throttle.rateLimit}/s, bursts of ${p.throttle.burstLimit}` : "–"), right: true }, { head: "Quota", cell: (p) => (p.quota ? `${p.quota.limit} a ${p.quota.period.toLowerCase()}` : "–"), right: true }]} /></Card>}
          {tab === "settings" && <>
            <Card><Facts of={[["Id", <span class="mono">{id}</span>], ["Endpoint", (a.endpointConfiguration?.types ?? []).join(", ").toLowerCase()], ["By path", stages[0] && <span class="mono">{pathOf(id, stages[0].stageName, "/")}</span>], ["Made", stamp(toMillis(a.createdDate))], ["Description", a.description], ["Binary media types", (a.binaryMediaTypes ?? []).join(", ")], ["Keys come from", a.apiKeySource === "AUTHORIZER" ? "the authorizer" : "the header x-api-key"], ["Policy", a.policy && <Code text={a.policy} />]]} /></Card>
            {authorizers.length > 0 && <Card flush title="Authorizers"><Table rows={authorizers} keyOf={(x) => x.id} columns={[{ head: "Name", cell: (x) => x.name }, { head: "Type", cell: (x) => x.type }, { head: "From", cell: (x) => x.identitySource }]} /></Card>}</>}
        </>;
      }}</Show>
    </Page>
  );
}

/** Target is what an integration leads to. */
function Target({ of }: { of?: Doc }) {
  if (!of) return <span class="dim">nothing yet</span>;
  const arn = /arn:[^/]*:function:[^/]+/.exec(String(of.uri ?? ""))?.[0], view = arn && viewOf("", arn);
  return <span class="kind"><KindIcon type={arn ?? of.uri ?? of.type} />{view ? <Link to={view}>{shortName(lastOf(arn))}</Link> : of.type === "MOCK" ? "answers by itself" : of.uri}</span>;
}

function Methods({ id, methods }: { id: string; methods: Method[] }) {
  return (
    <Card flush><Table rows={methods} keyOf={(m) => m.key} to={(m) => [["apis", id], { method: m.key }]} empty={<Empty icon="api" title="No method" />} columns={[
      { head: "Method", cell: (m) => <RouteKey of={m.key} /> }, { head: "Leads to", cell: (m) => <Target of={m.of.methodIntegration} /> },
      { head: "Authorization", cell: (m) => <Badge>{m.of.authorizationType === "NONE" ? "none" : m.of.authorizationType}</Badge>, wide: true }, { head: "Key", cell: (m) => (m.of.apiKeyRequired ? <Badge tone="info">wanted</Badge> : "–"), wide: true },
      { head: "", cell: (m) => <a class="button" href={href(["apis", id], { tab: "try", key: m.key })}>Try</a>, right: true }]} /></Card>
  );
}

/** Step is one of the four that a request and its answer take. */
function Step({ title, facts, templates }: { title: string; facts: [string, ComponentChildren][]; templates?: Record<string, string> }) {
  return (
    <Card title={title}><div class="stacked">
      <Facts of={facts} />
      {Object.entries(templates ?? {}).map(([type, text]) => <div key={type}><div class="dim">{type}</div><Code text={text || "(empty)"} /></div>)}
    </div></Card>
  );
}

/** mapped are names that values are given to. */
const mapped = (of?: Record<string, unknown>) => (of && Object.keys(of).length ? <>{Object.entries(of).map(([k, v]) => <div key={k} class="mono">{k}{typeof v === "boolean" ? (v ? " (wanted)" : "") : ` ← ${v as string}`}</div>)}</> : undefined);

function OneMethod({ id, method }: { id: string; method: Method }) {
  const m = method.of, to = m.methodIntegration as Doc | undefined;
  const answers = Object.values<Doc>(to?.integrationResponses ?? {});
  return <>
    <Card><div class="row"><RouteKey of={method.key} /><span class="grow" /><a class="button" href={href(["apis", id], { tab: "try", key: method.key })}>Try</a><Link class="button" to={["apis", id]}>All methods</Link></div></Card>
    <div class="grid2">
      <Step title="1 · Method request" facts={[["Authorization", m.authorizationType], ["Authorizer", m.authorizerId && <span class="mono">{m.authorizerId}</span>], ["API key", m.apiKeyRequired ? "wanted" : "not wanted"], ["Validator", m.requestValidatorId && <span class="mono">{m.requestValidatorId}</span>], ["Parameters", mapped(m.requestParameters)], ["Models", mapped(m.requestModels)]]} />
      <Step title="2 · Integration request" facts={[["Type", to?.type], ["Leads to", <Target of={to} />], ["Method", to?.httpMethod], ["Timeout", to?.timeoutInMillis && `${to.timeoutInMillis} ms`], ["Without a template", to && to.type !== "AWS_PROXY" && to.type !== "HTTP_PROXY" ? to.passthroughBehavior : undefined], ["Parameters", mapped(to?.requestParameters)]]} templates={to?.requestTemplates} />
      <Step title="4 · Method response" facts={Object.values<Doc>(m.methodResponses ?? {}).map((r) => [r.statusCode, mapped({ ...r.responseParameters, ...r.responseModels }) ?? "as it is"])} />
      {answers.length === 0 ? <Step title="3 · Integration response" facts={[["Answer", to?.type?.endsWith("_PROXY") ? "passed on as it comes" : "none is set"]]} />
        : answers.map((r) => <Step key={r.statusCode} title={`3 · Integration response ${r.statusCode}`} facts={[["When it matches", r.selectionPattern ? <span class="mono">{r.selectionPattern}</span> : "no other does"], ["Parameters", mapped(r.responseParameters)]]} templates={r.responseTemplates} />)}
    </div>
  </>;
}

function Stages({ id, stages, deployments }: { id: string; stages: Doc[]; deployments: Doc[] }) {
  const made = (deployment: string) => toMillis(deployments.find((d) => d.id === deployment)?.createdDate);
  return (
    <Card flush><Table rows={stages} keyOf={(s) => s.stageName} empty={<Empty icon="api" title="Not deployed" />} columns={[
      { head: "Stage", cell: (s) => s.stageName }, { head: "Address by path", cell: (s) => <span class="mono">{pathOf(id, s.stageName, "/")}</span>, wide: true },
      { head: "Deployment", cell: (s) => <><span class="mono">{s.deploymentId}</span> <Time at={made(s.deploymentId)} /></> },
      { head: "Canary", cell: (s) => (s.canarySettings?.deploymentId ? <Badge tone="info">{s.canarySettings.percentTraffic ?? 0} % to {s.canarySettings.deploymentId}</Badge> : "–") },
      { head: "Tracing", cell: (s) => (s.tracingEnabled ? "on" : "off"), wide: true }, { head: "Changed", cell: (s) => <Time at={toMillis(s.lastUpdatedDate)} /> }]} /></Card>
  );
}
