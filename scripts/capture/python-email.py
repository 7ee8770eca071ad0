"""The standard library alone: a form built by email.mime and sent by http.client.

Its parts are base64, its non-ASCII parameters are RFC 2231 (`filename*=utf-8''…`).
"""
import http.client
import platform
import urllib.parse
from email import policy
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from request import octets, parts, request, url


def parameter(text):
    return text if text.isascii() else ("utf-8", "", text)


form = MIMEMultipart("form-data")
for part in parts:
    if part["kind"] == "file":
        main, sub = part["type"].split("/")
        body = MIMEApplication(octets(part), sub)
        body.replace_header("Content-Type", part["type"])
    else:
        body = MIMEText(part["text"], "plain", "utf-8")
    extra = {"filename": parameter(part["filename"])} if "filename" in part else {}
    body.add_header("Content-Disposition", "form-data", name=parameter(part["name"]), **extra)
    form.attach(body)
octets_of_form = form.as_bytes(policy=policy.HTTP)
headers, _, body = octets_of_form.partition(b"\r\n\r\n")
target = urllib.parse.urlsplit(url)
connection = http.client.HTTPConnection(target.hostname, target.port)
content_type = form["Content-Type"].replace("\n", "").replace("\r", "")
connection.request("POST", f"{target.path}/form", body, {"Content-Type": content_type})
connection.getresponse().read()
pairs = urllib.parse.urlencode([tuple(pair) for pair in request["pairs"]])
connection.request("POST", f"{target.path}/urlencoded", pairs, {"Content-Type": "application/x-www-form-urlencoded"})
connection.getresponse().read()
print(platform.python_version())
