import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { ChanceryError, StoreConflict } from '../../core/domain/errors.ts'
import type { Batch, Outcome, WireWrite, WriterReply, WriterStart } from './writer/protocol.ts'

/** Members in one transaction at most: bounds how long other processes wait for the writer. */
const MAX_MEMBERS = 256
/** Members that may wait; beyond it callers are told to come back. */
const MAX_WAITING = 8192

type Waiting = {
  readonly writes: readonly WireWrite[]
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export type GroupCommitStats = { readonly members: number; readonly walPages: number }

/**
 * Sends all that waits as one transaction, and the next batch when the answer is there: the longer the disk takes,
 * the more shares a flush.
 */
export class GroupCommit {
  readonly #worker: Worker
  readonly #onCommit: (stats: GroupCommitStats) => void
  #waiting: Waiting[] = []
  #inFlight: Waiting[] = []
  #scheduled = false
  #broken: Error | undefined
  #ready = Promise.withResolvers<void>()
  #exited = Promise.withResolvers<void>()
  #drained: (() => void) | undefined

  constructor(start: WriterStart, onCommit: (stats: GroupCommitStats) => void) {
    this.#onCommit = onCommit
    // The same file name with the extension that runs here: .ts in a checkout, .js in the published package.
    const entry = new URL(`./writer/thread${extname(import.meta.url)}`, import.meta.url)
    this.#worker = new Worker(entry, { workerData: start, resourceLimits: { maxOldGenerationSizeMb: 64 } })
    this.#worker.on('message', (reply: WriterReply) => this.#receive(reply))
    this.#worker.on('error', (error) =>
      this.#break(error instanceof Error ? error : new Error(String(error))),
    )
    this.#worker.on('exit', () => {
      this.#break(new Error('the writer thread ended'))
      this.#exited.resolve()
    })
    this.#ready.promise.catch(() => {})
  }

  /** Whether writes can be taken: false for good once the thread has ended. */
  writable(): boolean {
    return this.#broken === undefined
  }

  /** Resolves when the database is open for writing. */
  ready(): Promise<void> {
    return this.#ready.promise
  }

  /** Resolves when the writes are durable. @throws StoreConflict, or ChanceryError `unavailable` */
  run(writes: readonly WireWrite[]): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(unavailable(this.#broken))
    if (this.#waiting.length >= MAX_WAITING)
      return Promise.reject(unavailable(new Error('too many writes are waiting')))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ writes, resolve, reject })
      this.#schedule()
    })
  }

  /** Finishes what waits, then closes the database. */
  async close(): Promise<void> {
    if (this.#broken === undefined && (this.#waiting.length > 0 || this.#inFlight.length > 0))
      await new Promise<void>((resolve) => (this.#drained = resolve))
    if (this.#broken === undefined) this.#worker.postMessage('close')
    await this.#exited.promise
  }

  /** After the current tick, so that all requests read from the sockets in one turn go together. */
  #schedule(): void {
    if (this.#scheduled || this.#inFlight.length > 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#send()
    })
  }

  #send(): void {
    if (this.#inFlight.length > 0 || this.#waiting.length === 0 || this.#broken !== undefined) return
    this.#inFlight = this.#waiting.splice(0, MAX_MEMBERS)
    const batch: Batch = { members: this.#inFlight.map((member) => member.writes) }
    this.#worker.postMessage(batch)
  }

  #receive(reply: WriterReply): void {
    if (reply.kind === 'ready') return this.#ready.resolve()
    if (reply.kind === 'broken') return this.#break(new Error(reply.error))
    const members = this.#inFlight
    this.#inFlight = []
    // The next batch first, so that the disk works while answers are written.
    this.#send()
    for (const [index, member] of members.entries()) settle(member, reply.outcomes[index])
    this.#onCommit({ members: members.length, walPages: reply.walPages })
    if (this.#inFlight.length === 0 && this.#waiting.length === 0) this.#drained?.()
  }

  #break(error: Error): void {
    this.#broken ??= error
    this.#ready.reject(this.#broken)
    for (const member of [...this.#inFlight, ...this.#waiting]) member.reject(unavailable(error))
    this.#inFlight = []
    this.#waiting = []
    this.#drained?.()
  }
}

/** Ends a member's call as its outcome says. */
export function settle(member: Pick<Waiting, 'resolve' | 'reject'>, outcome: Outcome | undefined): void {
  if (outcome === null) return member.resolve()
  if (outcome === undefined) return member.reject(unavailable(new Error('the writer gave no outcome')))
  if ('conflict' in outcome) return member.reject(new StoreConflict(outcome.conflict, outcome.subject))
  member.reject(unavailable(new Error(outcome.failed)))
}

const unavailable = (cause: Error): ChanceryError =>
  new ChanceryError('unavailable', 'The database can’t take writes now; nothing was stored. Try again.', {
    cause,
    retryAfterSeconds: 1,
  })
