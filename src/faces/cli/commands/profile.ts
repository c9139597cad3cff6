import type { Command } from 'commander'
import type { ProfileJson, RequestOf } from '../../../contract/index.ts'
import { SECOND } from '../../../core/domain/time.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { usage } from '../failure.ts'
import { quoted } from '../quoted.ts'
import { factsOf, type Column } from '../table.ts'
import { momentOf, spanOf } from '../times.ts'
import { membersOf, withProfileOptions, type ProfileOptions } from './profile-options.ts'
import { wholeList } from './whole-list.ts'

/** `chancery profile create|list|show|update|delete|limit`. */
export function addProfile(program: Command, run: Run): void {
  const profile = program.command('profile').description('work with profiles: what certificates may be')
  withProfileOptions(
    profile
      .command('create')
      .description('create a profile')
      .argument('<name>', 'what requests call it; unique'),
  ).action(async (name: string, options: ProfileOptions, command: Command) =>
    create(contextOf(run, command), name, options),
  )
  profile
    .command('list')
    .description('list profiles; those that every place has aren’t among them')
    .action(async (_options: object, command: Command) => list(contextOf(run, command)))
  profile
    .command('show')
    .description('show a profile')
    .argument('<name>', 'its name')
    .action(async (name: string, _options: object, command: Command) => show(contextOf(run, command), name))
  withProfileOptions(
    profile
      .command('update')
      .description('replace members of a profile; certificates issued under it stay what they are')
      .argument('<name>', 'its name'),
  ).action(async (name: string, options: ProfileOptions, command: Command) =>
    update(contextOf(run, command), name, options),
  )
  profile
    .command('delete')
    .description('delete a profile that no authority names')
    .argument('<name>', 'its name')
    .action(async (name: string, _options: object, command: Command) => remove(contextOf(run, command), name))
  profile
    .command('limit')
    .description('limit an authority to some profiles and templates; it issues under no others from then on')
    .argument('<authority>', 'id, name or ARN')
    .argument('[names...]', 'profiles and templates')
    .option('--off', 'let it issue under any again')
    .action(async (authority: string, names: string[], options: { off?: true }, command: Command) =>
      limit(contextOf(run, command), authority, names, options.off === true),
    )
}

async function create(context: Context, name: string, options: ProfileOptions): Promise<void> {
  const members = await membersOf(context.world.directory, options)
  const { ask } = await context.server()
  // Null, which takes a member away, is for the server to refuse where there is nothing yet.
  const body = { ...members, name } as RequestOf<'createProfile'>['body']
  const answer = await ask('createProfile', { body })
  if (context.json) return context.print(jsonLine(answer.text))
  context.print(profileFacts(answer.value))
  context.note(`\nUse it: chancery certificate issue --profile ${name} …`)
}

async function list(context: Context): Promise<void> {
  const { ask } = await context.server()
  const profiles = await wholeList(context, (query) => ask('listProfiles', { query }))
  if (profiles !== undefined) context.table(COLUMNS, profiles)
}

async function show(context: Context, name: string): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('describeProfile', { params: { profile: name } })
  context.print(context.json ? jsonLine(answer.text) : profileFacts(answer.value))
}

async function update(context: Context, name: string, options: ProfileOptions): Promise<void> {
  const body = await membersOf(context.world.directory, options)
  if (Object.keys(body).length === 0) throw usage('say what to change: --from or another option')
  const { ask } = await context.server()
  const answer = await ask('updateProfile', { params: { profile: name }, body })
  context.print(context.json ? jsonLine(answer.text) : profileFacts(answer.value))
}

async function remove(context: Context, name: string): Promise<void> {
  const { client } = await context.server()
  await client.deleteProfile({ params: { profile: name } })
  context.note(`The profile ${name} is deleted; certificates issued under it stay what they are.`)
}

async function limit(context: Context, authority: string, names: string[], off: boolean): Promise<void> {
  if (off === names.length > 0)
    throw usage(off ? '--off: goes without names' : 'name the profiles and templates, or say --off')
  const { ask } = await context.server()
  const answer = await ask('updateAuthority', {
    params: { authority },
    body: { allowedProfiles: off ? null : names },
  })
  if (context.json) return context.print(jsonLine(answer.text))
  const { name, allowedProfiles } = answer.value
  context.note(
    allowedProfiles === undefined
      ? `${quoted(name)} issues under any profile and template.`
      : `${quoted(name)} issues under ${allowedProfiles.join(', ')} only.`,
  )
}

const purposeOf = ({ base, extendedKeyUsages }: ProfileJson): string =>
  base ?? (extendedKeyUsages?.join(', ') || 'no purpose')

const COLUMNS: readonly Column<ProfileJson>[] = [
  { title: 'NAME', value: (it) => it.name },
  { title: 'VERSION', value: (it) => String(it.version), align: 'right' },
  { title: 'FOR', value: purposeOf },
  { title: 'CHANGED', value: (it) => momentOf(it.updatedAt) },
]

function profileFacts(it: ProfileJson): string {
  const { minSeconds, maxSeconds, defaultSeconds } = it.validity ?? {}
  const life = (seconds: number | undefined): string | undefined =>
    seconds === undefined ? undefined : spanOf(seconds * SECOND)
  return factsOf([
    ['Profile', it.name],
    ['Version', String(it.version)],
    ['For', purposeOf(it)],
    ['Key usages', it.keyUsages?.join(', ')],
    ['Authority', it.authority ?? 'any'],
    ['Kinds of key', it.keyAlgorithms?.join(', ') ?? 'any'],
    ['Lives at least', life(minSeconds)],
    ['Lives at most', life(maxSeconds)],
    ['Lives when nobody says', life(defaultSeconds)],
    ...(it.names === undefined
      ? [['Names', 'any'] as const]
      : Object.entries(it.names).map(
          ([kind, rule]) => [`Names: ${kind}`, nameRuleText(rule ?? {})] as const,
        )),
    ['Subject', subjectText(it.subject)],
    ['Changed', momentOf(it.updatedAt)],
  ])
}

type NameRule = NonNullable<NonNullable<ProfileJson['names']>['dns']>

const nameRuleText = ({ patterns, min, max, wildcards }: NameRule): string =>
  [
    patterns?.join(' ') ?? 'any',
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
    ...(wildcards === true ? ['wildcards too'] : []),
  ].join(', ')

const subjectText = (subject: ProfileJson['subject']): string =>
  subject === undefined
    ? 'any'
    : Object.entries(subject)
        .map(([field, { required, value } = {}]) =>
          value === undefined ? field + (required === true ? ' (required)' : '') : `${field}=${value}`,
        )
        .join(', ') || 'empty'
