import ctypes
import logging
import os
import signal
import time
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
    if do == "share":  # memory with children that only look at it
        held = bytearray(os.urandom(1 << 20) * event["mb"])
        children = [fork(signal.pause) for _ in range(event["n"])]
        time.sleep(0.5)  # so that it is seen
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        return {"held": len(held) >> 20}
    if do == "apart":  # a child of another session takes memory
        os.waitpid(fork(lambda: (os.setsid(), hoard())), 0)
    if do == "memfds":  # which nobody maps
        for n in range(1000):
            os.write(os.memfd_create(str(n)), os.urandom(1 << 20))
        time.sleep(60)  # until it is seen
    if do == "sysv":
        shmget = ctypes.CDLL(None, use_errno=True).shmget
        for n in range(16):
            if shmget(0, 64 << 20, 0o1600) < 0:
                raise MemoryDenied(os.strerror(ctypes.get_errno()))
    return event


class MemoryDenied(Exception):
    pass


def fork(do):
    child = os.fork()
    if child == 0:
        try:
            do()
        finally:
            os._exit(0)
    return child


def hoard():
    held = []
    while True:
        held.append(bytearray(os.urandom(1 << 20)))
