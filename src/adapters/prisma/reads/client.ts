import type { AuthorityFilter, Page, PageRequest, Reads } from '../../../core/ports/store.ts'
import type { AccountId } from '../../../core/domain/ids.ts'
import type { Millis } from '../../../core/domain/time.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import type { Prisma, PrismaClient } from '../generated/client.ts'
import { accountFrom, authorityFrom, rawOf, tokenFrom } from '../rows.ts'

export type ClientReads = {
  readonly accounts: Reads['accounts']
  readonly tokens: Pick<Reads['tokens'], 'list'>
  readonly authorities: Pick<Reads['authorities'], 'list'>
  readonly close: () => Promise<void>
}

/**
 * The reads behind administration, by Prisma's client. It costs 80 MB and 0.3 s to load, so it is loaded by the first
 * of them: a server that only issues never pays. It is read-only: all writing goes through the writer.
 */
export function clientReads(file: string): ClientReads {
  let loading: Promise<PrismaClient> | undefined
  const client = (): Promise<PrismaClient> => (loading ??= loadClient(file))
  return {
    accounts: {
      get: async (id) => {
        const row = await (await client()).account.findUnique({ where: { id } })
        return row === null ? undefined : accountFrom(rawOf(row))
      },
      list: async (page) => {
        const rows = await (
          await client()
        ).account.findMany({
          where: after(page, 'accounts', (id) => ({ id: { gt: id } })),
          orderBy: { id: 'asc' },
          take: page.limit + 1,
        })
        return pageOf(rows, page, 'accounts', (row) => accountFrom(rawOf(row)))
      },
    },
    tokens: {
      list: async (account: AccountId, page) => {
        const rows = await (
          await client()
        ).token.findMany({
          where: { accountId: account, ...after(page, 'tokens', (id) => ({ id: { gt: id } })) },
          orderBy: { id: 'asc' },
          take: page.limit + 1,
        })
        return pageOf(rows, page, 'tokens', (row) => tokenFrom(rawOf(row)))
      },
    },
    authorities: {
      list: async ({ account, region }, filter, now, page) => {
        const rows = await (
          await client()
        ).authority.findMany({
          where: {
            accountId: account,
            region,
            ...after(page, 'authorities', (id) => ({ id: { gt: id } })),
            ...(filter.kind !== undefined && { kind: filter.kind }),
            ...statusIs(filter, now),
          },
          orderBy: { id: 'asc' },
          take: page.limit + 1,
        })
        return pageOf(rows, page, 'authorities', (row) => authorityFrom(rawOf(row)))
      },
    },
    close: async () => {
      if (loading !== undefined) await (await loading).$disconnect()
    },
  }
}

/** EXPIRED isn't stored: it is ACTIVE or DISABLED with a certificate that has ended. */
function statusIs({ status, includeDeleted }: AuthorityFilter, now: Millis): Prisma.AuthorityWhereInput {
  const ended = { lt: new Date(now) }
  switch (status) {
    case undefined:
      return includeDeleted === true ? {} : { status: { not: 'DELETED' } }
    case 'EXPIRED':
      return { status: { in: ['ACTIVE', 'DISABLED'] }, notAfter: ended }
    case 'ACTIVE':
    case 'DISABLED':
      return { status, NOT: { notAfter: ended } }
    default:
      return { status }
  }
}

async function loadClient(file: string): Promise<PrismaClient> {
  const [generated, adapter] = await Promise.all([
    import('../generated/client.ts'),
    import('@prisma/adapter-better-sqlite3'),
  ])
  const factory = new adapter.PrismaBetterSqlite3(
    { url: `file:${file}`, readonly: true },
    { timestampFormat: 'unixepoch-ms' },
  )
  return new generated.PrismaClient({ adapter: factory })
}

const after = <Where>(
  page: PageRequest,
  order: string,
  where: (id: string) => Where,
): Where | Record<string, never> =>
  page.after === undefined ? {} : where(positionIn(page.after, order, 'string')[0] as string)

/** One row more than asked for tells whether there is a next page. */
function pageOf<Row extends { readonly id: string }, T>(
  rows: readonly Row[],
  page: PageRequest,
  order: string,
  map: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  return {
    items: shown.map(map),
    next: rows.length > page.limit && last !== undefined ? cursorOf(order, last.id) : undefined,
  }
}
