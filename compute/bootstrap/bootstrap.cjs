// Runs a Node.js function: asks the Lambda Runtime API for invocations and
// answers them.
'use strict';

const http = require('http');
const fs = require('fs');
const path = require('path');
const util = require('util');
const { pathToFileURL } = require('url');

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const taskRoot = process.env.LAMBDA_TASK_ROOT;
const jsonLogs = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const prefix = '/2018-06-01/runtime/';
let requestId = '';

// send makes one request of the Runtime API. A stream given as body is passed
// on as it comes.
function send(method, where, body, headers) {
  return new Promise((resolve, reject) => {
    const req = http.request({ host, port, agent, method, path: prefix + where, headers }, (res) => {
      const parts = [];
      res.on('data', (p) => parts.push(p));
      res.on('end', () => resolve({ status: res.statusCode, headers: res.headers, body: Buffer.concat(parts) }));
    });
    req.setNoDelay(true);
    req.on('error', reject);
    if (body === undefined) req.end();
    else req.end(body);
  });
}

// ---- logs ----

const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const lowest = Math.max(0, levels.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL || 'TRACE'));

function errorObject(e) {
  return { errorType: (e && e.name) || 'UnknownError', errorMessage: e && e.message, stackTrace: stackLines(e) };
}

function stackLines(e) {
  return e && typeof e.stack === 'string' ? e.stack.split('\n') : [];
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

async function postFailure(where, e, label) {
  const err = failure(e);
  const logged = { errorType: err.errorType, errorMessage: err.errorMessage, ...(e && typeof e === 'object' && e.code ? { code: e.code } : {}), stack: err.trace };
  if (jsonLogs) writeAll('ERROR', [e instanceof Error ? e : logged]);
  else writeAll('ERROR', [label + ' \t' + JSON.stringify(logged)]);
  const body = Buffer.from(JSON.stringify(err));
  await send('POST', where, body, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    'Lambda-Runtime-Function-Error-Type': err.errorType.replace(/[^\x20-\x7e]/g, ''),
  });
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

async function invokeStreaming(handler, event, context, id) {
  const { PassThrough, finished } = require('stream');
  const stream = new PassThrough();
  let contentType = 'application/octet-stream';
  let req;
  let open;
  const answered = new Promise((resolve, reject) => {
    open = () => {
      if (req) return;
      req = http.request({
        host, port, agent, method: 'POST', path: `${prefix}invocation/${id}/response`,
        headers: {
          'Content-Type': contentType,
          'Transfer-Encoding': 'chunked',
          'Lambda-Runtime-Function-Response-Mode': 'streaming',
          Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
        },
      }, (res) => {
        res.resume();
        res.on('end', resolve);
      });
      req.on('error', reject);
      stream.pipe(req, { end: false });
    };
  });
  stream.setContentType = (t) => { contentType = t; };
  const write = stream.write.bind(stream);
  stream.write = (...args) => {
    const [chunk] = args;
    if (chunk !== null && typeof chunk === 'object' && !Buffer.isBuffer(chunk) && !(chunk instanceof Uint8Array)) args[0] = JSON.stringify(chunk);
    queueMicrotask(open);
    return write(...args);
  };
  const ended = new Promise((resolve) => finished(stream, { writable: false }, resolve));
  try {
    await handler(event, stream, context);
  } catch (e) {
    if (!req) {
      await postFailure(`invocation/${id}/error`, e, 'Invoke Error');
      return;
    }
    writeAll('ERROR', [e]);
    const err = failure(e);
    req.addTrailers({
      'Lambda-Runtime-Function-Error-Type': err.errorType,
      'Lambda-Runtime-Function-Error-Body': Buffer.from(JSON.stringify(err)).toString('base64'),
    });
  }
  open();
  if (!stream.writableEnded) stream.end();
  await ended;
  req.end();
  await answered;
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

async function invokeOnce(handler) {
  const { status, headers, body } = await send('GET', 'invocation/next');
  if (status !== 200) process.exit(0); // the environment has ended
  const id = headers['lambda-runtime-aws-request-id'];
  requestId = id;
  const trace = headers['lambda-runtime-trace-id'];
  if (trace) process.env._X_AMZN_TRACE_ID = trace;
  else delete process.env._X_AMZN_TRACE_ID;
  let answer;
  try {
    const event = JSON.parse(body.length ? body.toString() : '{}');
    if (handler[streaming]) return await invokeStreaming(handler, event, makeContext(headers, () => {}), id);
    const result = await run(handler, event, headers);
    process.removeAllListeners('beforeExit');
    try {
      answer = Buffer.from(JSON.stringify(result === undefined ? null : result));
    } catch (e) {
      throw runtimeFailure('Runtime.MarshalError', 'Unable to stringify response body', e);
    }
  } catch (e) {
    process.removeAllListeners('beforeExit');
    return postFailure(`invocation/${id}/error`, e, 'Invoke Error');
  }
  return send('POST', `invocation/${id}/response`, answer, { 'Content-Type': 'application/json', 'Content-Length': answer.length });
}

function die(name) {
  return (e) => {
    const err = name ? runtimeFailure(name, String(e && e.message ? `${e.name}: ${e.message}` : e), e) : e;
    const where = requestId ? `invocation/${requestId}/error` : 'init/error';
    postFailure(where, err, name ? 'Unhandled Promise Rejection' : 'Uncaught Exception').finally(() => process.exit(name ? 128 : 129));
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
    await postFailure('init/error', e, 'Uncaught Exception');
    process.exit(1);
  }
  for (;;) await invokeOnce(handler);
}

main().catch((e) => {
  fs.writeSync(2, String((e && e.stack) || e) + '\n');
  process.exit(1);
});
