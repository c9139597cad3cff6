import { z } from 'zod'

const oidText = (description: string, example: string) =>
  z
    .string()
    .min(1)
    .max(200)
    .meta({ description, examples: [example] })
export const policies = z
  .array(
    z
      .strictObject({
        oid: oidText('A dotted OID.', '1.3.6.1.4.1.99999.1'),
        cps: z
          .string()
          .min(1)
          .max(2048)
          .optional()
          .meta({
            description: 'Where its practice statement is.',
            examples: ['http://pki.example.com/cps'],
          }),
      })
      .meta({ description: 'A policy.' }),
  )
  .max(50)
  .meta({
    description: 'Policies that certificates below may have (RFC 5280 §4.2.1.4); for a subordinate.',
  })
export const extendedKeyUsages = z
  .array(oidText('A purpose: its name, or its OID.', 'serverAuth'))
  .max(50)
  .meta({
    description: 'Purposes that certificates below may have (RFC 5280 §4.2.1.12); for a subordinate.',
    examples: [['serverAuth', 'clientAuth']],
  })
