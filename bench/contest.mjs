// Contenders against each other on one workload: a process for each, checked for the right result, warmed
// up, then timed by CPU time in turns, so that none takes the processor from another.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { versionOf } from "./peers.mjs";

const child = fileURLToPath(new URL("contender.mjs", import.meta.url));

/** A row for each contender: its rate as a share of the limit's, or what was wrong with its result. */
export async function runContest({ bench, workload, contenders, quick }) {
  const length = quick ? "quick" : "full";
  const warm = workload.warm === true;
  const running = contenders.flatMap((contender) => {
    const count = quick || warm || contender.role !== "ours" ? 1 : processesOfLarge;
    const args = [bench, contender.name, workload.name, length];
    return Array.from({ length: count }, () => ({ contender, shares: [], process: start(args) }));
  });
  await measure(running, { quick, warm });
  for (const { process } of running) process.kill("SIGKILL");
  return rowsOf(bench, workload.name, running);
}

/** Where the memory's speed counts, no two processes are alike: ours are run in several. */
const processesOfLarge = 3;

function start(args) {
  return fork(child, args, { execArgv: ["--max-old-space-size=2048"] });
}

/** How long a contender may take, is warmed up, and is timed each round: milliseconds of CPU. */
const lengths = {
  quick: { rounds: 2, patience: 15_000, warmUp: 150, longWarmUp: 300, timed: 40 },
  full: { rounds: 7, patience: 120_000, warmUp: 400, longWarmUp: 1500, timed: 160 },
};

async function measure(running, { quick, warm }) {
  const { rounds, patience, warmUp, longWarmUp, timed } = quick ? lengths.quick : lengths.full;
  for (const each of running)
    Object.assign(each, await ask(each.process, { check: true }, patience));
  const timedRun = async (each, ms, more = {}) => {
    const { share, peakMiB } = await ask(each.process, { ms, ...more }, patience);
    each.peakMiB = Math.max(each.peakMiB, peakMiB);
    return share;
  };
  const fit = running.filter(({ wrong, isSlow }) => !wrong && !isSlow);
  // With small bodies first: what is done once for a body is compiled by then, as in a server that has run for a while.
  for (const each of fit)
    each.share = await timedRun(each, warm ? longWarmUp : warmUp, { warmUp: true });
  const near = fit.filter(isNear(fit));
  for (let round = 0; round < rounds; round++)
    for (const each of near) each.shares.push(await timedRun(each, timed));
}

// Peers that are far behind the best of them have been measured well enough while they warmed up.
function isNear(fit) {
  const best = Math.max(
    ...fit.map(({ contender, share }) => (contender.role === "peer" ? share : 0)),
  );
  return ({ contender, share }) => contender.role !== "peer" || share > best / 4;
}

function ask(process, question, patienceMs) {
  return new Promise((done) => {
    const end = (answer) => {
      clearTimeout(timer);
      process.off("exit", died).off("message", end);
      done(answer);
    };
    const died = (code, signal) => end({ wrong: `ended with ${code ?? signal}` });
    const timer = setTimeout(() => {
      process.kill("SIGKILL");
      end({ wrong: `not done after ${patienceMs / 1000} s` });
    }, patienceMs);
    process.once("exit", died).once("message", end);
    if (process.exitCode === null && process.connected) process.send(question);
    else died(process.exitCode, process.signalCode);
  });
}

function rowsOf(bench, workload, processes) {
  const running = merged(processes);
  const peers = running.filter(({ contender }) => contender.role === "peer");
  const best = Math.max(...peers.map(shareOf));
  return running.map((each) => {
    const { contender, wrong, peakMiB } = each;
    const share = shareOf(each);
    return {
      bench,
      workload,
      contender: contender.name,
      role: contender.role,
      version:
        contender.package === "node" ? process.version.slice(1) : versionOf(contender.package),
      ratioToLimit: wrong ? null : round(share),
      ratioToBestPeer: wrong ? null : round(share / best),
      peakMiB: peakMiB ?? null,
      ...(wrong ? { wrong } : {}),
    };
  });
}

// The processes of one contender as one.
function merged(processes) {
  const names = [...new Set(processes.map(({ contender }) => contender.name))];
  return names.map((name) => {
    const own = processes.filter(({ contender }) => contender.name === name);
    const [first] = own;
    const peaks = own.map(({ peakMiB }) => peakMiB ?? 0);
    return { ...first, shares: own.flatMap(({ shares }) => shares), peakMiB: Math.max(...peaks) };
  });
}

function shareOf({ wrong, shares, share }) {
  if (wrong) return 0;
  return shares.length > 0 ? median(shares) : share;
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

function round(ratio) {
  return Number(ratio.toPrecision(3));
}
