// A layout for graphs of many boxes: from left to right as dagre ranks them, with
// ranks that are taller than the canvas folded into columns side by side.
import { layout, type Arc, type Box, type Layout, type Point } from "./graph";

/** along carries a value over from one scale to another, both given by points in order. */
function along(points: [old: number, now: number][], v: number): number {
  const i = points.findIndex(([old]) => v <= old);
  if (i <= 0) return i === 0 ? points[0][1] + v - points[0][0] : points[points.length - 1][1] + v - points[points.length - 1][0];
  const [a, x] = points[i - 1], [b, y] = points[i];
  return b === a ? y : x + ((v - a) * (y - x)) / (b - a);
}

/** spread moves values apart to a least step, keeping their order, each as near to where it was as can be. */
function spread(values: number[], step: number, low: number, high: number): number[] {
  const runs: { sum: number; n: number }[] = []; // neighbours that must move together
  values.forEach((v, i) => {
    let run = { sum: v - i * step, n: 1 };
    for (let last = runs.at(-1); last && last.sum / last.n > run.sum / run.n; last = runs.at(-1)) {
      run = { sum: run.sum + last.sum, n: run.n + last.n };
      runs.pop();
    }
    runs.push(run);
  });
  const top = high - (values.length - 1) * step;
  return runs.flatMap((r) => new Array<number>(r.n).fill(Math.min(Math.max(r.sum / r.n, low), Math.max(top, low)))).map((v, i) => v + i * step);
}

/** Rank is a rank of dagre's: its boxes from the top, and where they come to stand. */
interface Rank { left: number; right: number; now: number; end: number; boxes: Box[]; olds: number[]; news: number[]; columns: number }

/** fold makes of a layout in one column a rank one that is no higher than tall. */
function fold(flat: Layout, boxes: Box[], arcs: Arc[], tall: number, gap: number, ranksep: number): Layout {
  const { w, h } = boxes[0], margin = 24;
  const by = new Map<number, Box[]>();
  for (const b of boxes) by.set(flat.at.get(b.id)!.x, [...(by.get(flat.at.get(b.id)!.x) ?? []), b]);
  const at = new Map<string, Point>(), rankOf = new Map<string, Rank>();
  let x = margin, height = 0;
  const ranks = [...by].sort(([a], [b]) => a - b).map(([left, inside]): Rank => {
    inside.sort((a, b) => flat.at.get(a.id)!.y - flat.at.get(b.id)!.y);
    const columns = Math.max(1, Math.ceil((inside.length * (h + gap)) / tall));
    const olds = inside.map((b) => flat.at.get(b.id)!.y + h / 2);
    const news = spread(olds.map((y) => (y * tall) / flat.height), (h + gap) / columns, margin + h / 2, tall - margin - h / 2);
    const rank = { left, right: left + w, now: x, end: x + columns * (w + gap) - gap, boxes: inside, olds, news, columns };
    inside.forEach((b, i) => { at.set(b.id, { x: x + (i % columns) * (w + gap), y: news[i] - h / 2 }); rankOf.set(b.id, rank); });
    height = Math.max(height, news[news.length - 1] + h / 2 + margin);
    x = rank.end + ranksep;
    return rank;
  });
  const down = (p: Point) => {
    const r = ranks.find((o) => p.x >= o.left - 1 && p.x <= o.right + 1);
    return r ? along([[0, 0], ...r.olds.map((y, i): [number, number] => [y, r.news[i]]), [flat.height, height]], p.y) : (p.y * height) / flat.height;
  };
  const paths = new Map<string, Point[]>();
  for (const a of arcs) {
    const from = at.get(a.from)!, to = at.get(a.to)!, there = rankOf.get(a.from)!, here = rankOf.get(a.to)!;
    if (a.from === a.to) { paths.set(a.id, [{ x: from.x + w * 0.3, y: from.y }, { x: from.x + w * 0.5, y: from.y - 16 }, { x: from.x + w * 0.7, y: from.y }]); continue; }
    const back = here.now <= there.now;
    const start = { x: back ? from.x : from.x + w, y: from.y + h / 2 }, end = { x: back ? to.x + w : to.x, y: to.y + h / 2 };
    // An edge leaves its rank at its box's height, between the boxes of the columns beside it.
    const leave = { x: back ? there.now : there.end, y: start.y }, enter = { x: back ? here.end : here.now, y: end.y };
    // Where it passes a rank it goes level, through the room that dagre has kept there; what lies between ranks is room for a label.
    const between = (flat.paths.get(a.id) ?? []).slice(1, -1).flatMap((p) => {
      const r = ranks.find((o) => o !== there && o !== here && p.x >= o.left - 1 && p.x <= o.right + 1), y = down(p);
      return r ? [{ x: back ? r.end : r.now, y }, { x: back ? r.now : r.end, y }] : [];
    });
    paths.set(a.id, [start, leave, ...between, enter, end].filter((p, i, all) => i === 0 || Math.hypot(p.x - all[i - 1].x, p.y - all[i - 1].y) > 1));
  }
  return { at, paths, width: x - ranksep + margin, height };
}

/** inColumns lays boxes of one size out, in as many columns as show them largest in a canvas of so much room. */
export function inColumns(boxes: Box[], arcs: Arc[], width: number, height: number, gap: number, ranksep: number): Layout {
  const flat = layout(boxes, arcs, "LR", gap, ranksep);
  const ways = [1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 5, 6].map((by) => fold(flat, boxes, arcs, Math.max(flat.height / by, boxes[0].h + 48), gap, ranksep));
  const scale = (l: Layout) => Math.min(1.25, width / l.width, height / l.height);
  return ways.reduce((best, l) => (scale(l) > scale(best) * 1.02 ? l : best));
}

/** flow is a path through points that leaves and enters each level. */
export function flow(points: Point[]): string {
  const f = (n: number) => n.toFixed(1);
  return points.map((p, i) => {
    if (!i) return `M${f(p.x)} ${f(p.y)}`;
    const before = points[i - 1], half = (before.x + p.x) / 2;
    return Math.abs(before.y - p.y) < 1 ? `L${f(p.x)} ${f(p.y)}` : `C${f(half)} ${f(before.y)} ${f(half)} ${f(p.y)} ${f(p.x)} ${f(p.y)}`;
  }).join("");
}
