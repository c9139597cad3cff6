import { isIP } from 'node:net'
import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { API_LISTENER } from '../faces/http/front-door/entrance.ts'
import { listOf, readAs } from './list-settings.ts'

/** Another way in to the API, by its name in policies (`aws:SourceVpce`). */
export type PrivateListener = { readonly name: string } & (
  { readonly path: string } | { readonly host: string; readonly port: number }
)

const MOST_LISTENERS = 20
const ENTRY = /^([a-z][a-z0-9-]{0,62})=(?:unix:(\S+)|(?:([0-9.]+)|\[([0-9A-Fa-f:.]+)\]):(\d{1,5}))$/
/** Linux's sockaddr_un has 108 octets, the last one a zero. */
const LONGEST_PATH = 107

function listenerFrom(text: string): PrivateListener | undefined {
  const [, name = '', path, v4, v6, port] = ENTRY.exec(text) ?? []
  if (name === '' || name === API_LISTENER) return undefined
  if (path !== undefined)
    return isAbsolute(path) && Buffer.byteLength(path) <= LONGEST_PATH ? { name, path } : undefined
  const host = v4 ?? v6 ?? ''
  if (isIP(host) === 0 || Number(port) > 65_535) return undefined
  return { name, host, port: Number(port) }
}

const hasTwins = (names: readonly string[]): boolean => new Set(names).size < names.length

/** Further listeners. */
export const LISTENER_SETTINGS = {
  listeners: listOf(';')
    .pipe(
      z
        .array(
          readAs(
            listenerFrom,
            'is no listener such as ops=unix:/run/chancery/ops.sock or inside=10.0.0.5:9443; its name has small letters, digits and hyphens, and isn’t api',
          ),
        )
        .max(MOST_LISTENERS, `must be at most ${MOST_LISTENERS} listeners`)
        .refine((all) => !hasTwins(all.map(({ name }) => name)), 'must have each name once'),
    )
    .default([]),
} as const
