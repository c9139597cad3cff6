import { Option, type Command } from 'commander'
import type { CertificateMappingJson, IdentityProviderJson, RequestOf } from '../../../contract/index.ts'
import { MAPPING_KINDS, type MappingKind } from '../../../core/domain/certificate-mappings.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { objectGiven } from '../files.ts'
import { factsOf, type Column } from '../table.ts'
import { momentOf } from '../times.ts'
import { wholeList } from './whole-list.ts'

type Members = RequestOf<'replaceIdentityProvider'>['body']

/** `chancery identity-provider create|list|show|replace|delete`. */
export function addIdentityProvider(program: Command, run: Run): void {
  const provider = program
    .command('identity-provider')
    .description('say whose tokens (OpenID Connect) the account believes, and who may act in which role')
  for (const [verb, description] of [
    ['create', 'believe the tokens of an issuer'],
    ['replace', 'replace all that is said about a provider but its name'],
  ] as const)
    provider
      .command(verb)
      .description(description)
      .argument('<name>', 'its name')
      .requiredOption(
        '--from <file>',
        'JSON file with issuer, jwksUrl or jwks, rules and so on, as the API has them',
      )
      .action(async (name: string, { from }: { from: string }, command: Command) =>
        write(contextOf(run, command), verb, name, from),
      )
  provider
    .command('list')
    .description('list identity providers')
    .action(async (_options: object, command: Command) => listProviders(contextOf(run, command)))
  provider
    .command('show')
    .description('show an identity provider')
    .argument('<name>', 'its name')
    .action(async (name: string, _options: object, command: Command) => {
      const context = contextOf(run, command)
      const { ask } = await context.server()
      const answer = await ask('describeIdentityProvider', { params: { identityProvider: name } })
      context.print(context.json ? jsonLine(answer.text) : providerFacts(answer.value))
    })
  provider
    .command('delete')
    .description('believe an issuer no longer')
    .argument('<name>', 'its name')
    .action(async (name: string, _options: object, command: Command) => {
      const context = contextOf(run, command)
      const { client } = await context.server()
      await client.deleteIdentityProvider({ params: { identityProvider: name } })
      context.note(`The identity provider ${name} is deleted: its tokens stand for nobody any more.`)
    })
}

async function write(
  context: Context,
  verb: 'create' | 'replace',
  name: string,
  from: string,
): Promise<void> {
  // What is wrong with it the server says, by field.
  const members = (await objectGiven(context.world.directory, from, '--from')) as Members
  const { ask } = await context.server()
  const answer =
    verb === 'create'
      ? await ask('createIdentityProvider', { body: { ...members, name } })
      : await ask('replaceIdentityProvider', { params: { identityProvider: name }, body: members })
  context.print(context.json ? jsonLine(answer.text) : providerFacts(answer.value))
}

async function listProviders(context: Context): Promise<void> {
  const { ask } = await context.server()
  const providers = await wholeList(context, (query) => ask('listIdentityProviders', { query }))
  if (providers !== undefined) context.table(PROVIDER_COLUMNS, providers)
}

const PROVIDER_COLUMNS: readonly Column<IdentityProviderJson>[] = [
  { title: 'NAME', value: (it) => it.name },
  { title: 'ISSUER', value: (it) => it.issuer },
  { title: 'AUDIENCES', value: (it) => it.audiences.join(', ') },
  { title: 'RULES', value: (it) => String(it.rules.length), align: 'right' },
]

const providerFacts = (it: IdentityProviderJson): string =>
  factsOf([
    ['Identity provider', it.name],
    ['Issuer', it.issuer],
    ['Audiences', it.audiences.join(', ')],
    ['Algorithms', it.algorithms.join(', ')],
    ['Keys', it.jwksUrl ?? `${it.jwks?.keys.length ?? 0} given`],
    ...it.rules.map(({ claims, role }, at): [string, string] => [
      at === 0 ? 'Rules' : '',
      `${Object.entries(claims)
        .map(([name, pattern]) => `${name}=${pattern}`)
        .join(', ')} → ${role}`,
    ]),
  ])

/** `chancery certificate-mapping create|list|delete`. */
export function addCertificateMapping(program: Command, run: Run): void {
  const mapping = program
    .command('certificate-mapping')
    .description('let holders of certificates of an authority act in a role (mTLS)')
  mapping
    .command('create')
    .description('map certificates with such a name to a role')
    .argument('<authority>', 'id, name or ARN of the authority that issues them')
    .addOption(
      new Option('--kind <kind>', 'what of them counts').choices(MAPPING_KINDS).makeOptionMandatory(),
    )
    .requiredOption('--value <value>', 'a SPIFFE id; or a name, in which * stands for a whole label')
    .requiredOption('--role <arn>', 'ARN of the role')
    .action(
      async (
        authority: string,
        options: { kind: MappingKind; value: string; role: string },
        command: Command,
      ) => {
        const context = contextOf(run, command)
        const { ask } = await context.server()
        const answer = await ask('createCertificateMapping', { body: { authority, ...options } })
        context.print(context.json ? jsonLine(answer.text) : mappingFacts(answer.value))
      },
    )
  mapping
    .command('list')
    .description('list mappings')
    .action(async (_options: object, command: Command) => {
      const context = contextOf(run, command)
      const { ask } = await context.server()
      const mappings = await wholeList(context, (query) => ask('listCertificateMappings', { query }))
      if (mappings !== undefined) context.table(MAPPING_COLUMNS, mappings)
    })
  mapping
    .command('delete')
    .description('delete a mapping: such certificates stand for nobody any more')
    .argument('<id>', 'its id')
    .action(async (id: string, _options: object, command: Command) => {
      const context = contextOf(run, command)
      const { client } = await context.server()
      await client.deleteCertificateMapping({ params: { certificateMapping: id } })
      context.note('The mapping is deleted: such certificates stand for nobody any more.')
    })
}

const MAPPING_COLUMNS: readonly Column<CertificateMappingJson>[] = [
  { title: 'ID', value: (it) => it.id },
  { title: 'KIND', value: (it) => it.kind },
  { title: 'VALUE', value: (it) => it.value },
  { title: 'ROLE', value: (it) => it.role },
  { title: 'CREATED', value: (it) => momentOf(it.createdAt) },
]

const mappingFacts = (it: CertificateMappingJson): string =>
  factsOf([
    ['Certificate mapping', it.id],
    ['Authority', it.authority],
    ['Certificates with', `${it.kind} ${it.value}`],
    ['Act in', it.role],
  ])
