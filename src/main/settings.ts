import { isIP } from 'node:net'
import { z } from 'zod'
import { DEFAULT_GLOBAL_REGION, isRegion } from '../core/domain/ids.ts'
import { KMS_NAMES } from '../core/domain/kms.ts'
import { isName, nameOrRefusal } from '../core/x509/general-names.ts'
import { AUDIT_SETTINGS } from './audit-settings.ts'
import { CREDENTIAL_SETTINGS } from './credential-settings.ts'
import { DNS_SETTINGS } from './dns-settings.ts'
import { FRONT_DOOR_SETTINGS } from './front-door-settings.ts'
import { MAIL_SETTINGS } from './mail-settings.ts'
import { PKCS11_SETTINGS } from './kms-pkcs11-settings.ts'
import { whole } from './whole-number.ts'
import { KMS_SERVICE_SETTINGS } from './kms-service-settings.ts'
import { OBJECT_STORAGE_SETTINGS } from './object-storage-settings.ts'
import { OUTBOUND_SETTINGS } from './outbound-settings.ts'
import { MANAGED_SETTINGS } from './managed-settings.ts'
import { PERSPECTIVE_SETTINGS } from './perspective-settings.ts'
import { REPOSITORY_SETTINGS } from './repository-settings.ts'

const port = whole(0, 65_535)
const FLAG = 'must be true or false'
const flag = z.union([z.boolean(), z.stringbool()], FLAG)
const list = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((part) => part.trim())
          .filter(Boolean)
      : value,
  z.array(z.string()),
)
const region = z.string().refine(isRegion, 'must be a region name such as eu-central-1')
const listenerName = z.string().transform((text, context) => {
  const name = listenerNameFrom(text)
  if (name !== undefined) return name
  context.addIssue({
    code: 'custom',
    message: `${JSON.stringify(text)} is no host name such as ca.example.com and no IP address`,
  })
  return z.NEVER
})

/** The settings by the name they have in the file; in the environment `CHANCERY_` and upper case with underscores. */
export const SETTINGS = {
  dataDir: z.string().min(1).default('./data'),
  bind: z
    .string()
    .refine((text) => isIP(text) !== 0, 'must be an IP address, such as 127.0.0.1 or 0.0.0.0')
    .default('127.0.0.1'),
  apiPort: port.default(8443),
  publicPort: port.default(8080),
  publicUrl: z.string().optional(),
  adminToken: z.string().optional(),
  adminTokenFile: z.string().optional(),
  globalRegion: region.default(DEFAULT_GLOBAL_REGION),
  regions: list.pipe(z.array(region).min(1, 'must name at least one region')).optional(),
  logLevel: z.enum(['error', 'warn', 'info', 'debug', 'silent']).default('info'),
  accessLog: flag.default(true),
  listenerNames: list.pipe(z.array(listenerName)).default([]),
  tls: z.enum(['on', 'off'], 'must be on or off').default('on'),
  tlsCertFile: z.string().optional(),
  tlsKeyFile: z.string().optional(),
  ...MANAGED_SETTINGS,
  kms: z.enum(KMS_NAMES, `must be one of ${KMS_NAMES.join(', ')}`).default('local'),
  kmsPassphrase: z.string().optional(),
  kmsPassphraseFile: z.string().optional(),
  ...KMS_SERVICE_SETTINGS,
  compromisedKeysFile: z.string().min(1).optional(),
  bootstrapFile: z.string().min(1).optional(),
  awsKeyEncipherment: flag.default(false),
  ...PKCS11_SETTINGS,
  ...MAIL_SETTINGS,
  ...OUTBOUND_SETTINGS,
  ...PERSPECTIVE_SETTINGS,
  ...DNS_SETTINGS,
  ...REPOSITORY_SETTINGS,
  ...CREDENTIAL_SETTINGS,
  ...FRONT_DOOR_SETTINGS,
  ...AUDIT_SETTINGS,
  ...OBJECT_STORAGE_SETTINGS,
  metricsOpen: flag.default(false),
  bodyLimit: whole(1024, 16_777_216).default(65_536),
} as const

/** A host name or an address as certificates have it; the listener's authority is constrained to it, so no wildcard. */
export function listenerNameFrom(text: string): string | undefined {
  const name = nameOrRefusal(isIP(text) === 0 ? 'dns' : 'ip', text)
  return isName(name) && name.type !== 'other' && !name.value.startsWith('*') ? name.value : undefined
}
