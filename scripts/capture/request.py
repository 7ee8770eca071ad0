"""What a Python client is told to send: the request as JSON on standard input, the URL as the argument."""
import base64
import json
import sys

request = json.load(sys.stdin)
url = sys.argv[1]
parts = request["parts"]


def octets(part):
    return base64.b64decode(part["base64"])
