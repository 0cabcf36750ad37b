/** A line for operators: what happened and where, never content. */
export type Log = (event: string, details: Readonly<Record<string, string | number>>) => void;
