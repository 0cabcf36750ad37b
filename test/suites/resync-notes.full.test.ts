import { describeResyncNotes } from "./resync-notes-suite.ts";

describeResyncNotes("/usr/bin/redis-server");
