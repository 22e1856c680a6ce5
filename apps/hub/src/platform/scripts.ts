/** A Lua script. `name` is the method under which the client keeps it: unique in the program. */
export type LuaScript = Readonly<{ name: string; lua: string }>;

/** Defines a script; `lua` may use `now`, the server's time in epoch milliseconds. */
export const script = (name: string, lua: string): LuaScript => ({ name, lua: `${NOW}${lua}` });

const NOW = `local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)\n`;
