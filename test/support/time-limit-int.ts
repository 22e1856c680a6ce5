/** As `time-limit-e2e`, for the specs that need a Redis. */
jest.setTimeout(30_000);
