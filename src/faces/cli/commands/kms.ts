import { Option, type Command } from 'commander'
import type { KmsJson } from '../../../contract/index.ts'
import { KMS_NAMES, type KmsName } from '../../../core/domain/kms.ts'
import { SECOND } from '../../../core/domain/time.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { CliFailure, usage } from '../failure.ts'
import { progressOn } from '../progress.ts'
import type { Column } from '../table.ts'
import type { LocalVerbs } from '../world.ts'
import { addKmsPassphrase } from './kms-passphrase.ts'
import { persistently } from './persistently.ts'

type Rotation = { provider?: KmsName; from?: KmsName; to?: KmsName; wait?: true }

/** `chancery kms status|rotate|passphrase`. */
export function addKms(program: Command, run: Run, verbs: LocalVerbs): void {
  const kms = program.command('kms').description('work with the keys that wrap keys')
  kms
    .command('status')
    .description('list the key management services, what they wrap and how far a rotation is')
    .action(async (_options: object, command: Command) => status(contextOf(run, command)))
  kms
    .command('rotate')
    .description('make a new version of a key-encryption key and wrap all keys with it, in the background')
    .addOption(named('--provider <name>', 'whose key (default: that of the service for new keys)'))
    .addOption(named('--from <name>', 'move the keys that this one wraps …'))
    .addOption(named('--to <name>', '… to this one'))
    .option('--wait', 'stay until every key is wrapped anew')
    .action(async (options: Rotation, command: Command) => rotate(contextOf(run, command), options))
  addKmsPassphrase(kms, run, verbs)
}

const named = (flags: string, what: string): Option => new Option(flags, what).choices(KMS_NAMES)

const COLUMNS: readonly Column<KmsJson>[] = [
  { title: 'NAME', value: (it) => it.name + (it.preferred ? ' (new keys)' : '') },
  { title: 'STATUS', value: (it) => it.status },
  { title: 'VERSION', value: (it) => (it.current === undefined ? '?' : String(it.current.kekVersion)) },
  {
    title: 'KEYS',
    value: (it) => it.versions.map((each) => `${each.keys} under ${each.kekVersion}`).join(', '),
  },
  {
    title: 'TO WRAP ANEW',
    value: (it) => (it.remaining === undefined ? '?' : String(it.remaining)),
    align: 'right',
  },
  { title: 'KEY ID', value: (it) => it.current?.kekId ?? '' },
]

async function status(context: Context): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('describeKms', {})
  if (context.json) context.print(jsonLine(answer.text))
  else context.table(COLUMNS, answer.value.items)
}

async function rotate(context: Context, options: Rotation): Promise<void> {
  const { provider, from, to } = options
  if ((from === undefined) !== (to === undefined) || (from !== undefined && provider !== undefined))
    throw usage('give either --provider, or --from with --to')
  const { ask } = await context.server()
  const kms = provider ?? from
  const begun = await ask('rotateKms', {
    body: { ...(kms === undefined ? {} : { kms }), ...(to === undefined ? {} : { to }) },
  })
  let text = begun.text
  if (options.wait === true) text = JSON.stringify(await finished(context, begun.value))
  if (context.json) return context.print(jsonLine(text))
  const { name, current, rotation, remaining } = begun.value
  context.note(
    to === undefined
      ? `New keys are wrapped by version ${current?.kekVersion ?? '?'} of ${name}’s key.`
      : `The keys of ${name} move to ${to}.`,
  )
  const total = rotation?.total ?? remaining ?? 0
  if (options.wait === true) context.note(`Every key is wrapped anew: ${total}.`)
  else
    context.note(`Those that stand (${total}) follow in the background; how far it is: chancery kms status`)
}

/** Asks every second how far it is. @throws CliFailure with exit code 1 when keys are left that don't open */
async function finished(context: Context, begun: KmsJson): Promise<KmsJson> {
  const { world } = context
  const { client } = await context.server()
  const total = begun.rotation?.total ?? 0
  const progress = progressOn(world, total)
  try {
    for (;;) {
      const { items } = await persistently(world, () => client.describeKms({}))
      const kms = items.find(({ name }) => name === begun.name)
      const { rotation, remaining = total } = kms ?? {}
      if (kms !== undefined && rotation?.finishedAt !== undefined) return kms
      const failed = rotation?.unopened ?? 0
      if (failed > 0 && remaining <= failed)
        throw new CliFailure(1, `keys that don’t open and stay as they are: ${failed}`, [
          'The server’s log names them. They were changed, or belong to another installation.',
        ])
      const done = Math.max(0, total - remaining)
      progress.show({ done, made: done, failed })
      await world.pause(SECOND)
    }
  } finally {
    progress.end()
  }
}
