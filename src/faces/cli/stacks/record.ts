import { ChanceryApiError, type StackJson } from '../../../contract/index.ts'
import { persistent, unlessMissing, type Session } from './session.ts'
import { documentFrom, type Document } from './state.ts'

/** The record that the server keeps of a stack, as whoever works on it has seen and changed it last. */
export type StackRecord = {
  readonly document: Document
  readonly revision: number
  /** Puts the document with these members changed in place of what is kept. */
  save(changes: Partial<Document>): Promise<void>
  /** Has the server forget the stack. */
  forget(): Promise<void>
}

/** The stack as the server keeps it; undefined where there is none. */
export const stackAt = (session: Pick<Session, 'client' | 'world'>, name: string) =>
  unlessMissing(session as Session, () => session.client.describeStack({ params: { stack: name } }))

/**
 * Begins to work on a stack.
 * @param found as it was read, undefined for a new one; whoever else changes it meanwhile makes the next change fail
 */
export function recordOf(session: Session, found: StackJson | undefined, empty: Document): StackRecord {
  const stack = session.place.name
  let document = found === undefined ? empty : documentFrom(found)
  let revision = found?.revision ?? 0
  return {
    get document() {
      return document
    },
    get revision() {
      return revision
    },
    save: async (changes) => {
      const next = without({ ...document, ...changes })
      // Through JSON and back: the schema's types know no readonly lists.
      const body = { revision, ...JSON.parse(JSON.stringify(next)) } as Parameters<
        typeof session.client.putStack
      >[0]['body']
      await persistent(session, () => put(session, stack, body))
      document = next
      revision += 1
    },
    forget: async () => {
      await unlessMissing(session, () =>
        session.client.deleteStack({ params: { stack }, query: { revision } }),
      )
    },
  }
}

/** Puts a document; one whose answer was lost has been put already when it is tried again. */
async function put(
  session: Session,
  stack: string,
  body: Parameters<Session['client']['putStack']>[0]['body'],
): Promise<void> {
  try {
    await session.client.putStack({ params: { stack }, body })
  } catch (error) {
    if (!(error instanceof ChanceryApiError) || error.code !== 'state_conflict') throw error
    const found = await stackAt(session, stack)
    const same =
      found?.revision === body.revision + 1 &&
      JSON.stringify(sorted(documentFrom(found))) === JSON.stringify(sorted(without(body)))
    if (!same) throw error
  }
}

/** A document without what is undefined, and without what isn't part of it. */
function without(given: object): Document {
  const { revision: _, ...members } = given as Document & { revision?: number }
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Document
}

/** The same whatever the order of members. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]))
}
