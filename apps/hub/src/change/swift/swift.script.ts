import { APPLY_LUA, TRIGGER_PARTS } from '../../fleet/inventory.scripts';
import { script } from '../../platform/scripts';
import { COMMIT_LUA } from '../../rollout/rollout.scripts';

/**
 * Applies a frame of facts and writes the rollout that it calls for, in one step. The rollout was decided on what the frame
 * was expected to make of the stored facts: if anything else became of them the facts are applied and nothing more.
 *
 * KEYS and the first ARGV as for applying facts; then the write as JSON, with `expects`: `<workload>|<source>` of each trigger.
 * Reply: STORED and what the writing of rollouts returned; else as the applying of facts.
 */
export const SWIFT = script(
  'frSwiftStart',
  `${APPLY_LUA}
   ${COMMIT_LUA}
   local triggers = applyFacts(KEYS, ARGV)
   if not triggers then return {'STALE'} end
   local write = cjson.decode(ARGV[#ARGV])
   local function asExpected()
     local found = {}
     for n = 1, #triggers, ${TRIGGER_PARTS} do found[triggers[n] .. '|' .. triggers[n + 1]] = true end
     for _, expected in ipairs(write.expects) do
       if not found[expected] then return false end
     end
     return #triggers == ${TRIGGER_PARTS} * #write.expects
   end
   local verdict = commitRollouts(write, asExpected)
   if verdict == 'CONFLICT' or string.sub(verdict, 1, 6) == 'DENIED' then return answerWith(KEYS, ARGV, triggers) end
   return {'STORED', verdict}`,
);
