import type { ChanceryError } from '../../core/domain/errors.ts'
import { kmsUnavailable } from './failures.ts'

/** The members of a service's JSON object, each as it must be: a service that answers otherwise can't be relied upon. */
export type Members = {
  /** As it came, unchecked. */
  given(name: string): unknown
  text(name: string): string
  /** From base64 with padding (RFC 4648 §4), nothing else. */
  octets(name: string): Uint8Array
  /** A whole number from 1 that fits the four octets which an envelope has for a version. */
  version(name: string): number
  flag(name: string): boolean
  object(name: string): Members
}

/**
 * @param what names the object in errors, e.g. `Vault's answer to encrypt`
 * @throws kms_unavailable, not retryable, from each reader
 */
export function membersOf(what: string, json: unknown): Members {
  const wrong = (name: string, right: string): ChanceryError =>
    kmsUnavailable(`${what}: ${name} must be ${right}`, false)
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw wrong('it', 'a JSON object')
  const given = (name: string): unknown => (json as Record<string, unknown>)[name]
  const text = (name: string): string => {
    const value = given(name)
    if (typeof value !== 'string' || value === '') throw wrong(name, 'a string')
    return value
  }
  return {
    given,
    text,
    octets: (name) => {
      const value = text(name)
      const octets = Buffer.from(value, 'base64')
      // Compared because `from` skips what isn't base64.
      if (octets.toString('base64') !== value) throw wrong(name, 'base64')
      return octets
    },
    version: (name) => {
      const value = given(name)
      if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > 0xffff_ffff)
        throw wrong(name, 'a whole number from 1')
      return value as number
    },
    flag: (name) => {
      const value = given(name)
      if (typeof value !== 'boolean') throw wrong(name, 'true or false')
      return value
    },
    object: (name) => membersOf(`${what}, ${name}`, given(name)),
  }
}

/** What a service says about a failure, made fit for a message: one line, not long, nothing that isn't text. */
export function quoted(text: string): string {
  const line = text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/ +/g, ' ')
    .trim()
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}
