import type { Command } from 'commander'
import type { DeliveryJson, RequestOf, WebhookJson } from '../../../contract/index.ts'
import { contextOf, jsonLine, type Context, type Run } from '../context.ts'
import { usage } from '../failure.ts'
import { factsOf, type Column } from '../table.ts'
import { momentOf } from '../times.ts'
import { wholeList } from './whole-list.ts'

type Body = NonNullable<RequestOf<'createWebhook'>['body']>
type Options = { readonly url?: string; readonly shape?: string; readonly events?: string }

/** `chancery webhook create|list|authority|show|update|pause|resume|delete|rotate-secret|test|deliveries|redeliver`. */
export function addWebhook(program: Command, run: Run): void {
  const webhook = program.command('webhook').description('send events of managed certificates to a URL')
  const byId = (name: string, description: string) =>
    webhook.command(name).description(description).argument('<id>', 'its id')
  const withOptions = (command: Command) =>
    command
      .option('--shape <shape>', 'cloudevents or eventbridge')
      .option(
        '--events <types>',
        'only these, with commas between them; “all” for all of managed certificates',
      )
  withOptions(
    webhook
      .command('create')
      .description('send events to a URL from now on; shows the secret they are signed with, once')
      .argument('<url>', 'https URL of the receiver'),
  ).action(async (url: string, options: Options, command: Command) =>
    create(contextOf(run, command), { ...options, url }),
  )
  webhook
    .command('list')
    .description('list webhooks')
    .action(async (_options: object, command: Command) => list(contextOf(run, command)))
  webhook
    .command('authority')
    .description('print the root of the client certificate that receivers can ask for, and whom to expect')
    .action(async (_options: object, command: Command) => authority(contextOf(run, command)))
  byId('show', 'show a webhook').action(async (id: string, _options: object, command: Command) =>
    show(contextOf(run, command), id),
  )
  withOptions(byId('update', 'change a webhook').option('--url <url>', 'https URL of the receiver')).action(
    async (id: string, options: Options, command: Command) =>
      update(contextOf(run, command), id, bodyOf(options)),
  )
  byId('pause', 'send nothing for now; what happens meanwhile is sent when it goes on').action(
    async (id: string, _options: object, command: Command) =>
      update(contextOf(run, command), id, { state: 'PAUSED' }),
  )
  byId('resume', 'let one that is paused or disabled go on where it was').action(
    async (id: string, _options: object, command: Command) =>
      update(contextOf(run, command), id, { state: 'ACTIVE' }),
  )
  byId('delete', 'delete a webhook with its deliveries').action(
    async (id: string, _options: object, command: Command) => remove(contextOf(run, command), id),
  )
  byId(
    'rotate-secret',
    'sign with a new secret, which it shows once; for a day with the old one, too',
  ).action(async (id: string, _options: object, command: Command) => rotate(contextOf(run, command), id))
  byId('test', 'send a test message now, and tell what came of it').action(
    async (id: string, _options: object, command: Command) => test(contextOf(run, command), id),
  )
  byId('deliveries', 'list what was sent and what waits, newest first').action(
    async (id: string, _options: object, command: Command) => deliveries(contextOf(run, command), id),
  )
  byId('redeliver', 'send a message again that was delivered or given up')
    .argument('<delivery>', 'id of the delivery')
    .action(async (id: string, delivery: string, _options: object, command: Command) =>
      again(contextOf(run, command), id, delivery),
    )
}

/** What is no shape or type, the server names. */
function bodyOf({ url, shape, events }: Options): NonNullable<RequestOf<'updateWebhook'>['body']> {
  const body = {
    ...(url === undefined ? {} : { url }),
    ...(shape === undefined ? {} : { shape }),
    ...(events === undefined ? {} : { events: events === 'all' ? null : events.split(',') }),
  }
  if (Object.keys(body).length === 0) throw usage('say what to change: --url, --shape or --events')
  return body as NonNullable<RequestOf<'updateWebhook'>['body']>
}

async function create(context: Context, options: Options): Promise<void> {
  const { events, ...rest } = bodyOf(options)
  const body = { ...rest, ...(events === null || events === undefined ? {} : { events }) } as Body
  const { ask } = await context.server()
  const answer = await ask('createWebhook', { body })
  if (context.json) return context.print(jsonLine(answer.text))
  context.print(factsOf([...factsAbout(answer.value), ['Secret', answer.value.secret]]))
  context.note(
    `\nThe receiver verifies messages with the secret; it is not shown again.\nTry it: chancery webhook test ${answer.value.id}`,
  )
}

async function list(context: Context): Promise<void> {
  const { ask } = await context.server()
  const webhooks = await wholeList(context, (query) => ask('listWebhooks', { query }))
  if (webhooks !== undefined) context.table(COLUMNS, webhooks)
}

async function show(context: Context, id: string): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('describeWebhook', { params: { webhook: id } })
  context.print(context.json ? jsonLine(answer.text) : factsOf(factsAbout(answer.value)))
}

async function update(
  context: Context,
  id: string,
  body: NonNullable<RequestOf<'updateWebhook'>['body']>,
): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('updateWebhook', { params: { webhook: id }, body })
  context.print(context.json ? jsonLine(answer.text) : factsOf(factsAbout(answer.value)))
}

async function remove(context: Context, id: string): Promise<void> {
  const { client } = await context.server()
  await client.deleteWebhook({ params: { webhook: id } })
  context.note(`The webhook ${id} is deleted.`)
}

async function rotate(context: Context, id: string): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('rotateWebhookSecret', { params: { webhook: id } })
  if (context.json) return context.print(jsonLine(answer.text))
  context.print(factsOf([['Secret', answer.value.secret]]))
  context.note(`\nThe one before signs, too, until ${momentOf(answer.value.previousSecretUntil ?? '')}.`)
}

async function authority(context: Context): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('describeWebhookAuthority', {})
  const { certificate, identity } = answer.value
  context.print(context.json ? jsonLine(answer.text) : `${certificate.trimEnd()}\n${identity}`)
}

async function test(context: Context, id: string): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('testWebhook', { params: { webhook: id } })
  context.print(context.json ? jsonLine(answer.text) : deliveryFacts(answer.value))
}

async function deliveries(context: Context, id: string): Promise<void> {
  const { ask } = await context.server()
  const all = await wholeList(context, (query) => ask('listDeliveries', { params: { webhook: id }, query }))
  if (all !== undefined) context.table(DELIVERY_COLUMNS, all)
}

async function again(context: Context, id: string, delivery: string): Promise<void> {
  const { ask } = await context.server()
  const answer = await ask('redeliver', { params: { webhook: id, delivery } })
  context.print(context.json ? jsonLine(answer.text) : deliveryFacts(answer.value))
}

const moment = (iso: string | undefined): string | undefined =>
  iso === undefined ? undefined : momentOf(iso)

const factsAbout = (it: WebhookJson): [string, string | undefined][] => [
  ['Webhook', it.id],
  ['URL', it.url],
  ['Shape', it.shape],
  ['Events', it.events?.join(', ') ?? 'all'],
  ['State', it.reason === undefined ? it.state : `${it.state}: ${it.reason}`],
  ['Failing since', moment(it.failingSince)],
  ['Left alone until', moment(it.retryAt)],
]

const deliveryFacts = (it: DeliveryJson): string =>
  factsOf([
    ['Delivery', it.id],
    ['State', it.state],
    ['Attempts', String(it.attempts)],
    ['Answer', answerOf(it)],
    ['Next attempt', moment(it.nextAttemptAt)],
  ])

const answerOf = ({ lastAttempt }: DeliveryJson): string | undefined =>
  lastAttempt?.failure ?? (lastAttempt?.status === undefined ? undefined : `HTTP ${lastAttempt.status}`)

const COLUMNS: readonly Column<WebhookJson>[] = [
  { title: 'ID', value: (it) => it.id },
  { title: 'STATE', value: (it) => it.state },
  { title: 'FAILURES', value: (it) => String(it.failures), align: 'right' },
  { title: 'EVENTS', value: (it) => it.events?.join(',') ?? 'all' },
  { title: 'URL', value: (it) => it.url },
]

const DELIVERY_COLUMNS: readonly Column<DeliveryJson>[] = [
  { title: 'ID', value: (it) => it.id },
  { title: 'EVENT', value: (it) => it.type ?? 'test' },
  { title: 'STATE', value: (it) => it.state },
  { title: 'ATTEMPTS', value: (it) => String(it.attempts), align: 'right' },
  { title: 'LAST', value: (it) => moment(it.lastAttempt?.at) ?? '-' },
  { title: 'ANSWER', value: (it) => answerOf(it) ?? '-' },
]
