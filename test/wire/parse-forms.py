"""Parses forms with Python's own email package: a JSON list of {contentType, body (base64)} on standard input."""
import base64
import json
import sys
from email.message import Message
from email.parser import BytesParser


def parse(form):
    head = f"Content-Type: {form['contentType']}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + base64.b64decode(form["body"]))
    if not message.is_multipart():
        return []
    return [describe(part) for part in message.get_payload()]


def describe(part):
    # The header is read as UTF-8 before it is taken apart: as it stands the package makes it an unknown charset.
    raw = {name.lower(): value for name, value in part.raw_items()}
    disposition = Message()
    text = raw.get("content-disposition", "")
    disposition["Content-Disposition"] = text.encode("ascii", "surrogateescape").decode("utf-8")
    get = lambda name: disposition.get_param(name, header="content-disposition")
    payload = part.get_payload(decode=True)
    return {
        "name": get("name"),
        "filename": get("filename"),
        "type": raw.get("content-type"),
        "data": base64.b64encode(payload or b"").decode(),
    }


json.dump([parse(form) for form in json.load(sys.stdin)], sys.stdout)
