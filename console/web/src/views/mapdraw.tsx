// The drawing of the map. With many nodes each is drawn smaller, and in columns.
import { useMemo, useRef, useState } from "preact/hooks";
import { percent } from "../format";
import { flow, inColumns } from "../columns";
import { across, Arrow, Canvas, curve, cut, middle, widthOf, type Arc, type Box, type Point } from "../graph";
import { Glyph } from "../icons";
import { kindOf } from "../kinds";
import { setQuery } from "../router";
import { brief, latency, rate, titleOf, toneOf, type Edge, type Graph, type Node } from "./mapdata";

/** many is from how many nodes on they are drawn small. */
const many = 16;

/** arrows are the keys that go from one node to the next in a direction. */
const arrows: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** nextTo is the node that is nearest in a direction. */
function nextTo(at: Map<string, Point>, from: string, [dx, dy]: [number, number]): string | undefined {
  const p = at.get(from)!;
  let found: string | undefined, least = Infinity;
  for (const [id, o] of at) {
    const ahead = (o.x - p.x) * dx + (o.y - p.y) * dy, aside = Math.abs((o.x - p.x) * dy) + Math.abs((o.y - p.y) * dx);
    if (id !== from && ahead > 1 && ahead + 2 * aside < least) { found = id; least = ahead + 2 * aside; }
  }
  return found;
}

/** place lays the map out for the room that there is. */
function place({ nodes, edges }: Graph, w: number, h: number, small: boolean) {
  const boxes: Box[] = nodes.map((n) => ({ id: n.id, w, h })).sort((a, b) => (a.id < b.id ? -1 : 1));
  const arcs: Arc[] = edges.map((e) => ({ id: e.id, from: e.from, to: e.to, label: small ? undefined : "00.0/min\n000 ms" }));
  const phone = innerWidth < 700, width = Math.max(innerWidth - (phone ? 30 : 280), 320), height = Math.max(innerHeight - 290, 320);
  return small ? inColumns(boxes, arcs, width, height, 8, 32) : across(boxes, arcs, width, phone ? 2000 : height, 22, 26);
}

export function Drawing({ graph, seconds, chosen, folding, fold }: { graph: Graph; seconds: number; chosen: string; folding: boolean; fold?: () => void }) {
  const { nodes, edges } = graph;
  const small = nodes.length > many;
  const titles = useMemo(() => brief(nodes), [nodes]);
  const key = nodes.map((n) => n.id).sort().join() + edges.map((e) => e.id).sort().join();
  const h = small ? 32 : 58;
  const { w, placed } = useMemo(() => {
    const w = small ? Math.min(176, Math.max(96, ...[...titles.values()].map((t) => 64 + widthOf(t)))) : 200;
    return { w, placed: place(graph, w, h, small) };
  }, [key]);
  const near = new Set<string>();
  if (chosen) near.add(chosen);
  if (chosen) for (const e of edges) if (e.id === chosen || e.from === chosen || e.to === chosen) { near.add(e.from); near.add(e.to); near.add(e.id); }
  const [reached, reach] = useState(""); // by keys
  const svg = useRef<SVGGElement>(null);
  const first = nodes.find((n) => n.type === "client") ?? nodes[0];
  const here = placed.at.has(reached) ? reached : placed.at.has(chosen) ? chosen : first?.id;
  const spotOf = (id: string | undefined) => { const p = placed.at.get(id ?? ""); return p && { x: p.x + w / 2, y: p.y + h / 2 }; };
  const keys = (id: string, change: Record<string, string>) => (e: KeyboardEvent) => {
    if (e.key === "Enter" || e.key === " ") setQuery(change);
    else if (arrows[e.key] && !e.shiftKey) {
      const next = nextTo(placed.at, id, arrows[e.key]);
      if (next) { reach(next); svg.current?.querySelector<SVGGElement>(`[data-id="${CSS.escape(next)}"]`)?.focus(); }
    } else return;
    e.preventDefault();
    e.stopPropagation();
  };
  return (
    <Canvas width={placed.width} height={placed.height} fitKey={key} label={`Service map of ${nodes.length} services and ${edges.length} connections; the arrow keys go from one to the next`}
      least={innerWidth < 700 ? 0.6 : 0.28} most={small ? 1.25 : 1.15} home={spotOf(first?.id)} focus={spotOf(reached || chosen) ?? spotOf(edges.find((e) => e.id === chosen)?.to)} onBlank={() => { reach(""); setQuery({ node: "", edge: "" }); }}
      tools={fold && <button type="button" class="button" aria-pressed={folding} title="Three or more of a kind that are well, and that the same ones call, are drawn as one" onClick={fold}>Fold</button>}
      legend={<><span class="t-good"><i />healthy</span><span class="t-warn"><i />errors (4xx)</span><span class="t-bad"><i />faults (5xx)</span></>}>
      <g ref={svg}>
        {edges.map((e) => placed.paths.has(e.id) && <Way key={e.id} edge={e} points={placed.paths.get(e.id)!} level={small} seconds={seconds} chosen={chosen} near={near} share={e.stats.total / Math.max(...edges.map((x) => x.stats.total), 1)} titles={titles} />)}
        {nodes.map((n) => {
          const choose = { node: n.id, edge: "" };
          return <Place key={n.id} node={n} title={titles.get(n.id)!} at={placed.at.get(n.id)} w={w} h={h} small={small} seconds={seconds} state={chosen === n.id ? "chosen" : chosen && !near.has(n.id) ? "faded" : ""}
            sent={n.type === "client" ? edges.reduce((sum, e) => sum + (e.from === n.id ? e.stats.total : 0), 0) : 0} tab={n.id === here} choose={() => { reach(""); setQuery(choose); }} keys={keys(n.id, choose)} />;
        })}
      </g>
    </Canvas>
  );
}

/** Way is a connection: as wide as it is used, in the colour of its health, with its figures. */
function Way({ edge: e, points, level, seconds, chosen, near, share, titles }: { edge: Edge; points: Point[]; level: boolean; seconds: number; chosen: string; near: Set<string>; share: number; titles: Map<string, string> }) {
  const tone = toneOf(e.stats), mid = middle(points), d = level ? flow(points) : curve(points), failed = e.stats.fault + e.stats.error;
  const figures = `${titles.get(e.from)} → ${titles.get(e.to)}: ${e.stats.total} requests (${rate(e.stats.total, seconds)}), ${e.stats.fault} faults, ${e.stats.error} errors, ${latency(e.stats)} on average`;
  return (
    <g class={`edge t-${tone === "good" ? "quiet" : tone} ${level ? "level" : ""} ${chosen === e.id ? "chosen" : ""} ${near.has(e.id) ? "near" : chosen ? "faded" : ""}`} data-edge={e.id} role="button" aria-label={figures} onClick={() => setQuery({ edge: e.id, node: "" })}>
      <title>{figures}</title>
      <path class="line" d={d} stroke-width={1.4 + 2.6 * Math.sqrt(share)} stroke-dasharray={e.async ? "6 5" : undefined} /><Arrow points={points} /><path class="hit" d={d} />
      <text x={mid.x} y={mid.y - 2}>{rate(e.stats.total, seconds)}<tspan x={mid.x} dy={13}>{failed > 0 ? <tspan class="bad">{percent(failed, e.stats.total)} failed</tspan> : latency(e.stats)}</tspan></text>
    </g>
  );
}

/** Place is a node: what it is, how it is, and, where there is room, its figures. */
function Place({ node: n, title, at, w, h, small, seconds, state, sent, tab, choose, keys }: {
  node: Node; title: string; at: Point | undefined; w: number; h: number; small: boolean; seconds: number; state: string; sent: number; tab: boolean; choose: () => void; keys: (e: KeyboardEvent) => void;
}) {
  if (!at) return null;
  const kind = kindOf(n.type || "service"), tone = toneOf(n.stats), failed = n.stats.fault + n.stats.error;
  const edge = small ? 4 : 6, tile = small ? 26 : 38, glyph = small ? 17 : 22;
  return (
    <g class={`node t-${tone} ${state}`} transform={`translate(${at.x} ${at.y})`} tabindex={tab ? 0 : -1} role="button" data-node={n.name} data-id={n.id}
      style={{ "--kind": `var(${kind.colour})` }} onClick={choose} onKeyDown={keys}
      aria-label={`${kind.name} ${titleOf(n)}: ${n.stats.total} requests, ${n.stats.fault} faults, ${n.stats.error} errors, ${latency(n.stats)} on average`}>
      <title>{n.members ? n.members.map((m) => m.name).join("\n") : n.name}</title>
      {n.members && <rect class="box" x={4} y={4} width={w} height={h} rx={10} />}
      <rect class="box" width={w} height={h} rx={10} style={tone === "bad" || tone === "warn" ? { stroke: "var(--tone)" } : undefined} />
      <rect class="tile" x={edge} y={edge} width={tile} height={h - 2 * edge} rx={7} />
      <g class="glyph"><Glyph name={kind.icon} x={edge + (tile - glyph) / 2} y={(h - glyph) / 2} size={glyph} /></g>
      <circle cx={w - 11} cy={small ? h / 2 : 14} r={4} style={{ fill: "var(--tone)" }} />
      <text x={edge + tile + 8} y={small ? h / 2 + 4.5 : 25} >{cut(title, w - tile - edge - 28)}</text>
      {!small && <text class={`minor ${failed ? "bad" : ""}`} x={edge + tile + 8} y={43}>{failed ? `${percent(failed, n.stats.total)} failed` : n.type === "client" ? rate(sent, seconds) : `${rate(n.stats.total, seconds)} · ${latency(n.stats)}`}</text>}
    </g>
  );
}
