// What an upload that has ended leaves to be deleted, as the statements that end it give it.

export interface EndedUpload {
  readonly id: string;
  readonly key: string;
  readonly blobId: string | null;
  /** Which the storage is to end as well. */
  readonly session: string | null;
}

export type StoredEnd = { id: string; key: string; blob_id: string | null; session: string | null };

export function endOf({ id, key, blob_id, session }: StoredEnd): EndedUpload {
  return { id, key, blobId: blob_id, session };
}
