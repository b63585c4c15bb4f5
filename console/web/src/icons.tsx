// Signs for what there is, drawn in a box of 24 by 24.
import type { JSX } from "preact";

const drawn: Record<string, JSX.Element> = {
  map: <><circle cx="5.5" cy="12" r="2.5" /><circle cx="18" cy="5.5" r="2.5" /><circle cx="18" cy="18.5" r="2.5" /><path d="M7.8 10.9 15.8 6.6M7.8 13.1l8 4.3" /></>,
  trace: <path d="M4 6h9M7 12h10M11 18h9" stroke-width="2.6" />,
  logs: <path d="M5 5h14M5 10h10M5 15h14M5 20h7" />,
  metrics: <path d="M4 19V5m0 14h16M8 15l3.5-5 3 3L20 7" />,
  alarm: <><path d="M6 16V11a6 6 0 0 1 12 0v5l1.5 2.5h-15z" /><path d="M10 21h4" /></>,
  function: <path d="M6 4h3.2L17 20h2.5M11 11.5 6 20" />,
  queue: <><rect x="3" y="7" width="4.4" height="10" rx="1.2" /><rect x="9.8" y="7" width="4.4" height="10" rx="1.2" /><rect x="16.6" y="7" width="4.4" height="10" rx="1.2" /></>,
  topic: <><circle cx="6" cy="12" r="2.4" /><path d="M11 7.5a6.4 6.4 0 0 1 0 9M14.6 5a10 10 0 0 1 0 14" /></>,
  table: <><rect x="4" y="5" width="16" height="14" rx="2" /><path d="M4 10h16M10 10v9" /></>,
  bucket: <><path d="M5 7l1.6 11.5c.2 1.2 10.6 1.2 10.8 0L19 7" /><ellipse cx="12" cy="7" rx="7" ry="2.5" /></>,
  api: <><path d="M4 8h13l-3.5-3.5M20 16H7l3.5 3.5" /></>,
  machine: <><rect x="9" y="3" width="6" height="4.6" rx="1.2" /><rect x="3" y="16.4" width="6" height="4.6" rx="1.2" /><rect x="15" y="16.4" width="6" height="4.6" rx="1.2" /><path d="M12 7.6V12M6 16.4V12h12v4.4" /></>,
  bus: <><path d="M3 12h18" stroke-width="2.6" /><path d="M7 12V6M12 12v6M17 12V6" /></>,
  stack: <><path d="M12 3.5 20.5 8 12 12.5 3.5 8z" /><path d="M3.5 12.2 12 16.7l8.5-4.5M3.5 16.3 12 20.8l8.5-4.5" /></>,
  pipe: <><path d="M3 9h5v6H3M21 9h-5v6h5M8 12h8" /></>,
  clock: <><circle cx="12" cy="12" r="8" /><path d="M12 7.5V12l3 2" /></>,
  mail: <><rect x="3.5" y="5.5" width="17" height="13" rx="2" /><path d="m4 7.5 8 5.5 8-5.5" /></>,
  audit: <><path d="M12 3.5 19 6v6c0 4.5-3 7.2-7 8.5-4-1.3-7-4-7-8.5V6z" /><path d="m9 11.8 2.2 2.2L15.2 10" /></>,
  client: <><circle cx="12" cy="8.5" r="3.7" /><path d="M5 20c.6-4 3.4-5.8 7-5.8s6.4 1.8 7 5.8" /></>,
  service: <><circle cx="12" cy="12" r="7.5" /><path d="M12 8v8M8 12h8" /></>,
  web: <><circle cx="12" cy="12" r="8" /><path d="M4 12h16M12 4c5.5 5 5.5 11 0 16M12 4c-5.5 5-5.5 11 0 16" /></>,
  search: <><circle cx="10.5" cy="10.5" r="6" /><path d="m15 15 5 5" /></>,
  menu: <path d="M4 7h16M4 12h16M4 17h16" />,
  close: <path d="m6 6 12 12M18 6 6 18" />,
  sun: <><circle cx="12" cy="12" r="4" /><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4" /></>,
  moon: <path d="M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z" />,
  reload: <><path d="M19 12a7 7 0 1 1-2.2-5.1" /><path d="M19.5 3.5v4h-4" /></>,
  play: <path d="M7 5v14l12-7z" />,
  pause: <path d="M8 5v14M16 5v14" stroke-width="2.6" />,
  copy: <><rect x="8.5" y="8.5" width="11" height="11" rx="2" /><path d="M15.5 5.5a2 2 0 0 0-2-1h-7a2 2 0 0 0-2 2v7a2 2 0 0 0 1 2" /></>,
  down: <path d="m7 10 5 5 5-5" />,
  right: <path d="m10 7 5 5-5 5" />,
  plus: <path d="M12 5v14M5 12h14" />,
  minus: <path d="M5 12h14" />,
  fit: <path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5" />,
  folder: <path d="M3.5 7a2 2 0 0 1 2-2h4l2 2.5h7a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2z" />,
  file: <><path d="M7 3.5h7l4 4V19a1.5 1.5 0 0 1-1.5 1.5h-9.5A1.5 1.5 0 0 1 5.5 19V5A1.5 1.5 0 0 1 7 3.5z" /><path d="M14 3.5v4h4" /></>,
  warn: <><path d="M12 4 21 19.5H3z" /><path d="M12 10v4.5M12 17v.3" /></>,
};

/** Icon draws a sign. It says nothing to a screen reader: its neighbour does. */
export function Icon({ name, size = 18 }: { name: string; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8"
      stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{drawn[name] ?? drawn.service}</svg>
  );
}

/** Glyph is an icon inside of another drawing. */
export function Glyph({ name, x, y, size }: { name: string; x: number; y: number; size: number }) {
  return (
    <g transform={`translate(${x} ${y}) scale(${size / 24})`} fill="none" stroke="currentColor" stroke-width="1.9"
      stroke-linecap="round" stroke-linejoin="round">{drawn[name] ?? drawn.service}</g>
  );
}
