// Grants the first points to each customer who signs up: once, however often
// the message comes.
import { call } from "./aws.mjs";

async function grant(customer) {
  try {
    await call("dynamodb", "DynamoDB_20120810.PutItem", {
      TableName: process.env.TABLE,
      Item: { id: { S: customer.id }, points: { N: "100" }, at: { S: new Date().toISOString() } },
      ConditionExpression: "attribute_not_exists(id)",
    });
  } catch (fault) {
    if (fault.name !== "ConditionalCheckFailedException") throw fault;
  }
}

export async function handler(event) {
  const batchItemFailures = [];
  for (const record of event.Records) {
    try {
      if (process.env.FAIL === "yes") throw new Error("the points service is out of order");
      await grant(JSON.parse(record.body));
    } catch (fault) {
      console.log(`points for ${record.messageId}: ${fault.message}`);
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
  }
  return { batchItemFailures };
}
