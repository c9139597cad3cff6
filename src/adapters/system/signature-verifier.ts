import { getCompileCacheDir } from 'node:module'
import { dirname, extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { ChanceryError } from '../../core/domain/errors.ts'
import type { SignatureVerifier, VerificationKey } from '../../core/ports/signature-verifier.ts'
import { keyRefused } from './key-refused.ts'
import { runningVerification } from './running-verification.ts'
import { packed, VERDICT, type Verification } from './verification-batch.ts'

/** ML-DSA-87 takes 2,614 octets, RSA with 8192 bits 1,062; the bound keeps whoever sends a key from choosing what it costs. */
export const MOST_SPKI_OCTETS = 2614
/** One batch being worked on and one waiting, so that a worker never idles while the main thread is busy. */
const BATCHES_AHEAD = 2

/**
 * Small enough that the main thread goes on with the first ones while the rest are verified: one large batch would make
 * all requests wait for each other at every step, and one thread idle while the other works.
 */
const MOST_IN_BATCH = 12

/** What a VerificationKey is: `slot` is given at its second use, for a key that comes once needs no place in a cache. */
type LoadedKey = { readonly spki: Uint8Array; readonly field: string; slot: number; uses: number }
type Waiting = Verification & {
  readonly field: string
  readonly resolve: (right: boolean) => void
  readonly reject: (error: ChanceryError) => void
}

/**
 * Verifies in worker threads: key and signature go there as octets, and even the loading of the key happens there, so
 * `load` only checks the size, and a point that is not on its curve is reported by `verify`, as `csr_invalid`.
 *
 * Measured on two busy cores, wrk with 32 connections, each request a CSR (fresh P-256 key) and a certificate (same
 * key); four rounds in turns in one process, HTTP included (25 to 44 µs), microseconds of CPU a request:
 *
 *                                                          main thread    all threads
 *     crypto.verify with callback, SPKI loaded here         138 to 202     344 to 440
 *     one worker (the default)                               45 to 63      288 to 380
 *     two workers                                            82 to 86      402 to 430
 *
 * The main thread also parses, builds, signs and talks HTTP, so its share decides. Requests a second were too noisy
 * there to rank the three; on quieter cores a prototype did 4,000 with one worker and 5,000 with two, which is for
 * machines with cores to spare. Prototypes of `raw-public` key import (Node 26 only; 120 µs of the main thread on
 * those quieter cores, against 156 for SPKI) and of WebCrypto fell behind the workers as well.
 * The octets given to `verify` must stay as they are until it answers: under load they wait here.
 * @param size number of workers
 */
export function createSignatureVerifier(size = 1): SignatureVerifier & { close(): Promise<void> } {
  const queue: Waiting[] = []
  let flushing = false
  let slots = 0
  let closed = false
  const flush = (): void => {
    flushing = false
    while (queue.length > 0) {
      const free = workers.filter((worker) => worker.outstanding() < BATCHES_AHEAD)
      const least = free.sort((one, other) => one.outstanding() - other.outstanding())[0]
      if (least === undefined) return
      least.take(queue.splice(0, Math.min(MOST_IN_BATCH, Math.ceil(queue.length / free.length))))
    }
  }
  const workers = Array.from({ length: size }, () => createWorker(flush))
  const verifier: SignatureVerifier & { close(): Promise<void> } = {
    load: (spki, field) => {
      if (spki.length === 0 || spki.length > MOST_SPKI_OCTETS) throw keyRefused(field)
      const key: LoadedKey = { spki, field, slot: 0, uses: 0 }
      return key as unknown as VerificationKey
    },
    verify: (handle, algorithm, data, signature) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new ChanceryError('unavailable', 'the signature verifier is closed'))
        const key = handle as unknown as LoadedKey
        if (++key.uses === 2) key.slot = ++slots
        const { slot, spki, field } = key
        queue.push({ slot, spki, field, algorithm, data, signature, resolve, reject })
        // All that this turn of the event loop brings goes out together: each message wakes a thread, which costs as
        // much as half a verification. Microtasks would be too early: they run between one socket and the next.
        if (!flushing) setImmediate(flush)
        flushing = true
      }),
    begin: (handle, algorithm) =>
      runningVerification(handle as unknown as LoadedKey, algorithm, (...given) =>
        verifier.verify(handle, algorithm, ...given),
      ),
    close: async () => {
      closed = true
      const error = new ChanceryError('unavailable', 'the signature verifier is closed')
      for (const { reject } of queue.splice(0)) reject(error)
      await Promise.all(workers.map((worker) => worker.close()))
    },
  }
  return verifier
}

type VerificationWorker = {
  /** Batches sent and not yet answered. */
  outstanding(): number
  take(batch: readonly Waiting[]): void
  close(): Promise<void>
}

/** A worker thread that is started anew after it died; what it was working on is answered as `unavailable`. */
function createWorker(idle: () => void): VerificationWorker {
  let batches: (readonly Waiting[])[] = []
  const fail = (cause: unknown): void => {
    const failed = batches
    batches = []
    const error = new ChanceryError('unavailable', 'a signature could not be verified: the worker stopped', {
      cause,
    })
    for (const { reject } of failed.flat()) reject(error)
    idle()
  }
  const start = (): Worker => {
    // The compiled package has .js files. Of the environment only where compiled code is kept: none of the secrets.
    const file = new URL(`./verification-worker${extname(import.meta.url)}`, import.meta.url)
    const compiled = getCompileCacheDir()
    const env = compiled === undefined ? {} : { NODE_COMPILE_CACHE: dirname(compiled) }
    const started = new Worker(file, { env, execArgv: [] })
    started.unref()
    started.on('message', (verdicts: Uint8Array) => {
      const batch = batches.shift() ?? []
      if (batches.length === 0) started.unref()
      for (const [place, waiting] of batch.entries()) settle(waiting, verdicts[place])
      idle()
    })
    started.on('error', fail)
    started.on('exit', (code) => {
      if (worker === started) worker = undefined
      fail(new Error(`exit code ${code}`))
    })
    return started
  }
  let worker: Worker | undefined = start()
  return {
    outstanding: () => batches.length,
    take: (batch) => {
      worker ??= start()
      if (batches.length === 0) worker.ref()
      batches.push(batch)
      const octets = packed(batch)
      worker.postMessage(octets, [octets.buffer])
    },
    close: async () => {
      await worker?.terminate()
    },
  }
}

/** A missing verdict counts as a wrong signature. */
function settle({ resolve, reject, field }: Waiting, verdict: number | undefined): void {
  if (verdict === VERDICT.keyRefused) reject(keyRefused(field))
  else resolve(verdict === VERDICT.right)
}
