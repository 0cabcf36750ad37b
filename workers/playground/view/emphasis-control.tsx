import type { JSX } from "preact";
import type { Emphasis } from "../state/draft.ts";
import { weightWords } from "../words/part-words.ts";

const WEIGHTS: readonly number[] = [0.25, 0.5, 1, 2, 4];

interface EmphasisControlProps {
  /** Of what is emphasised. */
  readonly name: string;
  readonly emphasis: Emphasis;
  readonly onChange: (change: Partial<Emphasis>) => void;
}

/** A part's direction and weight. A weight that an address brought is offered beside the usual ones. */
export function EmphasisControl({ name, emphasis, onChange }: EmphasisControlProps): JSX.Element {
  const { weight, negative } = emphasis;
  const weights = [...new Set([...WEIGHTS, weight])].sort((a, b) => a - b);
  return (
    <span class="emphasis">
      <button
        type="button"
        class="sign"
        aria-pressed={negative}
        aria-label={`Less like ${name}`}
        title={negative ? "Pushed down: look for it again" : "Push down what is like it"}
        onClick={() => onChange({ negative: !negative })}
      >
        −
      </button>
      <select
        aria-label={`Weight of ${name}`}
        title="How much it counts"
        value={String(weight)}
        onChange={(event) => onChange({ weight: Number(event.currentTarget.value) })}
      >
        {weights.map((one) => (
          <option key={one} value={String(one)}>
            {weightWords(one)}
          </option>
        ))}
      </select>
    </span>
  );
}
