// Trying an API: a request through the gateway, from the page.
import { useState } from "preact/hooks";
import { bytes, pretty, span } from "../format";
import { route, setQuery } from "../router";
import { Area, Badge, Card, Code, Empty, Facts, Form, Link, Select, Text } from "../ui";

const methodTone: Record<string, "good" | "info" | "warn" | "bad"> = { GET: "good", POST: "info", PUT: "warn", PATCH: "warn", DELETE: "bad" };

/** RouteKey is a method and a path. */
export function RouteKey({ of }: { of: string }) {
  const [method, path] = of.split(" ", 2);
  return path ? <span class="row"><Badge tone={methodTone[method]}>{method}</Badge><span class="mono">{path}</span></span> : <span class="mono">{of}</span>;
}

/** pathOf is where the gateway serves a stage of an API, at this very origin. */
export const pathOf = (id: string, stage: string, path: string) => `${location.origin}/_maru/execute-api/${id}/${stage}${path}`;

interface Answer { status: number; text: string; headers: [string, string][]; took: number; size: number; trace: string }

/** Try sends a request to one of the routes, as "GET /pets", on one of the stages. */
export function Try({ id, routes, stages }: { id: string; routes: string[]; stages: string[] }) {
  const key = route.value.query.get("key") ?? routes.find((r) => r.startsWith("GET")) ?? routes[0] ?? "GET /";
  const [first, second] = key === "$default" ? ["GET", "/"] : key.split(" ", 2);
  const [method, setMethod] = useState(first === "ANY" ? "GET" : first), [path, setPath] = useState(second ?? "/"), [stage, setStage] = useState(stages[0] ?? "$default");
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
        <Select label="Route" value={key} set={choose} options={routes} />
        <div class="row end"><Select label="Method" value={method} set={setMethod} options={["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]} /><div class="grow"><Text label="Path and query" value={path} set={setPath} /></div></div>
        {stages.length > 1 && <Select label="Stage" value={stage} set={setStage} options={stages} />}
        <Area label="Headers" rows={2} value={headers} set={setHeaders} />{method !== "GET" && method !== "HEAD" && <Area label="Body" rows={8} value={body} set={setBody} />}
      </Form></Card>
      <Card title="Answer" actions={answer && <><Badge tone={answer.status < 400 ? "good" : answer.status < 500 ? "warn" : "bad"}>{answer.status}</Badge><span class="dim">{span(answer.took)} · {bytes(answer.size)}</span>{answer.trace && <Link to={["traces", answer.trace]}>trace</Link>}</>}>
        {answer ? <div class="stacked"><Code text={pretty(answer.text) || "(empty)"} /><details><summary>{answer.headers.length} headers</summary><Facts of={answer.headers} /></details></div> : <Empty icon="api" title="No answer yet"><p>The request goes through the gateway like anybody's.</p></Empty>}
      </Card>
    </div>
  );
}
