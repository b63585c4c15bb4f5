// Runs a Node.js function: asks the Lambda Runtime API for invocations and
// answers them.
'use strict';

const net = require('net');
const fs = require('fs');
const path = require('path');
const util = require('util');
const { pathToFileURL } = require('url');

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const taskRoot = process.env.LAMBDA_TASK_ROOT;
const jsonLogs = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
const prefix = '/2018-06-01/runtime/';
let requestId = ''; // of the last invocation

// ---- the Runtime API ----

// parseHead reads a response's status and headers, which end at end.
function parseHead(data, end) {
  const lines = data.toString('latin1', 0, end).split('\r\n');
  const headers = {};
  for (let i = 1; i < lines.length; i++) {
    const colon = lines[i].indexOf(':');
    headers[lines[i].slice(0, colon).toLowerCase()] = lines[i].slice(colon + 1).trim();
  }
  return { status: Number(lines[0].split(' ')[1]), headers, body: data, end: 0 };
}

// parseChunks reads a body in chunks from at on. It returns undefined while
// there is more to come.
function parseChunks(data, at) {
  const parts = [];
  for (;;) {
    const line = data.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = parseInt(data.toString('latin1', at, line), 16);
    const end = line + 2 + size + 2;
    if (end > data.length) return undefined;
    if (size === 0) return { body: Buffer.concat(parts), end };
    parts.push(data.subarray(line + 2, end - 2));
    at = end;
  }
}

// parse reads one response. It returns how many bytes it needs while they are
// not all there.
function parse(data) {
  const headEnd = data.indexOf('\r\n\r\n');
  if (headEnd < 0) return data.length + 1;
  const res = parseHead(data, headEnd);
  const from = headEnd + 4;
  if (res.headers['transfer-encoding'] === 'chunked') {
    const chunks = parseChunks(data, from);
    return chunks ? Object.assign(res, chunks) : data.length + 1;
  }
  res.end = from + Number(res.headers['content-length'] || 0);
  if (res.end > data.length) return res.end;
  res.body = data.subarray(from, res.end);
  return res;
}

// Connection is a kept connection to the Runtime API. It speaks the little HTTP
// that the API needs: http.request takes several times as long as most
// handlers. Answers come in the order of the requests, so a request need not
// wait for the answer to the one before it.
class Connection {
  constructor() {
    this.waiting = []; // for answers, in order
    this.chunks = []; // of an answer that is not whole yet
    this.size = 0;
    this.need = 1; // bytes that it takes to go on
  }

  open() {
    const socket = net.connect({ host, port: Number(port), noDelay: true });
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('error', (e) => this.drop(e));
    socket.on('close', () => this.drop(new Error('the Runtime API has closed the connection')));
    return socket;
  }

  // drop gives up the connection, and all that wait for answers from it.
  drop(why) {
    if (this.socket) this.socket.destroy();
    this.socket = undefined;
    this.chunks = [];
    this.size = 0;
    this.need = 1;
    for (const { reject } of this.waiting.splice(0)) reject(why);
  }

  take(chunk) {
    this.chunks.push(chunk);
    this.size += chunk.length;
    if (this.size < this.need) return;
    let data = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks);
    this.need = 1;
    while (data.length > 0 && this.waiting.length > 0) {
      const res = parse(data);
      if (typeof res === 'number') {
        this.need = res;
        break;
      }
      data = data.subarray(res.end);
      this.waiting.shift().resolve(res);
    }
    this.chunks = data.length > 0 ? [data] : [];
    this.size = data.length;
    if (this.waiting.length === 0) this.socket.unref(); // only an answer that is due keeps the process
  }

  // answer returns the answer to a request that is about to be written.
  answer() {
    if (!this.socket) this.socket = this.open();
    this.socket.ref();
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  // post sends text. Asking for the next invocation in the same breath saves
  // the time until the answer: next is the promise of it.
  post(where, text, headers, thenNext) {
    const done = this.answer();
    const next = thenNext ? this.answer() : undefined;
    this.socket.write(`POST ${prefix}${where} HTTP/1.1\r\nHost: ${host}:${port}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\n${headers}\r\n${text}${thenNext ? getNext : ''}`);
    done.catch(() => {}); // whoever waits is told all the same
    if (next) next.catch(() => {});
    return { done, next };
  }

  // next asks for an invocation.
  next() {
    const next = this.answer();
    this.socket.write(getNext);
    return next;
  }
}

const getNext = `GET ${prefix}invocation/next HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`;
const api = new Connection();

// ---- logs ----

const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const lowest = Math.max(0, levels.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL || 'TRACE'));

function errorObject(e) {
  return { errorType: (e && e.name) || 'UnknownError', errorMessage: e && e.message, stackTrace: stackLines(e) };
}

// stackLines tells of the function's code as on Lambda, wherever it really is.
function stackLines(e) {
  return e && typeof e.stack === 'string' ? e.stack.replaceAll(taskRoot, '/var/task').split('\n') : [];
}

// write puts out one event. Carriage returns keep its lines together.
function write(level, args) {
  if (jsonLogs && levels.indexOf(level) < lowest) return;
  const timestamp = new Date().toISOString();
  let line;
  if (jsonLogs) {
    const out = { timestamp, level, requestId: requestId || undefined };
    if (args.length === 1 && args[0] instanceof Error) Object.assign(out, errorObject(args[0]));
    else if (args.length === 1 && typeof args[0] === 'object') out.message = args[0];
    else out.message = util.format(...args);
    line = JSON.stringify(out, (_, v) => (typeof v === 'bigint' ? v.toString() : v instanceof Error ? errorObject(v) : v));
  } else {
    line = [timestamp, requestId || 'undefined', level, util.format(...args)].join('\t').replace(/\n/g, '\r');
  }
  fs.writeSync(1, line + '\n');
}

function writeAll(level, args) {
  for (let tries = 0; ; tries++) {
    try {
      return write(level, args);
    } catch (e) {
      if (e.code !== 'EAGAIN' || tries > 1000) return undefined;
    }
  }
}

for (const [name, level] of [['log', 'INFO'], ['info', 'INFO'], ['debug', 'DEBUG'], ['warn', 'WARN'], ['error', 'ERROR'], ['trace', 'TRACE'], ['fatal', 'FATAL']]) {
  console[name] = (...args) => writeAll(level, args);
}

// ---- errors ----

function runtimeFailure(name, message, cause) {
  const e = new Error(message);
  e.name = name;
  if (cause && cause.stack) e.stack = name + ': ' + message + '\n' + cause.stack;
  return e;
}

// failure is an error in the form that callers of the function see.
function failure(e) {
  if (e instanceof Error || (e && typeof e === 'object' && 'message' in e && 'stack' in e)) {
    return { errorType: e.name || 'Error', errorMessage: e.message, trace: stackLines(e) };
  }
  return { errorType: typeof e, errorMessage: String(e), trace: [] };
}

// postFailure logs an error and reports it.
function postFailure(connection, where, e, label, thenNext) {
  const err = failure(e);
  const logged = { errorType: err.errorType, errorMessage: err.errorMessage, ...(e && typeof e === 'object' && e.code ? { code: e.code } : {}), stack: err.trace };
  if (jsonLogs) writeAll('ERROR', [e instanceof Error ? e : logged]);
  else writeAll('ERROR', [label + ' \t' + JSON.stringify(logged)]);
  const kind = err.errorType.replace(/[^\x20-\x7e]/g, '');
  return connection.post(where, JSON.stringify(err), `Lambda-Runtime-Function-Error-Type: ${kind}\r\n`, thenNext);
}

// ---- the handler ----

async function load(file) {
  try {
    return require(file);
  } catch (e) {
    if (e.code === 'ERR_REQUIRE_ESM' || e.code === 'ERR_REQUIRE_ASYNC_MODULE') return import(pathToFileURL(file).href);
    throw e;
  }
}

async function loadModule(root, name) {
  const base = path.resolve(root, name);
  if (fs.existsSync(base) && fs.statSync(base).isFile()) return load(base);
  for (const ext of ['.js', '.mjs', '.cjs']) {
    if (fs.existsSync(base + ext)) return ext === '.mjs' ? import(pathToFileURL(base + ext).href) : load(base + ext);
  }
  return load(require.resolve(name, { paths: [root, ...(process.env.NODE_PATH || '').split(':')] }));
}

async function findHandler(full) {
  const dir = path.dirname(full);
  const match = /^([^.]*)\.(.*)$/.exec(path.basename(full));
  if (!match || full.includes('..')) {
    throw runtimeFailure('Runtime.MalformedHandlerName',
      full.includes('..') ? `'${full}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.` : 'Bad handler');
  }
  const [, moduleName, exported] = match;
  let mod;
  try {
    mod = await loadModule(path.resolve(taskRoot, dir), moduleName);
  } catch (e) {
    if (e instanceof SyntaxError) throw runtimeFailure('Runtime.UserCodeSyntaxError', String(e), e);
    if (e && e.code === 'MODULE_NOT_FOUND') throw runtimeFailure('Runtime.ImportModuleError', 'Error: ' + e.message, e);
    throw e;
  }
  const pick = (from) => exported.split('.').reduce((at, part) => (at === undefined || at === null ? undefined : at[part]), from);
  let handler = pick(mod);
  if (handler === undefined && mod && mod.default) handler = pick(mod.default);
  if (handler === undefined) throw runtimeFailure('Runtime.HandlerNotFound', `${full} is undefined or not exported`);
  if (typeof handler !== 'function') throw runtimeFailure('Runtime.HandlerNotFound', `${full} is not a function`);
  return handler;
}

// ---- streaming handlers ----

const streaming = Symbol.for('aws.lambda.runtime.handler.streaming');
const prelude = Buffer.alloc(8);

globalThis.awslambda = {
  streamifyResponse(handler) {
    handler[streaming] = 'response';
    return handler;
  },
  HttpResponseStream: {
    from(stream, metadata) {
      stream.setContentType('application/vnd.awslambda.http-integration-response');
      stream.write(JSON.stringify(metadata));
      stream.write(prelude);
      return stream;
    },
  },
};

// ChunkedAnswer is a streamed response on its way, from its first byte to its
// trailers.
class ChunkedAnswer {
  constructor(id, contentType) {
    const { Writable } = require('stream');
    this.done = api.answer();
    this.done.catch(() => {}); // finish tells
    const { socket } = api;
    socket.write(`POST ${prefix}invocation/${id}/response HTTP/1.1\r\nHost: ${host}:${port}\r\nContent-Type: ${contentType}\r\n` +
      'Transfer-Encoding: chunked\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n' +
      'Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n');
    this.socket = socket;
    this.body = new Writable({
      write(chunk, _, written) {
        if (chunk.length === 0) return written();
        socket.cork();
        socket.write(chunk.length.toString(16) + '\r\n');
        socket.write(chunk);
        socket.write('\r\n', written);
        return socket.uncork();
      },
    });
  }

  // finish ends the response, with the error that cut it short if there is one.
  finish(err) {
    let trailers = '';
    if (err) {
      trailers = `Lambda-Runtime-Function-Error-Type: ${err.errorType.replace(/[^\x20-\x7e]/g, '')}\r\n` +
        `Lambda-Runtime-Function-Error-Body: ${Buffer.from(JSON.stringify(err)).toString('base64')}\r\n`;
    }
    this.socket.write(`0\r\n${trailers}\r\n`);
    return this.done;
  }
}

async function invokeStreaming(handler, event, context, id) {
  const { PassThrough, finished } = require('stream');
  const stream = new PassThrough();
  let contentType = 'application/octet-stream';
  let answer;
  const open = () => {
    if (answer) return;
    answer = new ChunkedAnswer(id, contentType);
    stream.pipe(answer.body);
  };
  stream.setContentType = (t) => { contentType = String(t).replace(/[^\x20-\x7e]/g, ''); };
  const write = stream.write.bind(stream);
  stream.write = (...args) => {
    const [chunk] = args;
    if (chunk !== null && typeof chunk === 'object' && !Buffer.isBuffer(chunk) && !(chunk instanceof Uint8Array)) args[0] = JSON.stringify(chunk);
    queueMicrotask(open);
    return write(...args);
  };
  let err;
  try {
    await handler(event, stream, context);
  } catch (e) {
    if (!answer) return postFailure(api, `invocation/${id}/error`, e, 'Invoke Error', true);
    writeAll('ERROR', [e]);
    err = failure(e);
  }
  open();
  const passed = new Promise((resolve) => finished(answer.body, resolve));
  if (!stream.writableEnded) stream.end();
  await passed;
  await answer.finish(err);
  return { next: api.next() };
}

// ---- the loop ----

function makeContext(headers, callback) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const sent = headers['lambda-runtime-client-context'];
  const identity = headers['lambda-runtime-cognito-identity'];
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    clientContext: sent ? JSON.parse(sent) : undefined,
    identity: identity ? JSON.parse(identity) : undefined,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: (err, result) => callback(err, result),
    succeed: (result) => callback(null, result),
    fail: (err) => callback(err === undefined || err === null ? 'handled' : err),
  };
}

// run calls the handler and returns its result, whichever way it gives it.
function run(handler, event, headers) {
  return new Promise((resolve, reject) => {
    let context;
    let called = false;
    const callback = (err, result) => {
      if (called) return;
      called = true;
      if (err !== undefined && err !== null) reject(err);
      else if (context.callbackWaitsForEmptyEventLoop) process.once('beforeExit', () => resolve(result));
      else resolve(result);
    };
    context = makeContext(headers, callback);
    // A handler that never answers leaves the loop empty: the answer is null.
    process.once('beforeExit', () => { if (!called) resolve(null); });
    const out = handler(event, context, callback);
    if (out && typeof out.then === 'function') out.then(resolve, reject);
  });
}

// invokeOnce runs one invocation, answers it, and returns the promise of the
// next one.
async function invokeOnce(handler, { headers, body }) {
  const id = headers['lambda-runtime-aws-request-id'];
  requestId = id;
  const trace = headers['lambda-runtime-trace-id'];
  if (trace) process.env._X_AMZN_TRACE_ID = trace;
  else delete process.env._X_AMZN_TRACE_ID;
  let text;
  try {
    const event = JSON.parse(body.length ? body.toString() : '{}');
    if (handler[streaming]) return await invokeStreaming(handler, event, makeContext(headers, () => {}), id);
    const result = await run(handler, event, headers);
    try {
      text = JSON.stringify(result === undefined ? null : result) ?? 'null';
    } catch (e) {
      throw runtimeFailure('Runtime.MarshalError', 'Unable to stringify response body', e);
    }
  } catch (e) {
    return postFailure(api, `invocation/${id}/error`, e, 'Invoke Error', true);
  } finally {
    process.removeAllListeners('beforeExit');
  }
  return api.post(`invocation/${id}/response`, text, '', true);
}

// die reports what nobody has caught, and ends the process. The report takes a
// connection of its own: on the other one it might stand behind a response
// under way.
function die(name) {
  return (e) => {
    const err = name ? runtimeFailure(name, String(e && e.message ? `${e.name}: ${e.message}` : e), e) : e;
    const where = requestId ? `invocation/${requestId}/error` : 'init/error';
    const label = name ? 'Unhandled Promise Rejection' : 'Uncaught Exception';
    postFailure(new Connection(), where, err, label).done.catch(() => {}).finally(() => process.exit(name ? 128 : 129));
  };
}

async function main() {
  process.chdir(taskRoot);
  process.on('uncaughtException', die(''));
  process.on('unhandledRejection', die('Runtime.UnhandledPromiseRejection'));
  let handler;
  try {
    handler = await findHandler(process.env._HANDLER || '');
  } catch (e) {
    await postFailure(api, 'init/error', e, 'Uncaught Exception').done;
    process.exit(1);
  }
  for (let next = api.next(); ;) {
    const invocation = await next.catch(() => process.exit(0)); // the environment has ended
    if (invocation.status !== 200) process.exit(0);
    ({ next } = await invokeOnce(handler, invocation));
  }
}

main().catch((e) => {
  fs.writeSync(2, String((e && e.stack) || e) + '\n');
  process.exit(1);
});
