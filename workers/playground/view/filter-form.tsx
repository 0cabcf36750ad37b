import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { FieldType } from "../../../shared/domain/field-value.ts";
import type { Page } from "../state/page.ts";
import type { PageState } from "../state/page-state.ts";
import { fieldsOf } from "../state/fields-of.ts";
import { seenValues } from "../state/seen-values.ts";
import { OPERATORS, toCondition } from "../words/filter-words.ts";

interface FilterFormProps {
  readonly page: Page;
  readonly state: PageState;
  readonly onDone: () => void;
}

/** One more condition: a field that the collection declares, an operator of its type, a value. */
export function FilterForm({ page, state, onDone }: FilterFormProps): JSX.Element {
  const fields = fieldsOf(state.status, state.draft.collection);
  const names = Object.keys(fields);
  const [chosen, setChosen] = useState("");
  const [place, setPlace] = useState(0);
  const [value, setValue] = useState("");
  const name = names.includes(chosen) ? chosen : (names[0] ?? "");
  const type = fields[name];
  const operator = type === undefined ? undefined : (OPERATORS[type][place] ?? OPERATORS[type][0]);
  if (type === undefined || operator === undefined)
    return (
      <p>
        {state.status === null
          ? "Asking which fields there are…"
          : "This collection declares no fields to filter by."}
      </p>
    );
  const condition = toCondition(name, type, operator, value);
  const add = async () => {
    if (condition === null) return;
    onDone();
    await page.search({ filters: [...state.draft.filters, condition] });
  };
  return (
    <form
      class="filter-form"
      aria-label="Add a filter"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <Choice
        label="Field"
        words={names}
        place={names.indexOf(name)}
        onPlace={(index) => {
          setChosen(names[index] ?? "");
          setPlace(0);
          setValue("");
        }}
        focused
      />
      <Choice
        label="Operator"
        words={OPERATORS[type].map(({ words }) => words)}
        place={place}
        onPlace={setPlace}
      />
      {operator.operand === null && (
        <ValueInput
          type={type}
          value={value}
          onValue={setValue}
          seen={seenValues(state.shown, name)}
        />
      )}
      <button type="submit" class="small" disabled={condition === null}>
        Add the filter
      </button>
    </form>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly words: readonly string[];
  /** Index of what is chosen. */
  readonly place: number;
  readonly onPlace: (place: number) => void;
  /** Takes the focus when it appears: whoever opens a drawer wants to be in it. */
  readonly focused?: boolean;
}

function Choice({ label, words, place, onPlace, focused = false }: ChoiceProps): JSX.Element {
  const select = useRef<HTMLSelectElement>(null);
  useEffect(() => {
    if (focused) select.current?.focus();
  }, [focused]);
  return (
    <select
      ref={select}
      aria-label={label}
      value={String(place)}
      onChange={(event) => onPlace(Number(event.currentTarget.value))}
    >
      {words.map((one, index) => (
        <option key={one} value={String(index)}>
          {one}
        </option>
      ))}
    </select>
  );
}

const INPUTS: Readonly<Record<FieldType, "text" | "number" | "date">> = {
  string: "text",
  strings: "text",
  boolean: "text",
  number: "number",
  date: "date",
};

interface ValueInputProps {
  readonly type: FieldType;
  readonly value: string;
  readonly onValue: (value: string) => void;
  /** Offered while typing. */
  readonly seen: readonly string[];
}

function ValueInput({ type, value, onValue, seen }: ValueInputProps): JSX.Element {
  return (
    <>
      <input
        aria-label="Value"
        type={INPUTS[type]}
        step="any"
        list={seen.length === 0 ? undefined : "seen-values"}
        autocomplete="off"
        maxLength={1_024}
        required
        value={value}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      {seen.length > 0 && (
        <datalist id="seen-values">
          {seen.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </>
  );
}
