"""aiohttp: FormData, which percent-encodes names unless told not to."""
import asyncio

import aiohttp

from request import octets, parts, request, url


async def main():
    async with aiohttp.ClientSession() as session:
        form = aiohttp.FormData()
        for part in parts:
            if part["kind"] == "file":
                form.add_field(part["name"], octets(part), filename=part["filename"], content_type=part["type"])
            else:
                form.add_field(part["name"], part["text"], content_type=part.get("type"))
        await session.post(f"{url}/form", data=form)
        await session.post(f"{url}/json", json=request["json"])
        await session.post(f"{url}/urlencoded", data=aiohttp.FormData([tuple(pair) for pair in request["pairs"]]))


asyncio.run(main())
print(aiohttp.__version__)
