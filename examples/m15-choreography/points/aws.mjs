// Signed calls to AWS's JSON APIs with Node alone. On the real cloud the SDK
// comes with the runtime; this file lets the function run on any Node, too.
import { createHash, createHmac } from "node:crypto";

const env = process.env;
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

export async function call(service, target, body) {
  const region = env.AWS_REGION;
  const base = env.AWS_ENDPOINT_URL || `https://${service}.${region}.amazonaws.com`;
  const payload = JSON.stringify(body);
  const now = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
  const headers = {
    "content-type": "application/x-amz-json-1.0",
    host: new URL(base).host,
    "x-amz-date": now,
    "x-amz-target": target,
  };
  if (env.AWS_SESSION_TOKEN) headers["x-amz-security-token"] = env.AWS_SESSION_TOKEN;

  const names = Object.keys(headers).sort();
  const canonical = ["POST", "/", "", ...names.map((n) => `${n}:${headers[n]}`), "", names.join(";"), sha256(payload)];
  const scope = `${now.slice(0, 8)}/${region}/${service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", now, scope, sha256(canonical.join("\n"))].join("\n");
  const key = scope.split("/").reduce(hmac, "AWS4" + env.AWS_SECRET_ACCESS_KEY);
  const signature = createHmac("sha256", key).update(text).digest("hex");
  headers.authorization =
    `AWS4-HMAC-SHA256 Credential=${env.AWS_ACCESS_KEY_ID}/${scope}, ` +
    `SignedHeaders=${names.join(";")}, Signature=${signature}`;
  delete headers.host; // fetch sets it

  const answer = await fetch(base + "/", { method: "POST", headers, body: payload });
  const result = await answer.json();
  if (answer.ok) return result;
  const fault = new Error(result.message ?? result.Message ?? answer.statusText);
  fault.name = (result.__type ?? String(answer.status)).split("#").pop();
  throw fault;
}
