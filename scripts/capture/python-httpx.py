"""httpx: fields as `data`, which come first, files as `files`."""
import httpx

from request import octets, parts, request, url

with httpx.Client(trust_env=False) as client:
    files = []
    for part in parts:
        if part["kind"] == "file":
            files.append((part["name"], (part["filename"], octets(part), part["type"])))
        else:
            files.append((part["name"], (None, part["text"].encode(), part.get("type"))))
    client.post(f"{url}/form", files=files)
    client.post(f"{url}/json", json=request["json"])
    data = {}
    for name, value in request["pairs"]:
        data.setdefault(name, []).append(value)
    client.post(f"{url}/urlencoded", data=data)
print(httpx.__version__)
