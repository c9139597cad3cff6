import type { Serial } from '../../core/domain/ids.ts'
import type { Write } from '../../core/ports/write.ts'
import type { WireValue, WireWrite } from './writer/protocol.ts'

export const write = (statement: string, ...values: WireValue[]): Write =>
  [statement, ...values] as unknown as Write
export const wireOf = (each: Write): WireWrite => each as unknown as WireWrite

/** A view into a larger buffer would be cloned with all of it when it crosses to the writer thread. */
export const blob = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength && bytes.constructor === Uint8Array
    ? bytes
    : new Uint8Array(bytes)

export const hexBlob = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))
export const serialBlob = (serial: Serial): Uint8Array => hexBlob(serial)
/** The column of a serial from the content octets of an INTEGER: without DER's leading zero, at least 16 octets long. */
export function serialColumn(octets: Uint8Array): Uint8Array {
  if (octets.length === SERIAL_OCTETS) return octets
  let from = 0
  while (from < octets.length && octets[from] === 0) from++
  const length = Math.max(SERIAL_OCTETS, octets.length - from)
  const column = new Uint8Array(length)
  column.set(octets.subarray(from), length - (octets.length - from))
  return column
}
const SERIAL_OCTETS = 16

/** The row of Generation that grows with every change to revocations; the first one is of what is cached. */
export const REVOCATIONS = 2

/** 48 bits: a double holds them exactly, and among a billion keys hardly two share them. */
export const keyHashOf = (spkiSha256: Uint8Array): number =>
  Buffer.from(spkiSha256.buffer, spkiSha256.byteOffset, 6).readUIntBE(0, 6)
export const orNull = <T>(value: T | undefined): T | null => value ?? null
export const blobOrNull = (bytes: Uint8Array | undefined): Uint8Array | null =>
  bytes === undefined ? null : blob(bytes)
export const jsonOrNull = (value: object | undefined): string | null =>
  value === undefined ? null : JSON.stringify(value)
