// Compiles src/ with the TypeScript compiler and writes the ES and CommonJS builds to dist/.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = new URL('..', import.meta.url).pathname;
const source = readFileSync(join(root, 'src', 'index.ts'), 'utf8');

mkdirSync(join(root, 'dist'), { recursive: true });
for (const [module, file] of [[ts.ModuleKind.ESNext, 'index.js'], [ts.ModuleKind.CommonJS, 'index.cjs']]) {
  const { outputText } = ts.transpileModule(source, { compilerOptions: { module, target: ts.ScriptTarget.ES2022 } });
  writeFileSync(join(root, 'dist', file), outputText);
}
