exports.async = async (event, context) => {
  if (event.do === 'throw') throw new TypeError('as asked');
  if (event.do === 'context') {
    return { id: context.awsRequestId, arn: context.invokedFunctionArn, left: context.getRemainingTimeInMillis(), name: context.functionName, custom: context.clientContext && context.clientContext.custom };
  }
  if (event.do === 'log') console.log('logged %d', 1);
  if (event.do === 'uncaught') { setTimeout(() => { throw new Error('late'); }, 1); return new Promise(() => {}); }
  if (event.do === 'never') return new Promise(() => {});
  return event;
};
exports.callback = (event, context, callback) => {
  if (event.do === 'fail') callback(new Error('as asked'));
  else setTimeout(() => callback(null, { late: true }), 5);
};
exports.deep = { handler: async () => 'deep' };
exports.stream = awslambda.streamifyResponse(async (event, stream) => {
  stream.setContentType('text/plain');
  stream.write('one,');
  stream.write('two');
  if (event.do === 'throw') throw new Error('midway');
  stream.end();
});
