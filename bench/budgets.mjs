// What is promised, by workload: times the limit, or times a peer; what was seen stands beside it on the page.
const best = { of: "ratioToBestPeer", than: "the best peer" };
const scan = { of: "ratioToLimit", than: "the bare scan" };
const parse = { of: "ratioToBestPeer", than: "JSON.parse + Buffer.from" };

const budgets = [
  { workloads: /^one file of|^32 MB/, ...scan, least: 0.95 },
  { workloads: /^hostile/, ...scan, least: 0.85 },
  { workloads: /^5,000 tiny fields/, ...best, least: 6 },
  { workloads: /^5,000 tiny files/, ...best, least: 4 },
  { workloads: /^100 fields of 1 KB/, ...best, least: 4 },
  { workloads: /^2,000 files of 10 KB/, ...best, least: 2 },
  { workloads: /^the ordinary form$/, ...best, least: 2 },
  { workloads: / in 16 B$/, ...best, least: 1.5 },
  { workloads: / in 1 B$/, ...best, least: 3 },
  { workloads: /^64 MiB of base64/, ...parse, least: 1.5 },
];

/** `{least, than, seen, isMet}` of the rows of one workload; undefined where nothing is promised. */
export function judge(rows) {
  const [{ workload }] = rows;
  const budget = budgets.find(({ workloads }) => workloads.test(workload));
  if (!budget) return undefined;
  const { of, than, least } = budget;
  const ours = rows.find(({ contender }) => contender === "waybill");
  const other = rows.find(({ contender }) => contender === than);
  const seen = other ? ours[of] / other[of] : ours[of];
  return { least, than, seen, isMet: seen >= least };
}
