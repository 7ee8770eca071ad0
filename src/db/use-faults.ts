// What every database answers to who uses it after its end.

export const closedFault = { code: "unavailable", detail: "The database is closed." } as const;

export const overFault = { code: "internal", detail: "The transaction is over." } as const;
