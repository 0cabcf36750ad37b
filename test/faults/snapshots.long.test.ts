import { describeSnapshotCrashes } from "./snapshot-crashes.ts";
import { snapshotRegions } from "./snapshot-regions.ts";

const regions = snapshotRegions();

describeSnapshotCrashes(regions, "before", 1);
describeSnapshotCrashes(regions, "after", 1);
