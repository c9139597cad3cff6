import tseslint from 'typescript-eslint'

const TYPESCRIPT = ['**/*.ts', '**/*.tsx']

/** Selectors that hold everywhere; ESLint replaces a rule's options when a later block sets them, so blocks add to these. */
const named = {
  selector: 'ExportDefaultDeclaration',
  message: 'Named exports only: a name that the importer chooses can’t be searched for.',
}
const environment = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'Configuration is read once, in src/main/config.ts.',
}
const exit = {
  selector: "MemberExpression[object.name='process'][property.name=/^(exit|abort|reallyExit)$/]",
  message: 'Only src/main may end the process.',
}
const impure = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'The core has no clock: take `now` in milliseconds as an argument.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'The core has no clock: take `now` in milliseconds as an argument.',
  },
  {
    selector: "CallExpression[callee.name='Date']",
    message: 'The core has no clock: take `now` as an argument.',
  },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'The core draws nothing: take random bytes as an argument.',
  },
  {
    selector:
      "MemberExpression[object.name='crypto'][property.name=/^(randomUUID|getRandomValues|randomBytes|randomInt)$/]",
    message: 'The core draws nothing: take random bytes as an argument.',
  },
]
const world = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'fetch',
  'process',
  'performance',
  'console',
  'WebSocket',
  'globalThis',
].map((name) => ({ name, message: 'The core has no timers, network, process or console: use a port.' }))
const entropy = {
  paths: ['crypto', 'node:crypto'].map((name) => ({
    name,
    importNames: [
      'randomBytes',
      'randomUUID',
      'randomInt',
      'randomFillSync',
      'randomFill',
      'webcrypto',
      'getRandomValues',
    ],
    message: 'The core draws nothing: take random bytes as an argument.',
  })),
}

const EVERYWHERE = ['error', named, environment, exit]

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/',
      'dist/',
      'data/',
      'coverage/',
      'src/adapters/prisma/generated/',
      '.dependency-cruiser.cjs',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: TYPESCRIPT,
    extends: [tseslint.configs.base],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Promises: a lost rejection in a certificate authority is a certificate nobody recorded.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      // Closed lists stay closed.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Types: none made up, none silenced.
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unsafe-argument': 'error',
      '@typescript-eslint/no-unsafe-assignment': 'error',
      '@typescript-eslint/no-unsafe-call': 'error',
      '@typescript-eslint/no-unsafe-member-access': 'error',
      '@typescript-eslint/no-unsafe-return': 'error',
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { minimumDescriptionLength: 0, 'ts-expect-error': 'allow-with-description' },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-base-to-string': 'error',
      '@typescript-eslint/restrict-plus-operands': 'error',
      '@typescript-eslint/no-array-delete': 'error',
      '@typescript-eslint/no-for-in-array': 'error',
      '@typescript-eslint/no-implied-eval': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/require-array-sort-compare': ['error', { ignoreStringArrays: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        {
          argsIgnorePattern: '^_',
          varsIgnorePattern: '^_',
          destructuredArrayIgnorePattern: '^_',
          ignoreRestSiblings: true,
        },
      ],
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-debugger': 'error',
      'no-fallthrough': 'error',
      'no-self-compare': 'error',
      'no-constant-condition': ['error', { checkLoops: false }],
      'no-control-regex': 'off',
      'no-restricted-syntax': EVERYWHERE,
    },
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    rules: {
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      'max-depth': ['error', 5],
      'no-console': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'] }],
    },
  },
  {
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-syntax': [...EVERYWHERE, ...impure],
      'no-restricted-globals': ['error', ...world],
      'no-restricted-imports': ['error', entropy],
    },
  },
  {
    // The entry points and the reader of the configuration; the CLI prints.
    files: ['src/main/**/*.ts', 'src/faces/cli/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  { files: ['src/main/**/*.ts'], rules: { 'no-restricted-syntax': ['error', named, environment] } },
  {
    files: ['src/main/config.ts', 'src/main/cli.ts', 'src/main/bin.ts'],
    rules: { 'no-restricted-syntax': ['error', named] },
  },
  {
    files: ['test/**/*.ts', 'examples/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        named,
        {
          selector:
            'MemberExpression[property.name=/^(only|skip|todo)$/][object.name=/^(test|it|describe|suite)$/]',
          message: 'A test runs, or says with `runIf` which foreign tool it misses.',
        },
      ],
      // JSON.parse and expect matchers are `any`; a test that reads them wrongly fails.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  {
    // Tools find their configuration, and Vitest its global set-up, under the name `default`.
    files: ['*.config.ts', '*.config.js', 'test/support/fresh-client.ts', 'test/support/temporary-folder.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
)
