import { collectionOf, type Operation } from "./operation.ts";
import type { Truth } from "./truth.ts";

/** A region's documents when all was quiet again. */
export interface FinalState {
  readonly region: string;
  /** As `collectionOf` names it. */
  readonly collection: string;
  readonly position: number;
  readonly documents: readonly {
    readonly id: string;
    readonly value: number | null;
    readonly position: number | null;
  }[];
}

/** All that a run left behind. */
export interface History {
  readonly operations: readonly Operation[];
  /** By collection, as `collectionOf` names it. */
  readonly truths: ReadonlyMap<string, Truth>;
  readonly finals: readonly FinalState[];
  /** How often what makes a run worth something was seen by who ran it. */
  readonly sightings: Readonly<Record<string, number>>;
  /** What has to have been seen, of those and of what the history itself shows. */
  readonly wanted: readonly string[];
}

export interface Finding {
  readonly check: string;
  readonly what: string;
  /** Numbers of the operations that it is about. */
  readonly ops: readonly number[];
}

export interface Check {
  readonly name: string;
  /** Linear in the history. */
  readonly find: (history: History) => Finding[];
}

/** A check of each operation of some kind by itself, beside the log of its collection. */
export function eachOperation(
  name: string,
  applies: (operation: Operation) => boolean,
  offence: (operation: Operation, truth: Truth) => string | null,
): Check {
  return {
    name,
    find: ({ operations, truths }) =>
      operations.filter(applies).flatMap((operation) => {
        const truth = truths.get(collectionOf(operation));
        if (truth === undefined)
          return [{ check: name, what: "its collection has no log", ops: [operation.op] }];
        const what = offence(operation, truth);
        return what === null ? [] : [{ check: name, what, ops: [operation.op] }];
      }),
  };
}

/** What a check finds in the operations of each collection by itself. */
export function eachCollection(
  name: string,
  find: (
    operations: readonly Operation[],
    truth: Truth,
    collection: string,
  ) => readonly { readonly what: string; readonly ops: readonly number[] }[],
): Check {
  return {
    name,
    find: ({ operations, truths }) =>
      [...truths].flatMap(([collection, truth]) => {
        const of = operations.filter((one) => collectionOf(one) === collection);
        return find(of, truth, collection).map((found) => ({ check: name, ...found }));
      }),
  };
}
