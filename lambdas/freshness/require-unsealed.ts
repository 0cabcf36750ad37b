import { collectionMoved } from "../../shared/contracts/problems.ts";

/** @param state what says whether the collection's log has ended: a checkpoint, or a reading. @throws Problem `collection-moved` */
export function requireUnsealed({ sealed }: { readonly sealed?: object | null | undefined }): void {
  if (sealed !== undefined && sealed !== null) throw collectionMoved();
}
