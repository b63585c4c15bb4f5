exports.async = async (event, context) => {
  if (event.do === 'throw') throw new TypeError('as asked');
  if (event.do === 'context') {
    return { id: context.awsRequestId, arn: context.invokedFunctionArn, left: context.getRemainingTimeInMillis(), name: context.functionName, custom: context.clientContext && context.clientContext.custom };
  }
  if (event.do === 'log') console.log('logged %d', 1);
  if (event.do === 'uncaught') { setTimeout(() => { throw new Error('late'); }, 1); return new Promise(() => {}); }
  if (event.do === 'reject') { Promise.reject(new RangeError('nobody looks')); return new Promise((resolve) => setTimeout(resolve, 1000)); }
  if (event.do === 'large') return 'é'.repeat(event.n);
  if (event.do === 'length') return event.text.length;
  if (event.do === 'nothing') return undefined;
  if (event.do === 'cycle') { const a = {}; a.a = a; return a; }
  if (event.do === 'never') return new Promise(() => {});
  return event;
};
exports.callback = (event, context, callback) => {
  if (event.do === 'fail') callback(new Error('as asked'));
  else if (event.do === 'at once') {
    context.callbackWaitsForEmptyEventLoop = false;
    setTimeout(() => {}, 60000);
    callback(null, 'at once');
  } else if (event.do === 'wait') {
    const result = { waited: false };
    setTimeout(() => { result.waited = true; }, 20);
    callback(null, result);
  } else setTimeout(() => callback(null, { late: true }), 5);
};
exports.deep = { handler: async () => 'deep' };
exports.stream = awslambda.streamifyResponse(async (event, stream) => {
  stream.setContentType('text/plain');
  stream.write('one,');
  stream.write('two');
  if (event.do === 'throw') throw new Error('midway');
  stream.end();
});
exports.flood = awslambda.streamifyResponse(async (event, stream) => {
  for (let i = 0; i < event.n; i++) {
    if (!stream.write(Buffer.alloc(event.size, 65 + (i % 26)))) await new Promise((resolve) => stream.once('drain', resolve));
  }
  stream.end();
});
exports.page = awslambda.streamifyResponse(async (event, stream) => {
  const body = awslambda.HttpResponseStream.from(stream, { statusCode: 201 });
  body.end('made');
});
