// What is measured against what.
import * as json from "./json-workloads.mjs";
import { contenders as jsonContenders } from "./json-contenders.mjs";
import * as multipart from "./multipart-workloads.mjs";
import { contenders as multipartContenders } from "./multipart-contenders.mjs";

export const families = {
  multipart: { workloads: multipart.workloads, contenders: multipartContenders },
  json: { workloads: json.workloads, contenders: jsonContenders },
};
