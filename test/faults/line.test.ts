import { testLine } from "./line-story.ts";

testLine("js");
