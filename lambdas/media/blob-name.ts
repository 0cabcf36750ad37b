/** Name of a picture's bytes or of its thumbnail in the blob store. */
export function blobName(
  tenant: string,
  hash: string,
  rendition: "original" | "thumbnail",
): string {
  return `${tenant}/media/${hash}${rendition === "thumbnail" ? ".thumbnail" : ""}`;
}
