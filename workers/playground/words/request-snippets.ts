import type { RetrieveInput } from "../../../shared/client/request-types.ts";

/** The request as a shell line. The key stays out of it: what is copied is passed on. */
export function curlSnippet(url: string, request: RetrieveInput): string {
  const body = JSON.stringify(request, shorten).replaceAll("'", "'\\''");
  return [
    `curl ${url}/v1/retrieve \\`,
    `  -H "authorization: Bearer $NEARFIELD_KEY" \\`,
    `  -H "content-type: application/json" \\`,
    `  -d '${body}'`,
  ].join("\n");
}

/** The request with the public client. */
export function typescriptSnippet(url: string, request: RetrieveInput): string {
  return [
    `import { NearfieldClient } from "./shared/client/nearfield-client.ts";`,
    ``,
    `const nearfield = new NearfieldClient({`,
    `  url: ${JSON.stringify(url)},`,
    `  key: process.env.NEARFIELD_KEY ?? "",`,
    `});`,
    `const { hits } = await nearfield.retrieve(${JSON.stringify(request, shorten, 2).replaceAll(/"([a-zA-Z]+)":/g, "$1:")});`,
  ].join("\n");
}

/** A picture would fill the page. */
function shorten(key: string, value: unknown): unknown {
  return key === "base64" && typeof value === "string"
    ? `${value.slice(0, 12)}… (${value.length} characters)`
    : value;
}
