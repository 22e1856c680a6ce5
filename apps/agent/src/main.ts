import { runLean } from './platform/lean-process';

runLean();
// Only now: until here the process may still be given up for another.
void import('./run.js').then(({ run }) => run());
