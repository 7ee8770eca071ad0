// Every bench by its name, with what each wants of the rig.
import { join } from "node:path";
import { benchCommits } from "./commits.mjs";
import { benchLists } from "./list.mjs";
import { benchMemory } from "./memory.mjs";
import { writePicture } from "./picture.mjs";
import { benchPrune } from "./prune.mjs";
import { benchThroughput } from "./throughput.mjs";

export const benches = {
  async throughput({ rig, folder, quick, workload, earlier }) {
    const picture = await pictureIn(folder);
    const backends = await rig.backends(folder, ["sqlite", "postgres", "ceph"]);
    const peer = await rig.peer();
    const chosen = { wanted: workload, earlier };
    return benchThroughput({ backends, peer, folder, picture, quick, ...chosen });
  },
  async lists({ rig, folder, quick }) {
    return benchLists({
      backends: await rig.backends(folder, ["sqlite", "postgres"]),
      folder,
      quick,
    });
  },
  async prune({ rig, folder, quick }) {
    const picture = await pictureIn(folder);
    const backends = await rig.backends(folder, ["sqlite", "postgres", "ceph"]);
    return benchPrune({ backends, folder, picture, quick });
  },
  commits: ({ folder, quick }) => benchCommits({ folder, quick }),
  async memory({ rig, folder, quick }) {
    const backends = await rig.backends(folder, ["sqlite", "postgres", "ceph"]);
    return benchMemory({ backends, folder, quick });
  },
};

async function pictureIn(folder) {
  const path = join(folder, "pic.png");
  await writePicture(path);
  return path;
}
