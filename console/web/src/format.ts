// How values are shown to people.

/** toMillis reads a time in any of the forms that AWS's APIs have. */
export function toMillis(v: unknown): number {
  if (v === undefined || v === null || v === "") return NaN;
  if (typeof v === "number") return v > 1e11 ? v : v * 1000;
  const n = Number(v);
  if (!Number.isNaN(n)) return n > 1e11 ? n : n * 1000;
  return Date.parse(String(v).replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
}

const two = (n: number) => String(n).padStart(2, "0");

/** clock is a time of day, with milliseconds. */
export function clock(ms: number): string {
  const d = new Date(ms);
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}.${String(d.getMilliseconds()).padStart(3, "0")}`;
}

/** stamp is a date and time in full. */
export function stamp(ms: number): string {
  if (Number.isNaN(ms)) return "";
  const d = new Date(ms);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${clock(ms).slice(0, 8)}`;
}

/** span is a duration in milliseconds, to three digits or so. */
export function span(ms: number): string {
  if (!Number.isFinite(ms)) return "–";
  if (ms < 0) return "−" + span(-ms);
  if (ms === 0) return "0 ms";
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h ${Math.round((ms % 3_600_000) / 60_000)} min`;
  return `${Math.round(ms / 86_400_000)} d`;
}

/** ago is how long before now something was. */
export function ago(ms: number, now: number): string {
  const d = now - ms;
  if (Number.isNaN(d)) return "";
  if (d < 0) return "in " + span(-d);
  if (d < 2000) return "now";
  if (d < 60_000) return `${Math.floor(d / 1000)} s ago`;
  if (d < 3_600_000) return `${Math.floor(d / 60_000)} min ago`;
  if (d < 86_400_000) return `${Math.floor(d / 3_600_000)} h ago`;
  return `${Math.floor(d / 86_400_000)} d ago`;
}

/** bytes is a size. */
export function bytes(n: number): string {
  if (!Number.isFinite(n)) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  while (n >= 1024 && i < units.length - 1) { n /= 1024; i++; }
  return `${i === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${units[i]}`;
}

/** count is a number with its thousands apart. */
export function count(n: number): string {
  if (!Number.isFinite(n)) return "–";
  if (Math.abs(n) >= 1e6) return `${(n / 1e6).toFixed(1)}M`;
  if (!Number.isInteger(n)) return Math.abs(n) < 10 ? n.toFixed(2).replace(/\.?0+$/, "") : n.toFixed(1);
  return n.toLocaleString("en").replace(/,/g, " ");
}

/** percent is a share. */
export const percent = (part: number, whole: number) => (whole ? `${((100 * part) / whole).toFixed(part && part / whole < 0.1 ? 1 : 0)} %` : "–");

/** lastOf is the last part of an ARN, URL or path. */
export const lastOf = (s: string) => s.slice(Math.max(s.lastIndexOf("/"), s.lastIndexOf(":")) + 1);

/** pretty is JSON laid out, or the text as it is. */
export function pretty(text: string): string {
  const t = text.trim();
  if (t[0] !== "{" && t[0] !== "[") return text;
  try {
    return JSON.stringify(JSON.parse(t), null, 2);
  } catch {
    return text;
  }
}

/** shortName drops the random suffix of a name that CloudFormation made. */
export const shortName = (name: string) => name.replace(/-[A-Za-z0-9]{12}$/, "");

/** base64 of text, as UTF-8. */
export function toBase64(data: Uint8Array): string {
  let s = "";
  for (let i = 0; i < data.length; i += 0x8000) s += String.fromCharCode(...data.subarray(i, i + 0x8000));
  return btoa(s);
}

/** fromBase64 reads base64 as UTF-8 text. */
export function fromBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
  } catch {
    return text;
  }
}
