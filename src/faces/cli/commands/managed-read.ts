import type { RequestOf } from '../../../contract/index.ts'
import type { ManagedKind, ManagedStatus } from '../../../core/domain/managed-certificates.ts'
import { jsonLine, type Context } from '../context.ts'
import { usage } from '../failure.ts'
import { tellManaged } from './managed-next.ts'
import { managedIdFor } from './managed-reference.ts'
import { evidenceText, managedColumns, plannedColumns, versionColumns } from './managed-view.ts'
import { wholeList } from './whole-list.ts'

type Query = NonNullable<RequestOf<'listManagedCertificates'>['query']>

export type ManagedListOptions = {
  readonly kind?: ManagedKind
  readonly status?: ManagedStatus
  readonly name?: string
  readonly used?: true
  readonly unused?: true
  /** Milliseconds. */
  readonly expiresWithin?: number
}

/** Lists managed certificates, the newest first. */
export async function listManaged(context: Context, options: ManagedListOptions): Promise<void> {
  const { kind, status, name, used, unused, expiresWithin } = options
  if (used === true && unused === true) throw usage('--used and --unused exclude each other')
  const now = context.world.now()
  const query: Query = {
    ...(kind === undefined ? {} : { kind }),
    ...(status === undefined ? {} : { status }),
    ...(name === undefined ? {} : { domainName: name }),
    ...((used ?? unused) === true ? { inUse: used === true ? 'true' : 'false' } : {}),
    ...(expiresWithin === undefined ? {} : { expiresBefore: new Date(now + expiresWithin).toISOString() }),
  }
  const { ask } = await context.server()
  const items = await wholeList(context, (page) =>
    ask('listManagedCertificates', { query: { ...query, ...page } }),
  )
  if (items === undefined) return
  context.table(managedColumns(now), items)
  if (items.length === 0) context.note('None. To have one made: chancery managed request www.example.com')
}

export type ManagedShowOptions = {
  readonly pem?: true
  readonly chain?: true
  readonly versions?: true
  readonly evidence?: true
}

/** Shows one, its versions or what its checks found; or prints the certificate that stands. */
export async function showManaged(
  context: Context,
  reference: string,
  options: ManagedShowOptions,
): Promise<void> {
  const forms = (['pem', 'chain', 'versions', 'evidence'] as const).filter((each) => options[each] === true)
  if (forms.length > 1) throw usage(`--${forms.join(' and --')} exclude each other`)
  const [form] = forms
  if (context.json && (form === 'pem' || form === 'chain')) throw usage(`--json goes without --${form}`)
  const server = await context.server()
  const params = { id: await managedIdFor(server, reference) }
  switch (form) {
    case 'pem':
      return context.world.stdout.write((await server.client.getManagedCertificate({ params })).bytes)
    case 'chain':
      return context.world.stdout.write((await server.client.getManagedChain({ params })).bytes)
    case 'versions': {
      const versions = await wholeList(context, (query) =>
        server.ask('listManagedVersions', { params, query }),
      )
      if (versions !== undefined) context.table(versionColumns(context.world.now()), versions)
      return
    }
    case 'evidence': {
      const answer = await server.ask('listValidationEvidence', { params })
      if (context.json) return context.print(jsonLine(answer.text))
      context.print(evidenceText(answer.value.items))
      if (answer.value.items.length === 0) context.note('Nothing was checked for it.')
      return
    }
    case undefined: {
      const answer = await server.ask('describeManagedCertificate', { params })
      if (context.json) return context.print(jsonLine(answer.text))
      tellManaged(context, answer.value)
    }
  }
}

/** What the service would validate or renew by itself, and why. */
export async function dueManaged(context: Context, { days }: { readonly days: number }): Promise<void> {
  const { ask } = await context.server()
  const items = await wholeList(context, (page) => ask('listPlannedRenewals', { query: { days, ...page } }))
  if (items === undefined) return
  context.table(plannedColumns(context.world.now()), items)
  if (items.length === 0) context.note(days === 0 ? 'Nothing is due.' : `Nothing is due within ${days} days.`)
}
