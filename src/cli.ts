// The program that bin/lua starts where it finds no start-up snapshot (snapshot.ts) to start.

import { runProgram } from "./cli/program.ts";

runProgram(process.argv.slice(2));
