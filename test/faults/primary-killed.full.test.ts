import { testPrimaryKilled } from "./primary-killed.ts";

testPrimaryKilled(40);
