import os
import logging
logging.getLogger().setLevel("INFO")


class Custom(Exception):
    pass


def handler(event, context):
    do = event.get("do") if isinstance(event, dict) else None
    if do == "raise":
        raise Custom("as asked")
    if do == "context":
        return {
            "id": context.aws_request_id, "arn": context.invoked_function_arn,
            "left": context.get_remaining_time_in_millis(), "name": context.function_name,
            "memory": context.memory_limit_in_mb, "custom": context.client_context and context.client_context.custom,
            "trace": os.environ.get("_X_AMZN_TRACE_ID"),
        }
    if do == "log":
        print("printed")
        logging.getLogger().info("logged")
    if do == "set":
        return {1, 2}
    if do == "exit":
        os._exit(7)
    return event
