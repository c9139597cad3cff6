/* eslint-disable */
// Who may import whom under src/. Each folder has one allow-list; a package or a folder that isn't on it is refused,
// so a new folder under adapters/ or faces/ needs a line here. test/house/layering.test.ts shows that each rule bites.

/** Everything from `from` that goes anywhere but to `allowed`. @param {string[]} allowed */
const only = (name, comment, from, allowed) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { pathNot: allowed },
})

const pkg = (...names) => `(^|/)node_modules/(@types/)?(${names.join('|')})/`
// A builtin resolves to its bare name: no folder and no extension.
const BUILTIN = '^(node:)?[a-z_0-9]+(/(promises|posix|win32|strict|web|consumers|types))?$'
const DOMAIN = '^src/core/domain/'
const PORTS = '^src/core/ports/'
const X509 = '^src/core/x509/'
const OPERATIONS = '^src/core/operations/'
const CONTRACT = '^src/contract/'
const HTTP = '^src/faces/http/'

const OUTBOUND = '^src/adapters/outbound/'

const adapter = (folder, packages, more = []) =>
  only(
    `adapters-${folder}`,
    `adapters/${folder} may import ${['core/ports', 'core/domain', ...more].join(', ')} and its own packages`,
    `^src/adapters/${folder}/`,
    [
      `^src/adapters/${folder}/`,
      PORTS,
      DOMAIN,
      BUILTIN,
      ...more,
      ...(packages.length ? [pkg(...packages)] : []),
    ],
  )

const httpFace = (folder, packages) =>
  only(
    `faces-${folder}`,
    `faces/${folder} may import faces/http, contract, core/{domain,operations,ports} and ${packages.join(', ')}`,
    `^src/faces/${folder}/`,
    [`^src/faces/${folder}/`, HTTP, CONTRACT, DOMAIN, OPERATIONS, PORTS, BUILTIN, pkg(...packages)],
  )

const listener = (folder, packages) =>
  only(
    `faces-${folder}`,
    `faces/${folder} may import core/{domain,operations,ports}; it is no HTTP face`,
    `^src/faces/${folder}/`,
    [
      `^src/faces/${folder}/`,
      DOMAIN,
      OPERATIONS,
      PORTS,
      BUILTIN,
      ...(packages.length ? [pkg(...packages)] : []),
    ],
  )

/** Packages that the operator adds where a setting needs them; loaded on demand. */
const OPTIONAL = ['@aws-sdk/client-kms']

const ADAPTERS = [
  'authentication',
  'prisma',
  'files',
  'kms',
  'dns',
  'mail',
  'outbound',
  'perspective',
  'probe',
  'webhooks',
  's3',
  'system',
]
const FACES = ['http', 'pages', 'dns', 'smtp', 'rest', 'aws', 'acme', 'pki', 'jobs', 'cli', 'console']

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    only('core-domain', 'core/domain imports nothing but itself, no builtin either', DOMAIN, [DOMAIN]),
    only(
      'core-x509',
      'core/x509 may import core/domain, @peculiar/* (and the polyfill it wants) and node:crypto',
      X509,
      [X509, DOMAIN, pkg('@peculiar/[^/]+', 'reflect-metadata'), '^(node:)?crypto$'],
    ),
    only(
      'core-ports',
      'core/ports are interfaces over core/domain (and over Prepared, a type of core/x509)',
      PORTS,
      [PORTS, DOMAIN, X509],
    ),
    {
      name: 'core-ports-types-only',
      comment: 'a port names types of other folders, never values',
      severity: 'error',
      from: { path: PORTS },
      to: { pathNot: PORTS, dependencyTypesNot: ['type-only'] },
    },
    only('core-operations', 'operations lean on domain, x509 and ports; no package, no builtin', OPERATIONS, [
      OPERATIONS,
      DOMAIN,
      X509,
      PORTS,
    ]),
    only(
      'contract',
      'contract may import core/domain and zod; its Node transport alone node:http and node:https',
      '^src/contract/(?!node-fetch[.]ts$)',
      [CONTRACT, DOMAIN, pkg('zod')],
    ),
    only('contract', 'the Node transport', '^src/contract/node-fetch[.]ts$', [
      CONTRACT,
      DOMAIN,
      '^(node:)?https?$',
    ]),

    adapter('authentication', ['zod'], [OUTBOUND]),
    adapter('prisma', ['@prisma/[^/]+', 'better-sqlite3']),
    adapter('kms', OPTIONAL, [X509]),
    adapter('dns', ['dns-packet'], [X509]),
    adapter('mail', ['nodemailer']),
    adapter('outbound', []),
    adapter('files', []),
    adapter('probe', [], [OUTBOUND]),
    adapter('webhooks', [], [OUTBOUND]),
    adapter('s3', ['aws4'], [OUTBOUND]),
    adapter('perspective', ['zod'], [OUTBOUND]),
    adapter('system', ['pino', 'prom-client']),
    {
      name: 'adapters-known',
      comment: 'a folder under adapters/ without a rule of its own',
      severity: 'error',
      from: { path: '^src/adapters/', pathNot: `^src/adapters/(${ADAPTERS.join('|')})/` },
      to: {},
    },

    only(
      'faces-http',
      'faces/http may import contract, core/domain, core/ports, express, zod, rate-limiter-flexible',
      HTTP,
      [
        HTTP,
        CONTRACT,
        DOMAIN,
        PORTS,
        BUILTIN,
        pkg('express', 'express-serve-static-core', 'zod', 'rate-limiter-flexible'),
      ],
    ),
    httpFace('rest', ['express']),
    httpFace('aws', ['express']),
    httpFace('acme', ['express', 'jose']),
    httpFace('pki', ['express']),
    httpFace('pages', ['express']),
    listener('jobs', ['croner']),
    listener('dns', ['dns-packet']),
    listener('smtp', ['smtp-server', 'mailparser']),
    only('faces-cli', 'the CLI is a client of the contract: no core but the domain', '^src/faces/cli/', [
      '^src/faces/cli/',
      CONTRACT,
      DOMAIN,
      BUILTIN,
      pkg('commander', 'yaml'),
    ]),
    only(
      'faces-console',
      'the console is a client of the contract: no core but the domain',
      '^src/faces/console/',
      ['^src/faces/console/', CONTRACT, DOMAIN, pkg('react', 'react-dom', 'csstype')],
    ),
    {
      name: 'faces-known',
      comment: 'a folder under faces/ without a rule of its own',
      severity: 'error',
      from: { path: '^src/faces/', pathNot: `^src/faces/(${FACES.join('|')})/` },
      to: {},
    },

    {
      name: 'main-is-the-top',
      comment: 'nobody imports main, but for testing, which wires a server for other people’s suites',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main|testing)/' },
      to: { path: '^src/main/' },
    },
    {
      name: 'testing-is-not-shipped',
      comment: 'nobody imports testing: least of all main',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/testing/' },
      to: { path: '^src/testing/' },
    },
    {
      name: 'only-adapters-prisma-names-prisma',
      comment: 'all SQL stays in adapters/prisma',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/adapters/prisma/' },
      to: {
        path: [pkg('@prisma/[^/]+', 'prisma', 'better-sqlite3'), '^(node:)?sqlite$', '/prisma/generated/'],
      },
    },
    {
      name: 'writer-without-client',
      comment:
        'the writer thread owns the only writable connection; the Prisma client reads on the main thread',
      severity: 'error',
      from: { path: '^src/adapters/prisma/writer/' },
      to: {
        path: [pkg('@prisma/[^/]+'), '^src/adapters/prisma/generated/'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'only-core-x509-names-peculiar',
      comment: 'core/x509 is where bytes become values',
      severity: 'error',
      from: { path: '^src/', pathNot: X509 },
      to: { path: pkg('@peculiar/[^/]+') },
    },
    {
      name: 'src-knows-src',
      comment: 'src is what is shipped: nothing from test, scripts or examples',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts|examples)/' },
    },
    {
      name: 'no-development-packages',
      comment: 'a package of devDependencies, or of nobody’s, is missing where Chancery is installed',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/faces/console/' },
      to: {
        pathNot: pkg(...OPTIONAL),
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-cycles',
      comment: 'a cycle means that two files are one thing',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'a file that nobody imports and that imports nobody is forgotten',
      severity: 'error',
      from: { path: '^src/', orphan: true, pathNot: ['\\.d\\.ts$', '^src/main/(cli|bin)\\.'] },
      to: {},
    },
    {
      name: 'no-unresolvable',
      comment: 'an import that leads nowhere',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'src/adapters/prisma/generated'] },
    // Type-only imports count too: who may *know* whom is the question.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.json', '.d.ts'],
    },
    builtInModules: { add: ['node:sqlite', 'node:test'] },
  },
}
