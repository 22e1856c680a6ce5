import { controlPlane } from './start-cluster';

/** Before the first end-to-end spec: no spec's own time limit has room for building a control plane. */
export = async function prepareControlPlane(): Promise<void> {
  await controlPlane();
};
