import { preferContainers } from './start-redis';

// Run before each integration spec: where an engine answers they use it, so that this way in is tried each time.
preferContainers();
