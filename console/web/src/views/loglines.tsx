// Lines of logs, as every view shows them.
import { useState } from "preact/hooks";
import { aws, type Doc, type Fault } from "../api";
import { clock, pretty, stamp } from "../format";
import { href } from "../router";
import type { Kids } from "../ui";

export interface LogLine { at: number; message: string; stream?: string; group?: string }

const failing = /\b(ERROR|FATAL|CRITICAL|Traceback|panic:|Exception|Task timed out|Unhandled)\b|"level":\s*"(error|fatal)"|"errorType"|[Ee]rror[: ]/;
const platform = /^(START|END|REPORT|INIT_START|INIT_REPORT|EXTENSION|XRAY TraceId)\b/;
const trace = /\b1-[0-9a-f]{8}-[0-9a-f]{24}\b/;

/** linesOf is a message with its line breaks: runtimes keep the lines of one event together by \r. */
export const linesOf = (message: string) => message.replace(/\r\n?/g, "\n").replace(/\n+$/, "");

/** marked shows where a text was found. */
function marked(text: string, find?: string): Kids {
  if (!find) return text;
  const at = text.toLowerCase().indexOf(find.toLowerCase());
  return at < 0 ? text : <>{text.slice(0, at)}<mark>{text.slice(at, at + find.length)}</mark>{marked(text.slice(at + find.length), find)}</>;
}

/** LogLines lists lines. A line opens to its whole text. */
export function LogLines({ lines, find, from, dates, pick }: { lines: LogLine[]; find?: string; from?: boolean; dates?: boolean; pick?: (l: LogLine) => Kids }) {
  const [open, set] = useState(-1);
  return (
    <div class="lines" role="log" aria-live="off">
      {lines.map((l, i) => {
        const text = linesOf(l.message);
        const id = trace.exec(text)?.[0];
        return (
          <div key={`${l.at}${l.stream ?? ""}${i}`} class={`line ${platform.test(text) ? "sys" : failing.test(text) ? "err" : ""}`} onClick={() => { if (!getSelection()?.toString()) set(open === i ? -1 : i); }}>
            <span class="at" title={stamp(l.at)}>{dates ? stamp(l.at) : clock(l.at)}</span>
            <span class="msg">{from && l.group && <a class="from" href={href(["logs", l.group], l.stream ? { stream: l.stream } : {})}>{l.group.replace(/^\/aws\//, "")}</a>}
              {open === i ? <>{pretty(text)}<br /><span class="dim">{stamp(l.at)}{l.stream ? ` · ${l.stream}` : ""}</span>{pick?.(l)}</> : marked(text.length > 1200 ? text.slice(0, 1200) + "…" : text, find)}
              {id && open === i && <> <a href={href(["traces", id])}>trace</a></>}</span>
          </div>);
      })}
    </div>
  );
}

/** groupOf is the log group of a thing that writes one. */
export const groupOf = (type: string, name: string) => (/lambda/i.test(type) ? "/aws/lambda/" + name.replace(/^.*:function:/, "").replace(/:.*$/, "") : "");

/** newest reads the newest lines of a group in a time, oldest first. */
export async function newest(group: string, from: number, to: number, pattern: string, signal?: AbortSignal, most = 400): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  let next: string | undefined;
  let rounds = 0;
  do {
    const out: Doc = await aws("logs", "FilterLogEvents", {
      logGroupName: group, startTime: Math.floor(from), endTime: Math.ceil(to), limit: 1000, ...(pattern ? { filterPattern: pattern } : {}), ...(next ? { nextToken: next } : {}),
    }, signal);
    for (const e of out.events ?? []) lines.push({ at: e.timestamp, message: e.message, stream: e.logStreamName, group });
    if (lines.length > most * 4) lines.splice(0, lines.length - most);
    next = out.nextToken;
  } while (next && ++rounds < 30);
  return lines.slice(-most);
}

/** recentLogs are the lines of what a node of the map is; null if it writes none. */
export async function recentLogs(type: string, name: string, from: number, to: number, signal: AbortSignal): Promise<{ group: string; lines: LogLine[] } | null> {
  const group = groupOf(type, name);
  if (!group) return null;
  try {
    return { group, lines: (await newest(group, from, to, "", signal, 60)).filter((l) => !platform.test(l.message) || /timed out|Status: (error|timeout)/.test(l.message)) };
  } catch (e) {
    if ((e as Fault).gone) return { group, lines: [] };
    throw e;
  }
}
