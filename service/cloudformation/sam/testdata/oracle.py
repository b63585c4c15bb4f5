# Runs AWS's own transform over the template at argv[1] and prints its output.
import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class Policies(ManagedPolicyLoader):
    def __init__(self):
        self._policy_map = {
            "AWSLambdaBasicExecutionRole": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
        }

    def load(self):
        return self._policy_map


with open(sys.argv[1]) as f:
    template = yaml_parse(f.read())
try:
    json.dump(transform(template, {}, Policies()), sys.stdout)
except InvalidDocumentException as e:
    json.dump({"faults": [c.message for c in e.causes]}, sys.stdout)
