import type { SourceKind } from '@app/contracts/objects';
import { variableName } from './variable-name';

describe('agent 91: the name of a variable', () => {
  it.each<readonly [SourceKind, string, string]>([
    ['ConfigMap', 'my-config', 'STAKATER_MY_CONFIG_CONFIGMAP'],
    ['ConfigMap', 'www.stakater.com', 'STAKATER_WWW_STAKATER_COM_CONFIGMAP'],
    ['Secret', 'app_1-', 'STAKATER_APP_1__SECRET'],
    ['Secret', '--__..first', 'STAKATER_FIRST_SECRET'],
    ['ConfigMap', 'a-.-b', 'STAKATER_A_B_CONFIGMAP'],
    ['SecretProviderClass', 'vault', 'STAKATER_VAULT_SECRETPROVIDERCLASS'],
    ['Secret', '...', 'STAKATER__SECRET'],
  ])('of the %s %s is %s', (kind, name, expected) => {
    expect(variableName(kind, name)).toBe(expected);
  });
});
