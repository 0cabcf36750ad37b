/** What whoever called can mend: said as it is, without a stack. */
export class UsageError extends Error {}
