import { z } from 'zod'
import { OBJECT_ACLS } from '../../core/domain/buckets.ts'
import { bucketName } from './buckets.ts'
import { CRL_KINDS, MOST_CRL_HOURS, MOST_OCSP_HOURS } from '../../core/domain/revocation-configuration.ts'

const hours = (most: number, description: string, example: number) =>
  z
    .number()
    .int()
    .min(1)
    .max(most)
    .meta({ description, examples: [example] })
const flag = (description: string) => z.boolean().meta({ description, examples: [true] })
const host = (example: string) =>
  z
    .string()
    .min(1)
    .max(260)
    .meta({
      description:
        'A host name, perhaps with a port, that leads to the public port: it stands in certificates instead of the public URL’s.',
      examples: [example],
    })

const crl = {
  enabled: flag(
    'Whether CRLs are made, and certificates name them. What certificates name already goes on until the last of them has expired.',
  ),
  kind: z.enum(CRL_KINDS).meta({
    description:
      'COMPLETE: one CRL for all certificates. PARTITIONED: new certificates name the CRL of a shard of about 10,000 of them.',
    examples: ['COMPLETE'],
  }),
  hours: hours(MOST_CRL_HOURS, 'Hours from thisUpdate to nextUpdate; up to 5000 days.', 168),
  deltaHours: hours(MOST_CRL_HOURS, 'The same of delta CRLs, which are made only where this is set.', 24),
  host: host('crl.example.com'),
  path: z
    .string()
    .min(1)
    .max(253)
    .meta({
      description: 'The path before the file name, crl where none is set; / for none.',
      examples: ['pki/crl'],
    }),
  bucket: bucketName('The bucket that CRLs are kept in; it is the account’s from its first use on.'),
  objectAcl: z.enum(OBJECT_ACLS).meta({
    description:
      'Who may read CRLs in the bucket of a storage service; the public repository hands them to everybody.',
    examples: ['PUBLIC_READ'],
  }),
  omitExtension: flag('Whether certificates name no CRL although there is one.'),
}
const ocsp = {
  enabled: flag('Whether certificates name the OCSP responder, which answers for every authority.'),
  host: host('ocsp.example.com'),
  hours: hours(MOST_OCSP_HOURS, 'Hours from thisUpdate to nextUpdate of its answers; up to 30 days.', 24),
}
const caIssuers = flag('Whether certificates name where their issuer’s certificate is.')

export const revocationConfiguration = z
  .object({
    crl: z
      .object({
        ...crl,
        deltaHours: crl.deltaHours.optional(),
        host: crl.host.optional(),
        path: crl.path.optional(),
        bucket: crl.bucket.optional(),
      })
      .meta({ description: 'Its certificate revocation lists (RFC 5280 §5).' }),
    ocsp: z
      .object({ ...ocsp, host: ocsp.host.optional() })
      .meta({ description: 'The online certificate status protocol (RFC 6960).' }),
    caIssuers,
  })
  .meta({ id: 'RevocationConfiguration', description: 'How an authority tells of what it revoked.' })
export type RevocationConfigurationJson = z.output<typeof revocationConfiguration>

const orNone = <T extends z.ZodType>(schema: T) =>
  schema.nullable().meta({ description: `${schema.meta()?.description ?? ''} Null: none.` })

/** Only what is to be otherwise than usual, or than it is; null takes back what was set. */
export const revocationWishes = z
  .strictObject({
    crl: z
      .strictObject({
        enabled: crl.enabled,
        kind: crl.kind,
        hours: crl.hours,
        deltaHours: orNone(crl.deltaHours),
        host: orNone(crl.host),
        path: orNone(crl.path),
        bucket: orNone(crl.bucket),
        objectAcl: crl.objectAcl,
        omitExtension: crl.omitExtension,
      })
      .partial()
      .optional()
      .meta({ description: 'What is to be otherwise about its CRLs.' }),
    ocsp: z
      .strictObject({ ...ocsp, host: orNone(ocsp.host) })
      .partial()
      .optional()
      .meta({ description: 'What is to be otherwise about OCSP.' }),
    caIssuers: caIssuers.optional(),
  })
  .meta({
    id: 'RevocationWishes',
    description:
      'What is to be otherwise about how the authority tells of what it revoked; null takes back what was set. ' +
      'Certificates that were issued before stay as they are.',
  })
export type RevocationWishesJson = z.output<typeof revocationWishes>
