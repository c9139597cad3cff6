import { hostname } from 'node:os'
import { z } from 'zod'
import type { Mode } from '../core/domain/installation.ts'
import { maintenanceWindowsFrom, type MaintenanceWindow } from '../core/domain/maintenance-windows.ts'
import { isName, nameOrRefusal } from '../core/x509/general-names.ts'

export type ManagedOptions = {
  /** Names by which CAA allows this installation to issue. */
  readonly caaIdentities: readonly string[]
  readonly regionLock: boolean
  /** When renewals may begin; empty: at any time. */
  readonly renewalWindows: readonly MaintenanceWindow[]
}

const parts = (value: unknown): unknown =>
  typeof value === 'string' ? value.split(',').flatMap((part) => part.trim() || []) : value

const identity = z.string().transform((text, context) => {
  const name = nameOrRefusal('dns', text)
  if (isName(name) && !name.value.startsWith('*.')) return name.value
  context.addIssue({
    code: 'custom',
    message: `${JSON.stringify(text)} is no host name such as ca.example.com`,
  })
  return z.NEVER
})

const windows = z.string().transform((text, context) => {
  const found = maintenanceWindowsFrom(text)
  if (found !== undefined) return found
  const message = 'is no window such as Sat 02:00-06:00, Mon-Fri 22:00-04:00 or 03:00-05:00 (UTC)'
  context.addIssue({ code: 'custom', message: `${JSON.stringify(text)} ${message}` })
  return z.NEVER
})

export const MANAGED_SETTINGS = {
  caaIdentities: z.preprocess(parts, z.array(identity).min(1, 'must name at least one host')).optional(),
  regionLock: z.enum(['on', 'off'], 'must be on or off').default('on'),
  renewalWindows: z.preprocess(parts, z.array(windows)).default([]),
} as const

/** Consent to Amazon is no consent to us: its names count where nothing is real. */
const AMAZON = ['amazon.com', 'amazontrust.com', 'awstrust.com', 'amazonaws.com']

type Given = { readonly [Name in keyof typeof MANAGED_SETTINGS]: z.output<(typeof MANAGED_SETTINGS)[Name]> }

/** The settings together. The installation's own host name is its CAA identity unless it was given another. */
export function managedOptionsFrom(
  { caaIdentities, regionLock, renewalWindows }: Given,
  mode: Mode,
  publicUrl: string | undefined,
): ManagedOptions {
  const host = publicUrl === undefined ? hostname() : new URL(publicUrl).hostname
  const own = nameOrRefusal('dns', host)
  return {
    caaIdentities: caaIdentities ?? [
      ...(isName(own) ? [own.value] : []),
      ...(mode === 'simulation' ? AMAZON : []),
    ],
    regionLock: regionLock === 'on',
    renewalWindows: renewalWindows.flat(),
  }
}
