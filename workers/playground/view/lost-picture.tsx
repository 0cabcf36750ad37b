import type { JSX } from "preact";
import { PictureInput } from "./picture-input.tsx";

interface LostPictureProps {
  /** Null where no picture is missed. */
  readonly name: string | null;
  readonly onPicture: (file: File | undefined) => void;
}

/** An address names a picture and can't hold it: whoever opened a link is told what is missing, and how to mend it. */
export function LostPicture({ name, onPicture }: LostPictureProps): JSX.Element | null {
  if (name === null) return null;
  return (
    <p class="lost">
      <span>
        This link was made with a picture, <strong>{name}</strong>, which no link can hold: the
        query goes without it.
      </span>
      <PictureInput label="Add the picture" onPicture={onPicture} />
    </p>
  );
}
