"""Signs a request with the signer of boto3 or of the AWS CLI, sends it, and prints the status and the answer.

Arguments: what brings the signer along (boto3, awscli.clidriver), form (header, query), method, URL, region, service; body on standard input.
Credentials: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN in the environment.
"""
import importlib
import os
import sys
import urllib.error
import urllib.request

module, form, method, url, region, service = sys.argv[1:]
# The AWS CLI has a botocore of its own, which it puts in the place of the other one.
importlib.import_module(module)
auth = importlib.import_module('botocore.auth')
awsrequest = importlib.import_module('botocore.awsrequest')
credentials = importlib.import_module('botocore.credentials')

body = sys.stdin.buffer.read()
headers = {'Content-Type': 'application/json'} if body else {}
request = awsrequest.AWSRequest(method=method, url=url, data=body, headers=headers)
keys = credentials.Credentials(
    os.environ['AWS_ACCESS_KEY_ID'],
    os.environ['AWS_SECRET_ACCESS_KEY'],
    os.environ.get('AWS_SESSION_TOKEN') or None,
)
signer = auth.SigV4Auth if form == 'header' else auth.SigV4QueryAuth
signer(keys, service, region).add_auth(request)
prepared = request.prepare()
sent = urllib.request.Request(prepared.url, data=body or None, method=method, headers=dict(prepared.headers))
try:
    with urllib.request.urlopen(sent, timeout=20) as answer:
        print(answer.status)
        print(answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.code)
    print(error.read().decode())
