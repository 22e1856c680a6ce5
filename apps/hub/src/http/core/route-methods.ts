/** Which methods the paths of a server take: to tell who comes to one with another method what it takes. */
export class RouteMethods {
  private readonly routes = new Map<string, Set<string>>();

  /** @param pattern as routers have it: `/rollouts/:id`. */
  add(pattern: string, methods: readonly string[]): void {
    const known = this.routes.get(pattern) ?? new Set();
    for (const method of methods) known.add(method);
    this.routes.set(pattern, known);
  }

  /** Of the path of a request, without its query. Empty: there is nothing at this path. */
  of(path: string): readonly string[] {
    const segments = path.split('/');
    const found = [...this.routes].filter(([pattern]) => isAt(pattern.split('/'), segments));
    return [...new Set(found.flatMap(([, methods]) => [...methods]))].sort();
  }
}

const isAt = (pattern: readonly string[], path: readonly string[]): boolean =>
  pattern.length === path.length && pattern.every((part, at) => isPart(part, path[at] ?? ''));

/** A verb is no name of anything. */
const isPart = (pattern: string, segment: string): boolean =>
  pattern.startsWith(':') ? segment !== '' && !segment.startsWith('~') : pattern === segment;
