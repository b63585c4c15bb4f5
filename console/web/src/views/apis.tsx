// APIs: their routes, and trying them.
import { useState } from "preact/hooks";
import { aws, pages, type Doc } from "../api";
import { bytes, lastOf, pretty, shortName, span, stamp, toMillis } from "../format";
import { useLoad } from "../hooks";
import { KindIcon, viewOf } from "../kinds";
import { href, route, setQuery } from "../router";
import { Area, Badge, Card, Code, Empty, Facts, Form, Link, Page, Search, Select, Show, Table, tabOf, Tabs, Text, Time } from "../ui";

export function Apis() {
  const id = route.value.parts[1];
  return id ? <Api key={id} named={id} /> : <List />;
}

const listOf = (operation: string, input: Doc, signal?: AbortSignal) => pages("apigatewayv2", operation, { MaxResults: "500", ...input }, "Items", ["NextToken", "NextToken"], 2000, signal);

function List() {
  const list = useLoad((signal) => listOf("GetApis", {}, signal), [], 6000);
  const q = (route.value.query.get("q") ?? "").toLowerCase();
  return (
    <Page title="APIs" icon="api" actions={<Search label="Find an API" />}>
      <Card flush><Show of={list}>{(l) => <Table rows={l.filter((a) => `${a.Name} ${a.ApiId}`.toLowerCase().includes(q))} keyOf={(a) => a.ApiId} to={(a) => [["apis", a.ApiId]]} empty={<Empty icon="api" title="No API" />} columns={[
        { head: "API", cell: (a) => a.Name, sort: (a) => a.Name }, { head: "Id", cell: (a) => <span class="mono">{a.ApiId}</span> }, { head: "Protocol", cell: (a) => a.ProtocolType }, { head: "Made", cell: (a) => <Time at={toMillis(a.CreatedDate)} />, wide: true }]} />}</Show></Card>
    </Page>
  );
}

/** idOf is an API's id, by that or by its name, which traces know. */
async function idOf(named: string, signal: AbortSignal): Promise<string> {
  const all = await listOf("GetApis", {}, signal);
  return (all.find((a) => a.ApiId === named) ?? all.find((a) => a.Name === named))?.ApiId ?? named;
}

function Api({ named }: { named: string }) {
  const tab = tabOf("routes");
  const api = useLoad(async (signal) => {
    const id = await idOf(named, signal);
    const [a, routes, integrations, stages, authorizers] = await Promise.all([aws("apigatewayv2", "GetApi", { ApiId: id }, signal), listOf("GetRoutes", { ApiId: id }, signal), listOf("GetIntegrations", { ApiId: id }, signal), listOf("GetStages", { ApiId: id }, signal), listOf("GetAuthorizers", { ApiId: id }, signal).catch(() => [])]);
    return { id, a, routes, integrations: new Map(integrations.map((i) => [i.IntegrationId, i])), stages, authorizers };
  }, [named]);
  const id = api.data?.id ?? named;
  const toOf = (r: Doc, all: Map<string, Doc>) => all.get(lastOf(r.Target ?? "")) as Doc | undefined;
  return (
    <Page title={api.data?.a.Name ?? id} icon="api" crumbs={[["APIs", ["apis"]]]} sub={api.data && <><span>{api.data.a.ProtocolType}</span><span class="mono">{api.data.a.ApiEndpoint}</span></>} actions={<a class="button" href={href(["traces"], { path: id })}>Traces</a>}>
      <Show of={api}>{({ a, routes, integrations, stages, authorizers }) => <>
        <Tabs items={[["routes", "Routes", routes.length], ["try", "Try"], ["settings", "Settings"]]} />
        {tab === "routes" && <Card flush><Table rows={[...routes].sort((x, y) => x.RouteKey.localeCompare(y.RouteKey))} keyOf={(r) => r.RouteId} empty={<Empty icon="api" title="No route" />} columns={[
          { head: "Route", cell: (r) => <RouteKey of={r.RouteKey} /> },
          { head: "Leads to", cell: (r) => { const to = toOf(r, integrations), uri = String(to?.IntegrationUri ?? ""), arn = /arn:[^/]*:function:[^/]+/.exec(uri)?.[0] ?? ""; const v = arn && viewOf("", arn); return to && <span class="kind"><KindIcon type={arn || to.IntegrationSubtype || to.IntegrationType} />{v ? <Link to={v}>{shortName(lastOf(arn))}</Link> : to.IntegrationSubtype ?? uri}</span>; } },
          { head: "Authorization", cell: (r) => <Badge>{r.AuthorizationType === "NONE" ? "none" : r.AuthorizationType}</Badge>, wide: true },
          { head: "", cell: (r) => a.ProtocolType === "HTTP" && <a class="button" href={href(["apis", id], { tab: "try", key: r.RouteKey })}>Try</a>, right: true }]} /></Card>}
        {tab === "try" && (a.ProtocolType === "HTTP" ? <Try id={id} routes={routes} stages={stages} /> : <Card><p>This API speaks {a.ProtocolType}; try it with a client of your own at <span class="mono">{a.ApiEndpoint}</span>.</p></Card>)}
        {tab === "settings" && <>
          <Card><Facts of={[["Id", <span class="mono">{a.ApiId}</span>], ["Endpoint", <span class="mono">{a.ApiEndpoint}</span>], ["By path", <span class="mono">{pathOf(id, "$default", "/")}</span>], ["Made", stamp(toMillis(a.CreatedDate))], ["Description", a.Description], ["CORS", a.CorsConfiguration && JSON.stringify(a.CorsConfiguration)]]} /></Card>
          <Card flush title="Stages"><Table rows={stages} columns={[{ head: "Stage", cell: (s) => s.StageName }, { head: "Deployed", cell: (s) => (s.AutoDeploy ? "by itself" : "by hand") }, { head: "Rate limit", cell: (s) => s.DefaultRouteSettings?.ThrottlingRateLimit ?? "–", right: true }, { head: "Changed", cell: (s) => <Time at={toMillis(s.LastUpdatedDate)} /> }]} /></Card>
          {authorizers.length > 0 && <Card flush title="Authorizers"><Table rows={authorizers} columns={[{ head: "Name", cell: (x) => x.Name }, { head: "Type", cell: (x) => x.AuthorizerType }, { head: "From", cell: (x) => (x.IdentitySource ?? []).join(", ") }]} /></Card>}</>}
      </>}</Show>
    </Page>
  );
}

const methodTone: Record<string, "good" | "info" | "warn" | "bad"> = { GET: "good", POST: "info", PUT: "warn", PATCH: "warn", DELETE: "bad" };

function RouteKey({ of }: { of: string }) {
  const [method, path] = of.split(" ", 2);
  return path ? <span class="row"><Badge tone={methodTone[method]}>{method}</Badge><span class="mono">{path}</span></span> : <span class="mono">{of}</span>;
}

/** pathOf is where the gateway serves a stage of an API, at this very origin. */
const pathOf = (id: string, stage: string, path: string) => `${location.origin}/_maru/execute-api/${id}/${stage}${path}`;

interface Answer { status: number; text: string; headers: [string, string][]; took: number; size: number; trace: string }

function Try({ id, routes, stages }: { id: string; routes: Doc[]; stages: Doc[] }) {
  const key = route.value.query.get("key") ?? routes.find((r) => r.RouteKey.startsWith("GET"))?.RouteKey ?? routes[0]?.RouteKey ?? "GET /";
  const [first, second] = key === "$default" ? ["GET", "/"] : key.split(" ", 2);
  const [method, setMethod] = useState(first === "ANY" ? "GET" : first), [path, setPath] = useState(second ?? "/"), [stage, setStage] = useState(stages[0]?.StageName ?? "$default");
  const [headers, setHeaders] = useState("content-type: application/json"), [body, setBody] = useState("{}");
  const [answer, show] = useState<Answer>();
  const choose = (k: string) => { setQuery({ key: k }); const [m, p] = k === "$default" ? ["GET", "/"] : k.split(" ", 2); setMethod(m === "ANY" ? "GET" : m); setPath(p ?? "/"); };
  return (
    <div class="grid2">
      <Card title="Request"><Form send="Send" submit={async () => {
        if (/\{[^}]+\}/.test(path)) throw new Error(`Put a value in the place of ${/\{[^}]+\}/.exec(path)![0]}.`);
        show(undefined);
        const began = performance.now();
        const sent = Object.fromEntries(headers.split("\n").map((l) => { const i = l.indexOf(":"); return [l.slice(0, i).trim(), l.slice(i + 1).trim()]; }).filter(([k]) => k));
        const reply = await fetch(pathOf(id, stage, path), { method, headers: sent, body: method === "GET" || method === "HEAD" ? undefined : body, credentials: "omit", redirect: "manual" });
        const text = await reply.text();
        show({ status: reply.status, text, headers: [...reply.headers], took: performance.now() - began, size: text.length, trace: /Root=([^;]+)/.exec(reply.headers.get("x-amzn-trace-id") ?? "")?.[1] ?? "" });
      }}>
        <Select label="Route" value={key} set={choose} options={routes.map((r) => r.RouteKey as string)} />
        <div class="row end"><Select label="Method" value={method} set={setMethod} options={["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]} /><div class="grow"><Text label="Path and query" value={path} set={setPath} /></div></div>
        {stages.length > 1 && <Select label="Stage" value={stage} set={setStage} options={stages.map((s) => s.StageName as string)} />}
        <Area label="Headers" rows={2} value={headers} set={setHeaders} />{method !== "GET" && method !== "HEAD" && <Area label="Body" rows={8} value={body} set={setBody} />}
      </Form></Card>
      <Card title="Answer" actions={answer && <><Badge tone={answer.status < 400 ? "good" : answer.status < 500 ? "warn" : "bad"}>{answer.status}</Badge><span class="dim">{span(answer.took)} · {bytes(answer.size)}</span>{answer.trace && <Link to={["traces", answer.trace]}>trace</Link>}</>}>
        {answer ? <div class="stacked"><Code text={pretty(answer.text) || "(empty)"} /><details><summary>{answer.headers.length} headers</summary><Facts of={answer.headers} /></details></div> : <Empty icon="api" title="No answer yet"><p>The request goes through the gateway like anybody's.</p></Empty>}
      </Card>
    </div>
  );
}
