import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'

export type Machine = {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly node: string
  readonly openssl: string
  /** P-256 on this thread alone, in microseconds: says how fast the machine is at this very moment. */
  readonly signMicroseconds: number
  readonly verifyMicroseconds: number
  /** Writing 16 KiB in place and flushing them to the disk, in milliseconds. */
  readonly flushMilliseconds: number
  /** By this much the machine is slower than the one that the targets were set on. */
  readonly slowdown: number
}

/** P-256 verification by node:crypto on the machine of the targets. */
const REFERENCE_VERIFY_MICROSECONDS = 70
const TMPFS = 0x01021994

/** Facts about the machine, with a calibration that takes half a second. */
export function machineFacts(): Machine {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const key = createPublicKey(publicKey.export({ format: 'pem', type: 'spki' }))
  const data = Buffer.alloc(400, 7)
  const signature = sign('sha256', data, privateKey)
  const signMicroseconds = best(() => sign('sha256', data, privateKey))
  const verifyMicroseconds = best(() => verify('sha256', data, key, signature))
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    openssl: process.versions.openssl,
    signMicroseconds: rounded(signMicroseconds),
    verifyMicroseconds: rounded(verifyMicroseconds),
    flushMilliseconds: rounded(flushTime(), 2),
    slowdown: rounded(verifyMicroseconds / REFERENCE_VERIFY_MICROSECONDS, 2),
  }
}

/** Microseconds a call: the median of five short rounds. */
function best(work: () => unknown): number {
  const rounds: number[] = []
  for (let round = 0; round < 5; round++) {
    const start = performance.now()
    for (let i = 0; i < 500; i++) work()
    rounds.push(((performance.now() - start) * 1000) / 500)
  }
  return rounds.sort((one, other) => one - other)[2] as number
}

/** As the database does it with its log: the median of fifty. */
function flushTime(): number {
  const folder = mkdtempSync(join(tmpdir(), 'chancery-bench-'))
  const file = openSync(join(folder, 'flushed'), 'w')
  const octets = Buffer.alloc(16_384, 1)
  const times: number[] = []
  for (let i = 0; i <= 50; i++) {
    writeSync(file, octets, 0, octets.length, 0)
    const start = performance.now()
    fsyncSync(file)
    // The first one also makes room.
    if (i > 0) times.push(performance.now() - start)
  }
  closeSync(file)
  rmSync(folder, { recursive: true })
  return times.sort((one, other) => one - other)[25] as number
}

export const rounded = (figure: number, digits = 1): number => Number(figure.toFixed(digits))

/** @throws Error for a folder in memory: a commit there costs nothing, and so measures nothing */
export function requireRealDisk(folder: string): void {
  if (statfsSync(folder).type === TMPFS)
    throw new Error(`${folder} is in memory (tmpfs); set TMPDIR to a folder on a disk`)
}
