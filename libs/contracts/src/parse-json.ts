/** undefined: the text is not JSON; no JSON text means undefined. The parser's own message would repeat a part of it. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
