// @tus/server over @tus/file-store, on a free port: node serve.mjs FOLDER EXPIRY_MS. Prints its URL. What has expired
// is removed every half second, as its documentation does it by a timer.
import { FileStore } from "@tus/file-store";
import { Server } from "@tus/server";

const [directory, expiryMs] = process.argv.slice(2);
const datastore = new FileStore({ directory, expirationPeriodInMilliseconds: Number(expiryMs) });
const server = new Server({ path: "/files", datastore, relativeLocation: true });
const listening = server.listen({ host: "127.0.0.1", port: 0 }, () =>
  console.log(`http://127.0.0.1:${listening.address().port}`),
);
setInterval(() => {
  server.cleanUpExpiredUploads().catch((error) => console.error(error));
}, 500);
// As whatever supervises it would see to: one error that nobody has caught does not end the run.
process.on("uncaughtException", (error) => console.error(error));
