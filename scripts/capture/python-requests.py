"""requests: files of (name, (file name, octets, type)); a file name of None makes a field with a type."""
import requests

from request import octets, parts, request, url

with requests.Session() as session:
    session.trust_env = False
    files = []
    for part in parts:
        if part["kind"] == "file":
            content = (part["filename"], octets(part), part["type"])
        else:
            content = (None, part["text"].encode(), part.get("type"))
        files.append((part["name"], content))
    session.post(f"{url}/form", files=files)
    session.post(f"{url}/json", json=request["json"])
    session.post(f"{url}/urlencoded", data=request["pairs"])
print(requests.__version__)
