// Loaded with --import: lets Node run our TypeScript as it stands, imports without an ending included.
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) =>
    next(/^\.{1,2}\/.*\/?[^./]+$/.test(specifier) ? `${specifier}.ts` : specifier, context),
});
