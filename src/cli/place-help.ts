/** Of the flags that say where rows and files are. */
export const placeHelp = {
  db: "of the rows, postgres://… or the path of an SQLite file (default: $WAYBILL_DB, else waybill.db in the data folder)",
  store:
    "of the files, s3://…, azure://…, gs://… or the path of a folder (default: $WAYBILL_STORE, else files in the data folder)",
  readAlso:
    "another store, for files that are not in the first yet (default: $WAYBILL_READ_ALSO, else none)",
} as const;
