// The small changes of one source file after which some spec should fail.
import ts from 'typescript';

const SWAPS = new Map([
  ['===', ['!==']],
  ['!==', ['===']],
  ['<', ['<=', '>=']],
  ['<=', ['<', '>']],
  ['>', ['>=', '<=']],
  ['>=', ['>', '<']],
  ['&&', ['||']],
  ['||', ['&&']],
  ['??', ['&&']],
  ['+', ['-']],
  ['-', ['+']],
  ['*', ['/']],
  ['/', ['*']],
]);
const METHODS = new Map([
  ['some', 'every'],
  ['every', 'some'],
  ['min', 'max'],
  ['max', 'min'],
  ['floor', 'ceil'],
  ['ceil', 'floor'],
]);

const isText = (node) => ts.isStringLiteral(node) && !ts.isImportDeclaration(node.parent);

const REPLACED = [
  [ts.isBinaryExpression, swapped],
  [isNegation, (node) => [node.operand.getText()]],
  [(node) => node.kind === ts.SyntaxKind.TrueKeyword, () => ['false']],
  [(node) => node.kind === ts.SyntaxKind.FalseKeyword, () => ['true']],
  [ts.isConditionalExpression, (node) => [`(${node.whenTrue.getText()})`, `(${node.whenFalse.getText()})`]],
  [(node) => isText(node) && node.text !== '', () => ["''"]],
  [isMethod, (node) => (METHODS.has(node.text) ? [METHODS.get(node.text)] : [])],
];

function isNegation(node) {
  return ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken;
}

function isMethod(node) {
  return ts.isIdentifier(node) && ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
}

/** Types are passed over, since nothing of them is left when a spec runs. */
const isOnlyType = (node) =>
  [ts.isTypeNode, ts.isTypeAliasDeclaration, ts.isInterfaceDeclaration, ts.isImportDeclaration].some((is) => is(node));

function swapped(node, text) {
  const operator = node.operatorToken.getText();
  const [left, right] = [text.slice(node.getStart(), node.operatorToken.getStart()), node.right.getText()];
  const isJoined = operator === '+' && /['`]/.test(node.getText());
  return isJoined ? [] : (SWAPS.get(operator) ?? []).map((other) => `${left}${other} ${right}`);
}

/** Every mutant of the file: where, what it was and is, and the whole text with it. */
export function mutantsOf(path, text) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    if (isOnlyType(node)) return;
    const [, replace] = REPLACED.find(([is]) => is(node)) ?? [];
    for (const is of replace?.(node, text) ?? []) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      const mutated = text.slice(0, node.getStart()) + is + text.slice(node.end);
      found.push({ path, line: line + 1, was: node.getText(), is, text: mutated });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
