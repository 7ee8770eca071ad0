// Which documents elsewhere a document may refer to: nothing, unless whoever runs it says so.
import { allowedUrls, type AllowedUrls, type AllowedUrlsOptions } from "../net/allowed-urls.js";
import { DocumentError } from "./document-error.js";

/** Where documents may be fetched from, over http and https. */
export type ReferenceOptions = AllowedUrlsOptions;

/** Throws DocumentError for an entry that is neither a host nor a URL. */
export function allowedReferences(options: ReferenceOptions): AllowedUrls {
  return allowedUrls(options, { notAllowable });
}

function notAllowable(entry: string): DocumentError {
  return new DocumentError(
    `References cannot be allowed to ${JSON.stringify(entry)}: it is neither a host nor an http(s) URL.`,
  );
}
