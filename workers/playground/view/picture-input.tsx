import type { JSX } from "preact";
import { Icon } from "./icons.tsx";

interface PictureInputProps {
  readonly label: string;
  readonly onPicture: (file: File | undefined) => void;
}

/** Chooses a picture; looks like the buttons beside it. */
export function PictureInput({ label, onPicture }: PictureInputProps): JSX.Element {
  return (
    <label class="tool file">
      <Icon name="picture" />
      {label}
      <input
        type="file"
        accept="image/*"
        onChange={(event) => {
          onPicture(event.currentTarget.files?.[0]);
          event.currentTarget.value = ""; // The same file may be chosen again.
        }}
      />
    </label>
  );
}
