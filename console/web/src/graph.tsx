// Drawings of nodes and edges: layers by dagre, on a canvas that can be moved.
import dagre from "@dagrejs/dagre";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useWidth } from "./hooks";
import { Button } from "./ui";

export interface Box { id: string; w: number; h: number }
export interface Arc { id: string; from: string; to: string; label?: string }
export interface Point { x: number; y: number }

/** Layout is where everything is. Boxes are placed by their upper left corner. */
export interface Layout { at: Map<string, Point>; paths: Map<string, Point[]>; width: number; height: number }

/** layout places boxes in layers, along the arcs between them. */
export function layout(boxes: Box[], arcs: Arc[], dir: "LR" | "TB", nodesep = 26, ranksep = 76): Layout {
  const g = new dagre.graphlib.Graph({ multigraph: true });
  g.setGraph({ rankdir: dir, nodesep, ranksep, edgesep: 14, marginx: 24, marginy: 24, ranker: "network-simplex" });
  for (const b of boxes) g.setNode(b.id, { width: b.w, height: b.h });
  for (const a of arcs) if (a.from !== a.to) g.setEdge(a.from, a.to, a.label ? { width: Math.max(...a.label.split("\n").map((l) => l.length)) * 6.4 + 8, height: 15 * a.label.split("\n").length, labelpos: "c" } : { width: 1, height: 1 }, a.id);
  dagre.layout(g);
  const at = new Map<string, Point>(), paths = new Map<string, Point[]>();
  for (const b of boxes) {
    const n = g.node(b.id);
    at.set(b.id, { x: n.x - b.w / 2, y: n.y - b.h / 2 });
  }
  for (const a of arcs) {
    if (a.from === a.to) {
      const p = at.get(a.from)!, b = boxes.find((x) => x.id === a.from)!;
      paths.set(a.id, [{ x: p.x + b.w * 0.3, y: p.y }, { x: p.x + b.w * 0.3, y: p.y - 22 }, { x: p.x + b.w * 0.7, y: p.y - 22 }, { x: p.x + b.w * 0.7, y: p.y }]);
    } else paths.set(a.id, g.edge(a.from, a.to, a.id).points);
  }
  const size = g.graph();
  return { at, paths, width: size.width ?? 0, height: size.height ?? 0 };
}

/** across lays out in whichever direction shows larger in a canvas of so much room. */
export function across(boxes: Box[], arcs: Arc[], width: number, height: number, nodesep: number, ranksep: number): Layout {
  const [lr, tb] = (["LR", "TB"] as const).map((dir) => layout(boxes, arcs, dir, nodesep, ranksep));
  const scale = (l: Layout) => Math.min(1, width / l.width, height / l.height);
  return scale(lr) >= scale(tb) * 0.95 ? lr : tb;
}

/** curve is a smooth path through points. */
export function curve(points: Point[]): string {
  const f = (n: number) => n.toFixed(1);
  if (points.length < 3) return points.map((p, i) => `${i ? "L" : "M"}${f(p.x)} ${f(p.y)}`).join("");
  let d = `M${f(points[0].x)} ${f(points[0].y)}`;
  for (let i = 1; i < points.length - 1; i++) {
    const end = i === points.length - 2 ? points[i + 1] : { x: (points[i].x + points[i + 1].x) / 2, y: (points[i].y + points[i + 1].y) / 2 };
    d += `Q${f(points[i].x)} ${f(points[i].y)} ${f(end.x)} ${f(end.y)}`;
  }
  return d;
}

/** middle is the point half along a path. */
export function middle(points: Point[]): Point {
  const lengths = points.slice(1).map((p, i) => Math.hypot(p.x - points[i].x, p.y - points[i].y));
  let rest = lengths.reduce((a, b) => a + b, 0) / 2;
  for (let i = 0; i < lengths.length; i++) {
    if (rest <= lengths[i]) {
      const t = lengths[i] ? rest / lengths[i] : 0;
      return { x: points[i].x + t * (points[i + 1].x - points[i].x), y: points[i].y + t * (points[i + 1].y - points[i].y) };
    }
    rest -= lengths[i];
  }
  return points[0];
}

/** Arrow is the head at the end of a path. */
export function Arrow({ points, size = 7 }: { points: Point[]; size?: number }) {
  const end = points[points.length - 1], before = points[points.length - 2];
  const angle = (Math.atan2(end.y - before.y, end.x - before.x) * 180) / Math.PI;
  return <path class="arrow" d={`M0 0L${-size} ${-size * 0.55}L${-size} ${size * 0.55}z`} transform={`translate(${end.x} ${end.y}) rotate(${angle})`} />;
}

/** Canvas shows a drawing that can be moved and enlarged: by dragging, the
 *  wheel, two fingers, the buttons, or the arrow, plus and minus keys. */
export function Canvas({ width, height, fitKey, children, legend, tools, label, least = 0.3, most = 1.15, onBlank, focus, home }: {
  width: number; height: number; fitKey: string; children: ComponentChildren; legend?: ComponentChildren; tools?: ComponentChildren; label: string; least?: number; most?: number; onBlank?: () => void;
  focus?: Point; // kept in sight
  home?: Point; // in sight at first where not all of it can be
}) {
  const [ref, w, h] = useWidth<HTMLDivElement>();
  const [view, set] = useState({ x: 0, y: 0, k: 1 });
  const [dragging, drag] = useState(false);
  const moved = useRef(false), touched = useRef(false), fingers = useRef(new Map<number, Point>());
  const low = legend ? 42 : 0;
  const fit = () => {
    const k = Math.min(most, Math.max(least, Math.min(w / width, (h - low) / height)));
    const begin = (size: number, room: number, at: number) => (size * k < room ? (room - size * k) / 2 : Math.min(0, Math.max(room - size * k, room / 2 - at * k)));
    set({ k, x: begin(width, w, home?.x ?? (height > width ? width / 2 : 0)), y: begin(height, h - low, home?.y ?? 0) });
  };
  useEffect(() => { touched.current = false; }, [fitKey]);
  useEffect(() => { if (w && h && width && !touched.current && !focus) fit(); }, [w, h, width, height, fitKey, Boolean(focus)]);
  // What was chosen stays in sight, also when a panel takes some of the room.
  useEffect(() => {
    if (!focus || !w) return;
    set((v) => {
      const inside = (at: number, room: number, margin: number) => (at < margin ? margin - at : at > room - margin ? room - margin - at : 0);
      return { ...v, x: v.x + inside(focus.x * v.k + v.x, w, 130), y: v.y + inside(focus.y * v.k + v.y, h, 60) };
    });
  }, [focus?.x, focus?.y, w, h]);
  const began = useRef(false);
  useEffect(() => { if (w && h && width && focus && !began.current) fit(); if (w && h && width) began.current = true; }, [w, h, width]);
  const zoom = (by: number, cx = w / 2, cy = h / 2) => {
    touched.current = true;
    set((v) => {
      const k = Math.min(3, Math.max(0.1, v.k * by));
      return { k, x: cx - ((cx - v.x) * k) / v.k, y: cy - ((cy - v.y) * k) / v.k };
    });
  };
  useEffect(() => {
    const el = ref.current!;
    const wheel = (e: WheelEvent) => {
      e.preventDefault();
      const box = el.getBoundingClientRect();
      zoom(Math.exp(-e.deltaY * (e.ctrlKey ? 0.012 : 0.0016)), e.clientX - box.left, e.clientY - box.top);
    };
    el.addEventListener("wheel", wheel, { passive: false });
    return () => el.removeEventListener("wheel", wheel);
  }, [w, h]);
  const move = (e: PointerEvent) => {
    const last = fingers.current.get(e.pointerId);
    if (!last) return;
    const others = [...fingers.current].filter(([id]) => id !== e.pointerId).map(([, p]) => p);
    if (others.length === 1) {
      const box = ref.current!.getBoundingClientRect();
      const before = Math.hypot(last.x - others[0].x, last.y - others[0].y), after = Math.hypot(e.clientX - others[0].x, e.clientY - others[0].y);
      if (before > 0) zoom(after / before, (e.clientX + others[0].x) / 2 - box.left, (e.clientY + others[0].y) / 2 - box.top);
    } else {
      const dx = e.clientX - last.x, dy = e.clientY - last.y;
      if (!moved.current && Math.hypot(dx, dy) < 4) return;
      if (!moved.current) { moved.current = true; touched.current = true; drag(true); }
      set((v) => ({ ...v, x: v.x + dx, y: v.y + dy }));
    }
    fingers.current.set(e.pointerId, { x: e.clientX, y: e.clientY });
  };
  const up = (e: PointerEvent) => { fingers.current.delete(e.pointerId); drag(false); };
  useEffect(() => {
    addEventListener("pointermove", move);
    addEventListener("pointerup", up);
    addEventListener("pointercancel", up);
    return () => { removeEventListener("pointermove", move); removeEventListener("pointerup", up); removeEventListener("pointercancel", up); };
  }, [w, h]);
  const keys = (e: KeyboardEvent) => {
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[e.key];
    if (step) set((v) => ({ ...v, x: v.x + step[0], y: v.y + step[1] }));
    else if (e.key === "+" || e.key === "=") zoom(1.25);
    else if (e.key === "-") zoom(0.8);
    else if (e.key === "0") { touched.current = false; fit(); } else return;
    e.preventDefault();
  };
  return (
    <div class="canvas" ref={ref} onKeyDown={keys}>
      <svg role="group" aria-label={label} class={dragging ? "dragging" : ""}
        onPointerDown={(e) => { moved.current = false; fingers.current.set(e.pointerId, { x: e.clientX, y: e.clientY }); }}
        onClickCapture={(e) => { if (moved.current) { e.stopPropagation(); moved.current = false; } }}
        onClick={(e) => { if (e.target === e.currentTarget) onBlank?.(); }}>
        <g transform={`translate(${view.x.toFixed(1)} ${view.y.toFixed(1)}) scale(${view.k.toFixed(3)})`}>{children}</g>
      </svg>
      {legend && <div class="legend">{legend}</div>}
      <div class="tools">
        {tools}
        <Button icon="plus" label="Enlarge" onClick={() => zoom(1.25)} />
        <Button icon="minus" label="Make smaller" onClick={() => zoom(0.8)} />
        <Button icon="fit" label="Show all" onClick={() => { touched.current = false; fit(); }} />
      </div>
    </div>
  );
}

const pen = document.createElement("canvas").getContext("2d")!;

/** widthOf is how wide a text is. */
export function widthOf(text: string, size = 13, weight = 560): number {
  pen.font = `${weight} ${size}px ${getComputedStyle(document.documentElement).fontFamily}`;
  return Math.ceil(pen.measureText(text).width);
}

/** cut shortens a text to so many pixels, at its end. */
export function cut(text: string, pixels: number, size = 13, weight = 560): string {
  if (widthOf(text, size, weight) <= pixels) return text;
  let n = text.length - 1;
  while (n > 1 && widthOf(text.slice(0, n) + "…", size, weight) > pixels) n--;
  return text.slice(0, n) + "…";
}
