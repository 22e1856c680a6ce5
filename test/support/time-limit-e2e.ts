/** Jest does not take a time limit from one project among several: this is where the level has it. */
jest.setTimeout(120_000);
