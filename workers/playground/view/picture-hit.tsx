import type { JSX } from "preact";
import type { Hit } from "../../../shared/contracts/retrieve.ts";
import type { Page } from "../state/page.ts";
import type { Shown } from "../state/page-state.ts";
import { HitFacts } from "./hit-facts.tsx";

interface PictureHitProps {
  readonly hit: Hit;
  readonly rank: number;
  readonly shown: Shown;
  readonly page: Page;
}

/** A picture with its caption. The caption stands beside it as text, so the picture has no second description. */
export function PictureHit({ hit, rank, shown, page }: PictureHitProps): JSX.Element {
  const { media, title, id } = hit;
  return (
    <li class="picture">
      <div class="matte">
        {media !== undefined && (
          <img
            src={media.thumbnailUrl}
            alt=""
            width={media.width}
            height={media.height}
            loading="lazy"
            decoding="async"
          />
        )}
      </div>
      <h3>
        <span class="rank" aria-hidden="true">
          {rank}
        </span>
        {title ?? id}
      </h3>
      <HitFacts hit={hit} shown={shown} page={page} />
    </li>
  );
}
