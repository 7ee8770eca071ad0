// Actors that send an upload by themselves, to a signed URL, and say when it is complete.
import { ask, content, idOf, type Act, type Stage } from "./clients.js";
import { sha256 } from "./world.js";

const json = { "content-type": "application/json" };
const type = { "content-type": "text/plain" };

/** Asked for, before the others begin. */
export const reserveDirect: Act = async ({ world, shared }) => {
  const about = { size: content.length, mediaType: "text/plain", sha256: sha256(content) };
  const body = [JSON.stringify(about)];
  const made = await world.send({ method: "POST", path: "/uploads", headers: json, body });
  if (made?.status !== 201) throw new Error(`Not reserved: ${made?.status} ${made?.text}`);
  const {
    id,
    upload: token,
    direct,
  } = JSON.parse(made.text) as {
    id: string;
    upload: string;
    direct: { url: string };
  };
  const { pathname, search } = new URL(direct.url);
  shared.upload = { path: `/uploads/${id}`, token, content, url: pathname + search };
};

function uploadOf({ shared }: Stage): NonNullable<Stage["shared"]["upload"]> {
  if (!shared.upload) throw new Error("Nothing is reserved.");
  return shared.upload;
}

/** Sends all of it; whether it was taken, it learns when it completes it. */
const send: Act = async (stage) => {
  const { url = "" } = uploadOf(stage);
  const headers = { ...type, "content-length": String(content.length) };
  const body = content.split(/(?<= )/);
  await ask(stage, { method: "PUT", path: url, headers, body }, [200, 400, 403, 404, 409, 410]);
};

/** Until it is told that it is complete, or that it is over. */
export const sender: Act = async (stage) => {
  const { path } = uploadOf(stage);
  for (let tries = 0; tries < 6; tries++) {
    await send(stage);
    const said = { method: "POST", path: `${path}/complete` };
    const answer = await ask(stage, said, [200, 404, 409, 410]);
    if (answer?.status === 200) return stage.truth.toldWhole(idOf(path));
    if (answer && answer.status !== 409) return;
  }
};

/** Says so while another one sends. */
export const completer: Act = async (stage) => {
  const { path } = uploadOf(stage);
  const said = { method: "POST", path: `${path}/complete` };
  const answer = await ask(stage, said, [200, 404, 409, 410]);
  if (answer?.status === 200) stage.truth.toldWhole(idOf(path));
};
