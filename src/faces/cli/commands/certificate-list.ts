import type { CertificateSummaryJson, RequestOf } from '../../../contract/index.ts'
import type { CertificateStatus } from '../../../core/domain/certificates.ts'
import { jsonLine, type Context } from '../context.ts'
import { tableOf } from '../table.ts'
import { certificateColumns } from './certificate-view.ts'

export type ListOptions = {
  readonly name?: string
  readonly serial?: string
  readonly authority?: string
  readonly status?: CertificateStatus
  /** Milliseconds. */
  readonly expiresWithin?: number
  readonly limit: number
  readonly all?: true
}
type Query = NonNullable<RequestOf<'searchCertificates'>['query']>

const PAGE = 1000

/** The query of a search. What has expired doesn't expire within any span. */
export function searchQuery(options: ListOptions, now: number): Query {
  const { name, serial, authority, status, expiresWithin } = options
  return {
    ...(name === undefined ? {} : { name }),
    ...(serial === undefined ? {} : { serial }),
    ...(authority === undefined ? {} : { authority }),
    ...(status === undefined ? {} : { status }),
    ...(expiresWithin === undefined
      ? {}
      : {
          expiresAfter: new Date(now).toISOString(),
          expiresBefore: new Date(now + expiresWithin).toISOString(),
        }),
    limit: options.all === true ? PAGE : options.limit,
  }
}

/** One page, or with `--all` page after page as they come, so that a long list needs no memory. */
export async function list(context: Context, options: ListOptions): Promise<void> {
  const { ask } = await context.server()
  const query = searchQuery(options, context.world.now())
  let cursor: string | undefined
  let first = true
  let count = 0
  do {
    const request = { query: { ...query, ...(cursor === undefined ? {} : { cursor }) } }
    const { value, text } = await ask('searchCertificates', request)
    cursor = value.next
    count += value.items.length
    if (!context.json) printPage(context, value.items, first)
    else if (options.all === true) printItems(context, text)
    else context.print(jsonLine(text))
    first = false
  } while (options.all === true && cursor !== undefined)
  if (count === 0 && cursor === undefined) context.note('No certificate matches.')
  if (cursor !== undefined) context.note('There are more: say --all for every one, or narrow the search.')
}

function printPage(context: Context, items: readonly CertificateSummaryJson[], first: boolean): void {
  const columns = certificateColumns(context.world.now())
  if (first) context.table(columns, items)
  else context.print(tableOf(columns, items).replace(/^.*\n/, ''))
}

function printItems(context: Context, text: string): void {
  const { items } = JSON.parse(text) as { items: unknown[] }
  context.print(items.map((item) => `${JSON.stringify(item)}\n`).join(''))
}
