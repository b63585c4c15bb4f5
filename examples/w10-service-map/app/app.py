"""A shop and the services that it calls: one is slow, one fails at times."""
import json
import os
import time

import aws


def table(operation, **parameters):
    status, answer = aws.call(
        "POST", "dynamodb", body=json.dumps({"TableName": os.environ["TABLE"], **parameters}).encode(),
        headers={"content-type": "application/x-amz-json-1.0", "x-amz-target": f"DynamoDB_20120810.{operation}"})
    return status, json.loads(answer or b"{}")


def ask(function, order):
    """Call another service, and return its answer; None if it has failed."""
    path = f"/2015-03-31/functions/{os.environ[function]}/invocations"
    status, answer = aws.call("POST", "lambda", path, body=json.dumps(order).encode())
    answer = json.loads(answer or b"null")
    return None if status != 200 or (answer or {}).get("errorMessage") else answer


def shop(event, context):
    """Takes an order: is it in stock, what does it cost, is it paid."""
    order = json.loads(event.get("body") or "{}")
    if not ask("STOCK", order)["reserved"]:
        return {"statusCode": 409, "body": json.dumps({"message": "sold out"})}
    price = ask("PRICE", order)
    if ask("PAY", {**order, **price}) is None:
        return {"statusCode": 502, "body": json.dumps({"message": "the payment did not succeed"})}
    return {"statusCode": 200, "body": json.dumps(price)}


def stock(order, context):
    """Reserves one; the table refuses an item of which there is none."""
    status, answer = table(
        "UpdateItem", Key={"item": {"S": order["item"]}}, UpdateExpression="ADD reserved :one",
        ConditionExpression="attribute_not_exists(soldOut)", ExpressionAttributeValues={":one": {"N": "1"}})
    if status != 200 and "ConditionalCheckFailed" not in answer.get("__type", ""):
        raise RuntimeError(f"reserve: {status} {answer}")
    return {"reserved": status == 200}


def price(order, context):
    """Is slow."""
    time.sleep(0.3)
    return {"price": 12}


def pay(order, context):
    """Fails at times: the bank does not take every card."""
    if order.get("card") == "broken":
        raise RuntimeError("the bank does not answer")
    return {"paid": order["price"]}
