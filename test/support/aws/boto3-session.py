"""Calls that come as lines of JSON, made by boto3 in one process, which takes a second to start; answers likewise.

{"service", "operation", "input", "credentials", "region", "as": "call" | "paginate" | "wait" | "presign"}
Octets are {"$bytes": base64}, times {"$time": seconds}.
"""

import base64
import datetime
import json
import os
import sys

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

clients = {}


def client_for(service, region, credentials):
    key = (service, region, tuple(credentials.values()))
    if key not in clients:
        clients[key] = boto3.client(
            service,
            region_name=region,
            endpoint_url=os.environ["ENDPOINT"],
            aws_access_key_id=credentials["id"],
            aws_secret_access_key=credentials["secret"],
            aws_session_token=credentials.get("token"),
            # What isn't there isn't asked for again: a test wants the first answer.
            # For regions of before 2014 it would presign S3's URLs as it did then.
            config=Config(
                retries={"total_max_attempts": 1},
                parameter_validation=False,
                signature_version="s3v4" if service == "s3" else None,
            ),
        )
    return clients[key]


def plain(value):
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return {"$time": value.timestamp()}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value


def native(value):
    if isinstance(value, list):
        return [native(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "$bytes" in value:
        return base64.b64decode(value["$bytes"])
    if "$time" in value:
        return datetime.datetime.fromtimestamp(value["$time"], datetime.timezone.utc)
    return {key: native(each) for key, each in value.items()}


def made(call):
    client = client_for(call["service"], call["region"], call["credentials"])
    given = native(call["input"])
    operation = call["operation"]
    try:
        if call["as"] == "wait":
            client.get_waiter(operation).wait(WaiterConfig={"Delay": 1, "MaxAttempts": 30}, **given)
            return {"output": {}}
        if call["as"] == "paginate":
            return {"output": plain(client.get_paginator(operation).paginate(**given).build_full_result())}
        if call["as"] == "presign":
            method = xform_name(operation)
            return {"output": client.generate_presigned_url(method, given, ExpiresIn=60, HttpMethod="GET")}
        return {"output": plain(client._make_api_call(operation, given))}
    except ClientError as error:
        response = error.response
        modelled = type(error).__name__ == response["Error"]["Code"]
        return {
            "error": {
                "type": response["Error"]["Code"],
                "message": response["Error"]["Message"],
                "status": response["ResponseMetadata"]["HTTPStatusCode"],
                "modelled": modelled,
            }
        }
    except WaiterError as error:
        return {"error": {"type": "WaiterError", "message": str(error), "status": 0, "modelled": False}}
    except Exception as error:  # pylint: disable=broad-except
        return {"error": {"type": type(error).__name__, "message": str(error), "status": 0, "modelled": False}}


for line in sys.stdin:
    print(json.dumps(made(json.loads(line))), flush=True)
