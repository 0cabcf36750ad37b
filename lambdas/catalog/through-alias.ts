import { earlierLogTime, type LogTime } from "../../shared/domain/log-clock.ts";
import type { Reader } from "../freshness/reader.ts";
import type { Registrar } from "../watch/registrar.ts";

/** What reads a collection, for a read through an alias that was seen to name it then. */
export function throughAlias<D extends ReadDeps>(deps: D, asOf: LogTime): D & ReadDeps {
  return {
    ...deps,
    reader: readerAsOf(deps.reader, asOf),
    registrar: unwatched(deps.registrar),
  };
}

interface ReadDeps {
  readonly reader: Pick<Reader, "open">;
  readonly registrar: Pick<Registrar, "watches" | "newEntryId" | "stands" | "register">;
}

/** A reader through an alias: what it opens is confirmed no later than the alias was seen to name it. */
function readerAsOf(reader: Pick<Reader, "open">, asOf: LogTime): Pick<Reader, "open"> {
  return {
    async open(...asked) {
      const opened = await reader.open(...asked);
      const { served } = opened;
      const confirmed = earlierLogTime(served.confirmed, asOf);
      return { ...opened, served: { ...served, confirmed } };
    },
  };
}

/** Nothing is watched that was found through an alias: the list of what it named says nothing of what it names. */
function unwatched(registrar: Pick<Registrar, "newEntryId">): ReadDeps["registrar"] {
  return {
    watches: false,
    newEntryId: () => registrar.newEntryId(),
    stands: async () => false,
    register: async () => "off",
  };
}
