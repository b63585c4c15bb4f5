// APIs: their routes, and trying them.
import { aws, pages, type Doc } from "../api";
import { lastOf, shortName, stamp, toMillis } from "../format";
import { useLoad } from "../hooks";
import { KindIcon, viewOf } from "../kinds";
import { href, route } from "../router";
import { Badge, Card, Empty, Facts, Link, Page, Search, Show, Table, tabOf, Tabs, Time } from "../ui";
import { pathOf, RouteKey, Try } from "./apitry";
import { restApis, RestApi } from "./restapi";

export function Apis() {
  const named = route.value.parts[1];
  return named ? <One key={named} named={named} /> : <List />;
}

const listOf = (operation: string, input: Doc, signal?: AbortSignal) => pages("apigatewayv2", operation, { MaxResults: "500", ...input }, "Items", ["NextToken", "NextToken"], 2000, signal);

interface Entry { id: string; name: string; protocol: string; made: number }

/** all are the APIs of both kinds. */
async function all(signal: AbortSignal): Promise<Entry[]> {
  const [http, rest] = await Promise.all([listOf("GetApis", {}, signal), restApis(signal)]);
  return [
    ...http.map((a) => ({ id: a.ApiId, name: a.Name, protocol: a.ProtocolType, made: toMillis(a.CreatedDate) })),
    ...rest.map((a) => ({ id: a.id, name: a.name, protocol: "REST", made: toMillis(a.createdDate) })),
  ];
}

function List() {
  const list = useLoad(all, [], 6000);
  const q = (route.value.query.get("q") ?? "").toLowerCase();
  return (
    <Page title="APIs" icon="api" actions={<Search label="Find an API" />}>
      <Card flush><Show of={list}>{(l) => <Table rows={l.filter((a) => `${a.name} ${a.id}`.toLowerCase().includes(q))} keyOf={(a) => a.id} to={(a) => [["apis", a.id]]} empty={<Empty icon="api" title="No API" />} columns={[
        { head: "API", cell: (a) => a.name, sort: (a) => a.name }, { head: "Id", cell: (a) => <span class="mono">{a.id}</span> }, { head: "Protocol", cell: (a) => a.protocol, sort: (a) => a.protocol }, { head: "Made", cell: (a) => <Time at={a.made} />, wide: true }]} />}</Show></Card>
    </Page>
  );
}

/** One finds an API by its id, or by its name, which traces know. */
function One({ named }: { named: string }) {
  const found = useLoad(async (signal) => {
    const list = await all(signal);
    return list.find((a) => a.id === named) ?? list.find((a) => a.name === named) ?? { id: named, name: named, protocol: "HTTP", made: NaN };
  }, [named]);
  return <Show of={found}>{(a) => (a.protocol === "REST" ? <RestApi id={a.id} /> : <HttpApi id={a.id} />)}</Show>;
}

function HttpApi({ id }: { id: string }) {
  const tab = tabOf("routes");
  const api = useLoad(async (signal) => {
    const [a, routes, integrations, stages, authorizers] = await Promise.all([aws("apigatewayv2", "GetApi", { ApiId: id }, signal), listOf("GetRoutes", { ApiId: id }, signal), listOf("GetIntegrations", { ApiId: id }, signal), listOf("GetStages", { ApiId: id }, signal), listOf("GetAuthorizers", { ApiId: id }, signal).catch(() => [])]);
    return { a, routes, integrations: new Map(integrations.map((i) => [i.IntegrationId, i])), stages, authorizers };
  }, [id]);
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
        {tab === "try" && (a.ProtocolType === "HTTP" ? <Try id={id} routes={routes.map((r) => r.RouteKey)} stages={stages.map((s) => s.StageName)} /> : <Card><p>This API speaks {a.ProtocolType}; try it with a client of your own at <span class="mono">{a.ApiEndpoint}</span>.</p></Card>)}
        {tab === "settings" && <>
          <Card><Facts of={[["Id", <span class="mono">{a.ApiId}</span>], ["Endpoint", <span class="mono">{a.ApiEndpoint}</span>], ["By path", <span class="mono">{pathOf(id, "$default", "/")}</span>], ["Made", stamp(toMillis(a.CreatedDate))], ["Description", a.Description], ["CORS", a.CorsConfiguration && JSON.stringify(a.CorsConfiguration)]]} /></Card>
          <Card flush title="Stages"><Table rows={stages} columns={[{ head: "Stage", cell: (s) => s.StageName }, { head: "Deployed", cell: (s) => (s.AutoDeploy ? "by itself" : "by hand") }, { head: "Rate limit", cell: (s) => s.DefaultRouteSettings?.ThrottlingRateLimit ?? "–", right: true }, { head: "Changed", cell: (s) => <Time at={toMillis(s.LastUpdatedDate)} /> }]} /></Card>
          {authorizers.length > 0 && <Card flush title="Authorizers"><Table rows={authorizers} columns={[{ head: "Name", cell: (x) => x.Name }, { head: "Type", cell: (x) => x.AuthorizerType }, { head: "From", cell: (x) => (x.IdentitySource ?? []).join(", ") }]} /></Card>}</>}
      </>}</Show>
    </Page>
  );
}
