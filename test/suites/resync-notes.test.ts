import { describeResyncNotes } from "./resync-notes-suite.ts";

describeResyncNotes("js");
