import { InvalidArgumentError } from "commander";
import { CollectionName } from "../contracts/collection.ts";

/** An argument that names a collection. @throws InvalidArgumentError */
export function readCollectionName(text: string): string {
  const name = CollectionName.safeParse(text);
  if (!name.success) throw new InvalidArgumentError("It is no collection's name.");
  return name.data;
}
