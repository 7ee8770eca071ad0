// A certificate of our own making, for a name.
import { execFile } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface SelfSigned {
  /** PEM files. */
  readonly key: string;
  readonly cert: string;
  /** Of its public key, as browsers name one to be trusted. */
  readonly spkiSha256: string;
}

export async function selfSigned(folder: string, name: string): Promise<SelfSigned> {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
  const kind = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "7",
  ];
  await run("openssl", ["req", "-x509", ...kind, ...subject, "-keyout", key, "-out", cert]);
  const { publicKey } = new X509Certificate(await readFile(cert));
  const spki = publicKey.export({ type: "spki", format: "der" });
  return { key, cert, spkiSha256: createHash("sha256").update(spki).digest("base64") };
}
