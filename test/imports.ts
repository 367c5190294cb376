/** Checks that imports point the way DESIGN says: domain ← reading ← pipeline ← adapters ← app, adapters apart from each other, no cycles. */
import { cruise, type IForbiddenRuleType } from 'dependency-cruiser';

const ORDER = ['domain', 'reading', 'pipeline', 'adapters', 'app', 'sandbox'];
/** Fewer would mean that the tool did not see the TypeScript files. */
const LEAST_MODULES = 60;

const upward: IForbiddenRuleType[] = ORDER.slice(0, -1).map((layer, index) => ({
  name: `${layer}-looks-left`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { path: `^src/(${ORDER.slice(index + 1).join('|')})/` },
}));
const forbidden: IForbiddenRuleType[] = [
  ...upward,
  {
    name: 'adapters-apart',
    severity: 'error',
    from: { path: '^src/adapters/([^/]+)/' },
    to: { path: '^src/adapters/', pathNot: '^src/adapters/$1/' },
  },
  {
    name: 'domain-alone',
    severity: 'error',
    from: { path: '^src/domain/' },
    to: { dependencyTypes: ['npm'], pathNot: 'node_modules/zod/' },
  },
  { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
];

const { output } = await cruise(['src'], {
  ruleSet: { forbidden },
  validate: true,
  tsPreCompilationDeps: true,
  doNotFollow: { path: 'node_modules' },
  exclude: { path: '^(dist|test)/' },
});
if (typeof output === 'string') throw new Error(output);
const own = output.modules.filter((module) => module.source.startsWith('src/')).length;
for (const { rule, from, to } of output.summary.violations) console.error(`${rule.name}: ${from} → ${to}`);
if (own < LEAST_MODULES) console.error(`only ${own} modules were seen, at least ${LEAST_MODULES} are expected`);
if (output.summary.violations.length > 0 || own < LEAST_MODULES) process.exit(1);
console.log(`imports: ${own} modules, none points the wrong way`);
