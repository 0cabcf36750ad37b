import type { Check } from "../check.ts";
import { collectionOf, isAnswered, isWrite } from "../operation.ts";

/** Every hit is of a write of the reader's tenant to the collection that was asked, and passes the filter. */
export const tenantClosed: Check = {
  name: "tenant-closed",
  find: ({ operations }) => {
    const writers = new Map<number, string>();
    for (const operation of operations)
      if (isWrite(operation) && operation.value !== null)
        writers.set(operation.value, collectionOf(operation));
    return operations.filter(isAnswered).flatMap((read) => {
      const strange = read.hits.find(
        ({ value }) => writers.get(value ?? -1) !== collectionOf(read),
      );
      const unasked = read.hits.find(({ group }) => read.group !== null && group !== read.group);
      const about = { check: "tenant-closed", ops: [read.op] };
      if (strange !== undefined) {
        const of = writers.get(strange.value ?? -1) ?? "nobody";
        return [
          { ...about, what: `${collectionOf(read)} was shown value ${strange.value} of ${of}` },
        ];
      }
      if (unasked !== undefined)
        return [{ ...about, what: `group ${read.group} was asked for, ${unasked.group} is shown` }];
      return [];
    });
  },
};
