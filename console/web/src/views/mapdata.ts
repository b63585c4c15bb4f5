// What the map draws: nodes and edges with their figures, read of X-Ray's service graph.
import type { Doc } from "../api";
import { count, shortName, span } from "../format";
import { kindOf } from "../kinds";

/** Stats are the figures of a node or an edge. */
export interface Stats { total: number; ok: number; error: number; throttle: number; fault: number; time: number }
export interface Node { id: string; name: string; type: string; ref: number; stats: Stats; histogram: Doc[]; members?: Node[] }
export interface Edge { id: string; from: string; to: string; stats: Stats; histogram: Doc[]; async: boolean }

/** Graph is what the map draws. */
export interface Graph { nodes: Node[]; edges: Edge[] }

/** statsOf reads figures as X-Ray has them. */
export function statsOf(s: Doc): Stats {
  const error = s?.ErrorStatistics?.TotalCount ?? 0, throttle = s?.ErrorStatistics?.ThrottleCount ?? 0;
  return { total: s?.TotalCount ?? 0, ok: s?.OkCount ?? 0, error, throttle, fault: s?.FaultStatistics?.TotalCount ?? 0, time: s?.TotalResponseTime ?? 0 };
}

/** toneOf is the colour of health. */
export function toneOf(s: Stats): "good" | "warn" | "bad" | "quiet" {
  if (!s.total) return "quiet";
  if (s.fault / s.total > 0) return s.fault / s.total >= 0.01 ? "bad" : "warn";
  return s.error / s.total >= 0.01 ? "warn" : "good";
}

/** rate is how often something happens in so many seconds. */
export const rate = (n: number, seconds: number) => {
  const perMinute = (60 * n) / seconds;
  return perMinute >= 600 ? `${count(Math.round(perMinute / 60))}/s` : `${perMinute >= 10 ? count(Math.round(perMinute)) : perMinute.toFixed(1)}/min`;
};

/** latency is how long an answer takes on average. */
export const latency = (s: Stats) => (s.total ? span((1000 * s.time) / s.total) : "–");

/** read makes nodes and edges of a service graph. */
export function read(services: Doc[]): Graph {
  const nodes: Node[] = [], edges: Edge[] = [];
  const byRef = new Map<number, string>();
  for (const s of services) {
    if (String(s.Name).includes("maru-console-watch-")) continue; // this page itself, watching a bus
    const id = `${s.Type ?? ""}|${s.Name}`;
    byRef.set(s.ReferenceId, id);
    if (nodes.some((n) => n.id === id)) continue;
    nodes.push({ id, name: s.Name ?? "", type: s.Type ?? "", ref: s.ReferenceId, stats: statsOf(s.SummaryStatistics), histogram: s.ResponseTimeHistogram ?? [] });
  }
  for (const s of services) for (const e of s.Edges ?? []) {
    const to = byRef.get(e.ReferenceId);
    const from = byRef.get(s.ReferenceId);
    if (to === undefined || from === undefined) continue;
    edges.push({ id: `${from}→${to}`, from, to, stats: statsOf(e.SummaryStatistics), histogram: e.ResponseTimeHistogram ?? [], async: e.EdgeType === "link" });
  }
  return folded(nodes, edges);
}

/** add adds figures up. */
function add(to: Stats, more: Stats) {
  for (const k of Object.keys(to) as (keyof Stats)[]) to[k] += more[k];
}

/** folded makes one node of a function and of the service that ran it, which X-Ray tells apart. */
function folded(nodes: Node[], edges: Edge[]): Graph {
  const into = new Map<string, string>();
  for (const n of nodes) {
    const own = `AWS::Lambda::Function|${n.name}`;
    if (n.type === "AWS::Lambda" && nodes.some((m) => m.id === own)) into.set(n.id, own);
  }
  // Each entry has clients of its own there; here they are one.
  const clients = nodes.filter((n) => n.type === "client");
  for (const n of clients.slice(1)) into.set(n.id, clients[0].id);
  const to = (id: string) => into.get(id) ?? id;
  const all = new Map<string, Edge>();
  for (const e of edges) {
    const from = to(e.from), end = to(e.to);
    if (from === end && e.from !== e.to) continue;
    const id = `${from}→${end}`, old = all.get(id);
    if (!old) all.set(id, { ...e, id, from, to: end });
    else { add(old.stats, e.stats); old.histogram = [...old.histogram, ...e.histogram]; }
  }
  return { nodes: nodes.filter((n) => !into.has(n.id)), edges: [...all.values()] };
}

/** gathered makes one node of three or more that are of one kind and well, that the same
 *  ones call, and that call nothing themselves. keep, a node or an edge, stands on its own. */
export function gathered({ nodes, edges }: Graph, keep: string): Graph {
  const callers = new Map<string, string[]>(), calling = new Set(edges.map((e) => e.from));
  for (const e of edges) callers.set(e.to, [...(callers.get(e.to) ?? []), e.from]);
  const groups = new Map<string, Node[]>();
  for (const n of nodes) {
    const from = callers.get(n.id)?.sort() ?? [];
    if (!from.length || calling.has(n.id) || n.stats.fault + n.stats.error > 0 || n.id === keep || keep.endsWith("→" + n.id)) continue;
    const id = `group|${kindOf(n.type).name} of ${from.join(", ")}`;
    groups.set(id, [...(groups.get(id) ?? []), n]);
  }
  const into = new Map<string, Node>();
  for (const [id, members] of groups) {
    if (members.length < 3) continue;
    const stats = statsOf({});
    for (const m of members) { add(stats, m.stats); into.set(m.id, { id, name: `${members.length} × ${kindOf(m.type).name}`, type: m.type, ref: m.ref, stats, histogram: members.flatMap((x) => x.histogram), members }); }
  }
  const all = new Map<string, Edge>();
  for (const e of edges) {
    const to = into.get(e.to)?.id ?? e.to, id = `${e.from}→${to}`, old = all.get(id);
    if (!old) all.set(id, { ...e, id, to, stats: { ...e.stats } });
    else { add(old.stats, e.stats); old.histogram = [...old.histogram, ...e.histogram]; }
  }
  return { nodes: [...nodes.filter((n) => !into.has(n.id)), ...new Map([...into.values()].map((g) => [g.id, g])).values()], edges: [...all.values()] };
}

/** titleOf is what a node is called: without the random tails of names that CloudFormation made. */
export const titleOf = (n: Node) => (n.type === "client" ? "Clients" : shortName(n.name.replace(/^arn:.*[:/]/, "").replace(/\/\$default$/, "")));

/** brief leaves out of titles the stack's name where many begin with it and nothing becomes ambiguous. */
export function brief(nodes: Node[]): Map<string, string> {
  const titles = new Map(nodes.map((n) => [n.id, titleOf(n)]));
  const stacks = new Map<string, number>();
  const stackOf = (t: string) => /^([A-Za-z][\w]*-)[A-Za-z]/.exec(t)?.[1] ?? "";
  for (const t of titles.values()) stacks.set(stackOf(t), (stacks.get(stackOf(t)) ?? 0) + 1);
  const short = (n: Node, t: string) => ((stacks.get(stackOf(t)) ?? 0) >= 3 ? t.slice(stackOf(t).length) : t) + "|" + kindOf(n.type).name;
  const uses = new Map<string, number>();
  for (const n of nodes) { const s = short(n, titles.get(n.id)!); uses.set(s, (uses.get(s) ?? 0) + 1); }
  for (const n of nodes) { const s = short(n, titles.get(n.id)!); if (uses.get(s) === 1) titles.set(n.id, s.split("|")[0]); }
  return titles;
}

