const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

/** Who hears keys; `end` for q, Ctrl-C and Ctrl-D, `press` for every other one. */
export type KeyListener = Readonly<{ press: () => void; end: () => void }>;

/**
 * Hears single keys of the terminal, without Enter; without a terminal it hears nothing.
 * @returns a function that gives the terminal back as it was.
 */
export function listenToKeys({ press, end }: KeyListener): () => void {
  const { stdin } = process;
  if (!stdin.isTTY) return () => undefined;
  const hear = (keys: string): void => {
    if ([CTRL_C, CTRL_D, 'q', 'Q'].some((key) => keys.includes(key))) end();
    else press();
  };
  stdin.setRawMode(true).setEncoding('utf8').on('data', hear).resume();
  return () => {
    stdin.off('data', hear).pause();
    stdin.setRawMode(false);
  };
}
