import type { z } from "zod";
import type { Caller } from "../../shared/contracts/caller.ts";
import { LIMITS } from "../../shared/contracts/limits.ts";
import { Problem } from "../../shared/contracts/problems.ts";
import type { AliasDeletedResult, AliasResult } from "../../shared/contracts/write-event.ts";
import type { AliasRegister } from "../ports/aliases.ts";

export interface AliasDeps {
  readonly region: string;
  readonly aliasRegister: AliasRegister;
}

/** Has an alias name a collection from now on. @throws Problem `not-found`, `already-exists`, `limit-exceeded` */
export async function putAlias(
  { region, aliasRegister }: AliasDeps,
  { tenant }: Caller,
  { alias, collection }: { readonly alias: string; readonly collection: string },
  signal: AbortSignal,
): Promise<z.output<typeof AliasResult>> {
  const owned = await aliasRegister.list(tenant, signal);
  const isNew = !owned.some((one) => one.alias === alias);
  if (isNew && owned.length >= LIMITS.aliasesPerTenantMax)
    throw new Problem(
      "limit-exceeded",
      `A tenant has at most ${LIMITS.aliasesPerTenantMax} aliases.`,
    );
  const put = await aliasRegister.put(tenant, alias, collection, signal);
  return { kind: "alias", region, alias: put };
}

/** @throws Problem `not-found` */
export async function deleteAlias(
  { region, aliasRegister }: AliasDeps,
  { tenant }: Caller,
  { alias }: { readonly alias: string },
  signal: AbortSignal,
): Promise<z.output<typeof AliasDeletedResult>> {
  if (!(await aliasRegister.remove(tenant, alias, signal)))
    throw new Problem("not-found", "There is no such alias; GET /v1/aliases lists yours.");
  return { kind: "alias-deleted", region };
}
